"""Which text layers are trusted: pages with broken character maps beside healthy ones.

Run: python -m benchmarks.text_layers [--tuning] [--seed N] [--broken N] [--healthy N]

Each page is a real PDF, read as the pipeline reads it; OCR is not asked. The reported pages are
drawn from other paragraphs and by another seed than those that `--tuning` draws.
"""

import argparse
import json
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import regex

from benchmarks.broken_layers import FEW_LETTERS, KINDS, broken_page, page_pdf
from benchmarks.document_sets import standards_service
from pipeline.evaluation.suites.tables import read_text_lines
from pipeline.parameters import TextbookParams
from pipeline.settings import test_data
from pipeline.statistics import wilson
from pipeline.textbooks.judgement import distrust, text_of
from pipeline.textbooks.text_layer import read_text_layer

SEED, TUNING_SEED = 20, 7
LANGUAGES = ("tuk_Latn", "rus_Cyrl", "azj_Latn", "ben_Beng", "uzn_Cyrl")
PARAGRAPH_LETTERS = 60
STYLES = ("prose", "prose", "exercises", "contents", "quotation", "short")
PARAMS = TextbookParams()
DIGRAPHS = {
    "sh": "ш", "ch": "ч", "oʻ": "ў", "gʻ": "ғ", "yo": "ё", "yu": "ю", "ya": "я", "ye": "е",
    "ts": "ц",
}  # fmt: skip
LETTERS = dict(zip("abdefghijklmnopqrstuvxyzʼ'", "абдефгҳижклмнопқрстувхйзъъ", strict=True))

INITIAL_E = regex.compile(r"\b[eE]")


def main() -> None:
    """Draw the pages, judge them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--broken", type=int, default=24, help="pages of each kind and language")
    parser.add_argument("--healthy", type=int, default=160, help="pages of each language")
    parser.add_argument("--verbose", action="store_true", help="print what was judged wrongly")
    options = parser.parse_args()
    seed = options.seed or (TUNING_SEED if options.tuning else SEED)
    texts = paragraphs(0 if options.tuning else 1)
    verdicts = list(judged(texts, seed, options.broken, options.healthy))
    for language, kind, reason, text in verdicts:
        if options.verbose and (reason is None) != (kind in STYLES):
            print(f"{language} {kind}: {reason}\n    {text[:300]!r}")
    print_table(verdicts, seed)


def paragraphs(half: int) -> dict[str, list[str]]:
    """Every other paragraph by language: 0 for tuning, 1 for reporting."""
    laws = json_lines(test_data() / "azerbaijan_labour_code" / "articles.jsonl")
    udhr = pd.read_csv(test_data() / "udhr" / "udhr_articles.tsv", sep="\t", dtype=str)
    service = {
        code: [sentence for document in standards_service(code).values() for sentence in document]
        for code in ("tuk_Latn", "rus_Cyrl")
    }
    texts = {
        "tuk_Latn": service["tuk_Latn"] + flores("tuk_Latn"),
        "rus_Cyrl": service["rus_Cyrl"] + flores("rus_Cyrl"),
        "azj_Latn": laws + flores("azj_Latn"),
        "ben_Beng": flores("ben_Beng"),
        "uzn_Cyrl": [*udhr["uzn_cyrl"].dropna(), *map(in_cyrillic, flores("uzn_Latn"))],
    }
    long = {code: [t for t in each if len(t) >= PARAGRAPH_LETTERS] for code, each in texts.items()}
    return {code: each[half::2] for code, each in long.items()}


def flores(code: str) -> list[str]:
    """Sentences of FLORES dev in one language."""
    return read_text_lines(f"{test_data()}/flores200/flores200_dev.tar.zst!dev/{code}.dev")


def json_lines(path: Path) -> list[str]:
    """Paragraphs of the articles in a file of JSON lines."""
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for article in articles for line in article["content"].splitlines()]


def in_cyrillic(text: str) -> str:
    """Uzbek as it was written before: letter by letter, good enough to look at letters."""
    small = text.replace("‘", "ʻ").replace("’", "ʼ").replace("o'", "oʻ").replace("g'", "gʻ")
    small = INITIAL_E.sub(lambda match: "э" if match[0] == "e" else "Э", small)
    for case in (str, str.capitalize):
        for digraph, letter in DIGRAPHS.items():
            small = small.replace(case(digraph), case(letter))
    table = LETTERS | {a.upper(): b.upper() for a, b in LETTERS.items() if a.isalpha()}
    return "".join(table.get(letter, letter) for letter in small)


def judged(
    texts: Mapping[str, Sequence[str]], seed: int, broken: int, healthy: int
) -> Iterator[tuple[str, str, str | None, str]]:
    """Language, kind or style, the reason for distrust, and the text read, of every page."""
    for language in LANGUAGES:
        draw = random.Random(f"{seed} {language}")  # noqa: S311 - a draw of pages
        for number in range(healthy):
            style = STYLES[number % len(STYLES)]
            pdf = page_pdf(page_text(texts, language, style, draw), language, number=number)
            yield language, style, *judge(pdf, language)
        for kind in (*KINDS, FEW_LETTERS):
            for number in range(broken):
                style = STYLES[number % len(STYLES)]
                pdf = broken_page(page_text(texts, language, style, draw), language, kind, draw)
                yield language, kind, *judge(pdf, language)


def page_text(
    texts: Mapping[str, Sequence[str]], language: str, style: str, draw: random.Random
) -> list[str]:
    """Paragraphs of a page of a schoolbook."""
    found = draw.sample(texts[language], 14)
    if style == "short":
        return found[:2]
    if style == "exercises":
        sums = [
            f"{draw.randrange(99)} + {draw.randrange(99)} · x = {draw.randrange(999)}"
            for _ in found
        ]
        return [f"{n}. {a[:90]} {b}" for n, (a, b) in enumerate(zip(found, sums, strict=True), 1)]
    if style == "contents":
        titles = [" ".join(text.split()[:5]) for text in found]
        return [f"{n}. {title} {'.' * 30} {9 * n}" for n, title in enumerate(titles, 1)]
    if style == "quotation":
        other = "tuk_Latn" if language == "rus_Cyrl" else "rus_Cyrl"
        if language == "ben_Beng":  # the font has no other letters
            return found
        return [found[0].upper(), *found[:5], *draw.sample(texts[other], 2), *found[5:]]
    return found


def judge(pdf: bytes, language: str) -> tuple[str | None, str]:
    """Why a one-page PDF's text layer is distrusted, and the text."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        (page,) = read_text_layer(Path(file.name), (1,))
    if page.problem:
        return page.problem, ""
    text = text_of(page.words)
    return distrust(text, language, PARAMS), text


def print_table(verdicts: Sequence[tuple[str, str, str | None, str]], seed: int) -> None:
    """Shares by kind, and by language, with Wilson's intervals."""
    found: dict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    for language, kind, reason, _ in verdicts:
        group = "healthy" if kind in STYLES else "broken"
        for row in (kind, language, "all") if kind != FEW_LETTERS else (f"({kind}, not in all)",):
            found[group, row][reason is not None] += 1
    print(f"share of pages sent to OCR, seed {seed}, 95 % intervals (Wilson)")
    for (group, row), counts in sorted(found.items()):
        share = wilson(counts[True], counts.total())
        name = f"{group}, {row}"
        print(
            f"{name:<32} {counts[True]:>5} of {counts.total():>5}  "
            f"{share.value:7.2%} [{share.ci_low:.2%}, {share.ci_high:.2%}]"
        )


if __name__ == "__main__":
    main()
