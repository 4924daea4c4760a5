"""OCR of pages that lie wrongly, and of pages in two scripts.

Run: OMP_NUM_THREADS=1 OMP_THREAD_LIMIT=1 python -m benchmarks.odd_pages [--seed N] [--pages N]

Pages are set from the shared texts at 300 dpi. Wrongly: each language's pages all four ways and
askew. In two scripts: a share of the paragraphs from another language, read by the own model, by
both joined, and as the pipeline does. The limits were chosen on such pages of another draw.
"""

import argparse
import random
from itertools import product

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

from benchmarks.text_layers import paragraphs
from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.statistics import bootstrap, ratio, wilson
from pipeline.textbooks.judgement import mean_confidence, text_of
from pipeline.textbooks.mixed import may_quote, merge_readings
from pipeline.textbooks.models import OcrPlan, installed_model, plan_ocr
from pipeline.textbooks.ocr import recognise
from pipeline.textbooks.righting import likely_turns
from pipeline.textbooks.specimens import Specimen, fonts_of

SEED, DPI, SECONDS = 21, 300, 120.0
LANGUAGES = ("tuk_Latn", "rus_Cyrl", "azj_Latn", "ben_Beng")
PAIRS = (("tuk_Latn", "rus_Cyrl"), ("azj_Latn", "rus_Cyrl"), ("rus_Cyrl", "tuk_Latn"))
PARAGRAPHS, SHARES = 4, (0, 1, 2)
SKEWS = (-9.0, -4.0, -1.0, 0.0, 2.0, 7.0)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pages", type=int, default=2, help="in two scripts, of each kind")
    options = parser.parse_args()
    texts = paragraphs(1)
    print_lying(texts, options.seed)
    print_mixed(texts, options.seed, options.pages)


def print_lying(texts: dict[str, list[str]], seed: int) -> None:
    """Whether the surest reading is the upright one, and how sure the others are."""
    right: list[float] = []
    wrong: list[float] = []
    hits = 0
    for code, quarters in product(LANGUAGES, range(4)):
        draw = random.Random(f"{seed} {code} {quarters}")  # noqa: S311 - a draw of pages
        text, skew = draw.choice(texts[code]), draw.choice(SKEWS)
        upright = Specimen(text, fonts_of(code)[0], DPI).picture()
        page = upright.rotate(skew + 90 * quarters, Image.Resampling.BICUBIC, 1, fillcolor=255)
        confidences = {}
        for turn in likely_turns(page):
            words = read(turn.righted(page), plan_ocr(language(code), TextbookParams()))
            confidences[turn.quarters] = mean_confidence(words)
        best = max(confidences, key=lambda each: confidences[each])
        hits += best == -quarters % 4
        right.append(confidences.pop(-quarters % 4, 0.0))
        wrong += confidences.values()
    share = wilson(hits, len(right))
    print(f"pages that lie wrongly, seed {seed}: {hits} of {len(right)} righted "
          f"[{share.ci_low:.1%}, {share.ci_high:.1%}]; confidence {min(right):.2f} and more "
          f"upright, {max(wrong):.2f} and less otherwise", flush=True)  # fmt: skip


def print_mixed(texts: dict[str, list[str]], seed: int, count: int) -> None:
    """Character error rates of three ways to read two scripts."""
    for (code, other), share in product(PAIRS, SHARES):
        draw = random.Random(f"{seed} {code} {other} {share}")  # noqa: S311 - a draw of pages
        edits, lengths = [], []
        for _ in range(count):
            chosen = draw.sample(texts[code], PARAGRAPHS - share) + draw.sample(texts[other], share)
            draw.shuffle(chosen)
            printed = " ".join(" ".join(chosen).split())
            picture = Specimen("\n".join(chosen), fonts_of(code)[0], DPI).picture()
            found = three_ways(picture, code, other)
            edits.append([Levenshtein.distance(printed, text) for text in found])
            lengths.append(len(printed))
        rates = [
            bootstrap(column, lengths, statistic=ratio, seed=seed) for column in np.transpose(edits)
        ]
        told = ", ".join(
            f"{way} {rate.value:.2%} [{rate.ci_low:.2%}, {rate.ci_high:.2%}]"
            for way, rate in zip(("own model", "joined", "ours"), rates, strict=True)
        )
        print(f"{code}, {share} of {PARAGRAPHS} paragraphs {other}: CER {told}, N = {count}",
              flush=True)  # fmt: skip


def three_ways(picture: Image.Image, code: str, other: str) -> list[str]:
    """Text by the own model, by both joined, and by places."""
    plan = plan_ocr(language(code), TextbookParams())
    second = installed_model(language(other))
    own = read(picture, plan)
    joined = read(picture, plan, f"{plan.own.name}+{second}")
    merged = own
    if may_quote(own):
        merged = merge_readings(own, read(picture, plan, second), code, other)
    return [" ".join(text_of(words).split()) for words in (own, joined, merged)]


def read(picture: Image.Image, plan: OcrPlan, model: str = "") -> list[dict[str, object]]:
    """Words of a picture."""
    return recognise(picture, DPI, model or plan.own.name, SECONDS, plan.engine)


if __name__ == "__main__":
    main()
