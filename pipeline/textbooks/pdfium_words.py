"""Words with boxes by pdfium, more than ten times faster than pdfplumber's `extract_words`.

pdfium tells where words end: it adds the spaces that some programs leave out of the file, and drops
letters that are printed twice in one place to look bold.
"""

import dataclasses
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium
import regex

SAME_LINE_POINTS = 3.0  # pdfplumber's y_tolerance
MIN_OVERLAP = 0.3  # of the lower of two letters' heights
MAX_SLANT = 0.2  # of a letter's matrix, which is not 0 in slanted type
REPLACEMENT = "\ufffd"
SURROGATE = regex.compile(r"[\ud800-\udfff]")
LINE_END_HYPHEN = regex.compile(r"[\x02\ufffe]")  # what pdfium makes of a hyphen there
WORD = regex.compile(r"[^\s\x02\ufffe]*[\x02\ufffe]|[^\s\x02\ufffe]+")


class TurnedTextError(Exception):
    """Some letters do not stand upright on the page: pdfium gives them no boxes of use."""


@dataclasses.dataclass(slots=True)
class PlacedWord:
    """A word and its box in points from the top left of the page's crop box.

    `bottom` lies under the baseline by the font's descent, `top` a font size above `bottom`.
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float


def page_words(page: pypdfium2.PdfPage) -> list[PlacedWord]:
    """Words of a page line by line from the top, each line from left to right.

    A letter without a Unicode value is U+FFFD.

    Raises:
        TurnedTextError: the page, or text on it, is turned.
        pypdfium2.PdfiumError: the text cannot be loaded.
    """
    if page.get_rotation():
        raise TurnedTextError
    textpage = page.get_textpage()
    try:
        words = list(_words(textpage, page.get_cropbox()))
    finally:
        textpage.close()
    return list(_in_lines(words))


def _words(
    textpage: pypdfium2.PdfTextPage, cropbox: tuple[float, float, float, float]
) -> Iterator[PlacedWord]:
    raw, characters = textpage.raw, _characters(textpage)
    for match in WORD.finditer(characters):
        start, end = match.span()
        first, last = _box(raw, start), _box(raw, end - 1)
        if _is_one_line(first, last):
            yield _placed(raw, start, match[0], (first, last), cropbox)
            continue
        for index in range(start, end):
            box = _box(raw, index)
            yield _placed(raw, index, characters[index], (box, box), cropbox)


def _is_one_line(first: pdfium.FS_RECTF, last: pdfium.FS_RECTF) -> bool:
    overlap = min(first.top, last.top) - max(first.bottom, last.bottom)
    height = min(first.top - first.bottom, last.top - last.bottom)
    return bool(last.left >= first.left and overlap > MIN_OVERLAP * height)


def _placed(
    raw: object,
    start: int,
    characters: str,
    boxes: tuple[pdfium.FS_RECTF, pdfium.FS_RECTF],
    cropbox: tuple[float, float, float, float],
) -> PlacedWord:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(raw, start, matrix)
    if matrix.a <= 0 or matrix.d <= 0 or abs(matrix.b) > MAX_SLANT * matrix.a:
        raise TurnedTextError
    has_no_value = pdfium.FPDFText_HasUnicodeMapError
    text = "".join(
        REPLACEMENT if has_no_value(raw, index) == 1 else character
        for index, character in enumerate(characters, start)
    )
    size = pdfium.FPDFText_GetFontSize(raw, start) * matrix.d
    (first, last), (x0, _, _, top) = boxes, cropbox
    bottom = top - first.bottom
    text = LINE_END_HYPHEN.sub("-", text)
    return PlacedWord(text, first.left - x0, bottom - size, last.right - x0, bottom)


def _box(raw: object, index: int) -> pdfium.FS_RECTF:
    """Of a character, in PDF coordinates: the bottom is less than the top."""
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(raw, index, box)
    return box


def _characters(textpage: pypdfium2.PdfTextPage) -> str:
    """One for each of pdfium's, which leaves some out of the text that it gives in one piece."""
    count = textpage.count_chars()
    text = str(textpage.get_text_range()) if count else ""
    if len(text) != count:
        codes = (pdfium.FPDFText_GetUnicode(textpage.raw, index) for index in range(count))
        text = "".join(map(chr, codes))
    return str(SURROGATE.sub(REPLACEMENT, text))


def _in_lines(words: list[PlacedWord]) -> Iterator[PlacedWord]:
    """Sorted by lines, which are words whose tops follow one another closely, then by `x0`."""
    line: list[PlacedWord] = []
    for word in sorted(words, key=lambda word: word.top):
        if line and word.top - line[-1].top > SAME_LINE_POINTS:
            yield from sorted(line, key=lambda word: word.x0)
            line = []
        line.append(word)
    yield from sorted(line, key=lambda word: word.x0)
