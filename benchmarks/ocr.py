"""OCR: speed beside pytesseract's ordinary call, and whether engines and workers read the same.

Run: OMP_NUM_THREADS=1 python -m benchmarks.ocr [--pages N]

Pages are set from the shared texts in every font of the machine that has their letters, at 300 dpi.
pytesseract's ordinary call is `image_to_data` on a PNG, one page after another, with the engine's
own threads; the pipeline reads in capped processes. Both find one block of text with the LSTM.
"""

import argparse
import os
import random
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.sandbox import Failure, map_capped
from pipeline.settings import test_data
from pipeline.textbooks.engines import EngineName, choose_engine, library_version, program_version
from pipeline.textbooks.judgement import text_of
from pipeline.textbooks.models import OcrPlan, plan_ocr
from pipeline.textbooks.ocr import recognise
from pipeline.textbooks.specimens import Specimen, fonts_of

SEED = 20
LANGUAGES = ("tuk_Latn", "rus_Cyrl", "azj_Latn", "ben_Beng")
DPI, PARAGRAPHS = 300, 6
WORKER_COUNTS = (1, 2, 4)
MEMORY_BYTES, SECONDS = 2 * 2**30, 300
ENGINES: tuple[EngineName, ...] = ("pytesseract", "tesserocr")


@dataclass(frozen=True)
class Page:
    """A page to read, and how."""

    specimen: Specimen
    plan: OcrPlan

    @property
    def printed(self) -> str:
        """Its text, whatever its lines are."""
        return as_compared(self.specimen.text)


@dataclass(frozen=True)
class Run:
    """What was read of every page, and the seconds by the clock that each took."""

    texts: list[str]
    seconds: np.ndarray


def as_compared(text: str) -> str:
    """On one line and composed, so that no two ways to encode a letter count as an error."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def main() -> None:
    """Print speed, equality and error rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=4, help="of each language")
    from pipeline.statistics import bootstrap, ratio  # noqa: PLC0415 - as below

    count = parser.parse_args().pages
    choose_engine("tesserocr")  # says at once how to get it
    pages = drawn_pages(count)
    print(f"{len(pages)} pages, seed {SEED}; Tesseract {program_version()}, in tesserocr "
          f"{library_version()}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
          flush=True)  # fmt: skip
    usual = read_usually(pages)
    runs = {
        (engine, count): read_by(engine, count, pages)
        for engine in ENGINES
        for count in WORKER_COUNTS
    }
    for (engine, count), run in runs.items():
        faster = bootstrap(usual.seconds, run.seconds, statistic=ratio, seed=SEED)
        is_same = run.texts == runs[engine, 1].texts
        print(f"{engine:<12} {count} workers: {run.seconds.mean():5.2f} s a page, "
              f"{faster.value:.2f} times as fast as pytesseract's ordinary "
              f"{usual.seconds.mean():.2f} s [{faster.ci_low:.2f}, {faster.ci_high:.2f}]; "
              f"text {'the same' if is_same else 'NOT the same'} as with one worker")  # fmt: skip
    print_errors(pages, {"ordinary": usual, **{name: runs[name, 1] for name in ENGINES}})


def drawn_pages(count: int) -> list[Page]:
    """Pages of each language, its fonts in turn."""
    from benchmarks.text_layers import paragraphs  # noqa: PLC0415 - the children need not load it

    texts, pages = paragraphs(1), []
    for code in LANGUAGES:
        draw = random.Random(f"{SEED} ocr {code}")  # noqa: S311 - a draw of pages
        plan = plan_ocr(language(code), TextbookParams(quoted_languages=""))
        for _, font in zip(range(count), cycle(fonts_of(code)), strict=False):
            text = "\n".join(draw.sample(texts[code], PARAGRAPHS))
            pages.append(Page(Specimen(text, font, DPI), plan))
    return pages


def read_usually(pages: Sequence[Page]) -> Run:
    """Pytesseract as most programs call it."""
    import pytesseract  # noqa: PLC0415 - the children need not load it

    texts, seconds = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        for page in pages:
            picture = page.specimen.picture()
            start = time.monotonic()
            picture.save(path)
            table = pytesseract.image_to_data(
                str(path),
                lang=page.plan.own.name,
                config=f"--oem 1 --psm 6 --dpi {DPI}",
                output_type=pytesseract.Output.DICT,
            )
            seconds.append(time.monotonic() - start)
            texts.append(as_compared(" ".join(table["text"])))
    return Run(texts, np.array(seconds))


def read_by(engine: EngineName, worker_count: int, pages: Sequence[Page]) -> Run:
    """The pipeline's processes; a page's seconds are its share of the whole time by the clock."""
    items = [(page.specimen, replace(page.plan, engine=engine)) for page in pages]
    start = time.monotonic()
    found = list(
        map_capped(
            read_specimen,
            items,
            worker_count=worker_count,
            memory_bytes=MEMORY_BYTES,
            wall_seconds=SECONDS,
        )
    )
    total = time.monotonic() - start
    for one in found:
        if isinstance(one, Failure):
            print(f"a page was lost: {one.reason}")
    read = [("", 1.0) if isinstance(one, Failure) else one for one in found]
    seconds = np.array([each for _, each in read])
    return Run([text for text, _ in read], seconds * total / seconds.sum())


def read_specimen(specimen: Specimen, plan: OcrPlan) -> tuple[str, float]:
    """In the child: text and seconds of a page."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # noqa: TID251 - set for the engine, in the child alone
    picture = specimen.picture()
    start = time.monotonic()
    words = recognise(picture, DPI, plan.own.name, plan.timeout_seconds, plan.engine)
    return as_compared(text_of(words)), time.monotonic() - start


def print_errors(pages: Sequence[Page], runs: dict[str, Run]) -> None:
    """Character error rates by language, and the difference of the two engines over all."""
    from pipeline.statistics import bootstrap, ratio  # noqa: PLC0415 - as above

    edits = {
        name: np.array([Levenshtein.distance(page.printed, text)
                        for page, text in zip(pages, run.texts, strict=True)])
        for name, run in runs.items()
    }  # fmt: skip
    lengths = np.array([len(page.printed) for page in pages])
    codes = np.array([page.plan.own.language for page in pages])
    for code in (*LANGUAGES, "all"):
        chosen = (codes == code) | (code == "all")
        for name, counts in edits.items():
            rate = bootstrap(counts[chosen], lengths[chosen], statistic=ratio, seed=SEED)
            print(f"{code:<9} {name:<12} CER {rate.value:7.3%} "
                  f"[{rate.ci_low:.3%}, {rate.ci_high:.3%}], N = {chosen.sum()}")  # fmt: skip
    apart = edits["tesserocr"] - edits["pytesseract"]
    gap = bootstrap(apart, lengths, statistic=ratio, seed=SEED)
    print(f"tesserocr less pytesseract: {100 * gap.value:+.3f} points "
          f"[{100 * gap.ci_low:+.3f}, {100 * gap.ci_high:+.3f}]; "
          f"{sum(map(str.__eq__, runs['tesserocr'].texts, runs['pytesseract'].texts))} "
          f"of {len(pages)} texts equal")  # fmt: skip


if __name__ == "__main__":
    if not test_data().is_dir():
        raise SystemExit("the shared texts are not here: set DUTAR_TEST_DATA")
    main()
