"""PDF pages whose text layer says something else than their print.

The letters are drawn from the right font, and the font's ToUnicode map is rewired: what stands on
the page is right, what a program reads is not. That is how broken text layers come about.
"""

import io
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import regex
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.languages import language
from pipeline.text.homoglyphs import LIKE_CYRILLIC, LIKE_LATIN

Wiring = Callable[[str], str]
"""What a letter becomes in the text layer."""

FONTS = {
    "Beng": Path("/usr/share/fonts/truetype/lohit-bengali/Lohit-Bengali.ttf"),
    "": Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"),
}
SIZE, LEADING, MARGIN, LINES = 10, 15, 40, 32
MAPPING = regex.compile(r"<(\w\w)> <(\w{4})>")
VOWELS = frozenset("aeiouyäöüýəıаеёиоуыэюяіөүұәӯӣў")
DEVANAGARI_SHIFT = 0x900 - 0x980
KINDS = (
    "no map",
    "cid",
    "replacement",
    "shifted code",
    "shifted in alphabet",
    "permuted",
    "homoglyphs",
    "wrong encoding",
    "legacy font",
    "empty",
)
FEW_LETTERS = "few letters"  # four of the alphabet exchanged: not one of the bar's


class RewiredFont(TTFont):
    """A font whose letters tell other values than they have; None leaves the map out."""

    wiring: Wiring | None = str

    def addObjects(self, doc: object) -> None:  # noqa: N802 - reportlab's name
        """Write the font, then its map anew."""
        before = set(doc.idToObject["BasicFonts"].dict)  # type: ignore[attr-defined]
        super().addObjects(doc)
        fonts = doc.idToObject["BasicFonts"].dict  # type: ignore[attr-defined]
        for name in set(fonts) - before:
            if self.wiring is None:
                fonts[name].ToUnicode = None
                continue
            stream = doc.idToObject[fonts[name].ToUnicode.name]  # type: ignore[attr-defined]
            stream.content = MAPPING.sub(self._rewired, stream.content)

    def _rewired(self, match: regex.Match[str]) -> str:
        letter = chr(int(match[2], 16))
        wired = self.wiring(letter) if self.wiring and letter.strip("\0 ") else letter
        return f"<{match[1]}> <{wired.encode('utf-16-be').hex().upper()}>"


@lru_cache(maxsize=2)
def _font(path: Path) -> RewiredFont:
    font = RewiredFont(path.stem, str(path))
    font.face.name = b"rewired " + font.face.name  # reportlab takes fonts of one face for one font
    pdfmetrics.registerFont(font)
    return font


def page_pdf(
    paragraphs: Sequence[str], code: str, *, wiring: Wiring | None = str, number: int | None = 1
) -> bytes:
    """One page of paragraphs, as many lines as fit, and its number, if it has one."""
    font = _font(FONTS["Beng" if code.endswith("Beng") else ""])
    font.wiring = wiring
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A5, invariant=1)
    lines = [
        line
        for paragraph in paragraphs
        for line in simpleSplit(
            _printable(paragraph, font), font.fontName, SIZE, A5[0] - 2 * MARGIN
        )
    ]
    text = canvas.beginText(MARGIN, A5[1] - MARGIN)
    text.setFont(font.fontName, SIZE, leading=LEADING)
    text.textLines(lines[:LINES])
    canvas.drawText(text)
    if number is not None:
        canvas.setFont("Helvetica", SIZE)
        canvas.drawCentredString(A5[0] / 2, MARGIN / 2, str(number))
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _printable(text: str, font: RewiredFont) -> str:
    return "".join(letter for letter in text if ord(letter) in font.face.charToGlyph)


def broken_page(paragraphs: Sequence[str], code: str, kind: str, draw: random.Random) -> bytes:
    """A page whose text layer is broken in one of the KINDS."""
    if kind == "empty":
        return page_pdf([], code)
    return page_pdf(
        paragraphs, code, wiring=None if kind == "no map" else wiring_of(kind, code, draw)
    )


def wiring_of(kind: str, code: str, draw: random.Random) -> Wiring:  # noqa: C901, PLR0911 - a table of kinds
    """A wiring of one of the KINDS that have one."""
    letters = sorted(set(language(code).alphabet.lower()))
    if kind == "cid":
        return lambda letter: f"(cid:{ord(letter) % 211})"
    if kind == "replacement":
        lost = set(draw.sample(letters, max(4, int(draw.uniform(0.15, 0.8) * len(letters)))))
        return lambda letter: "\ufffd" if letter.lower() in lost else letter
    if kind == "shifted code":
        shift = draw.choice([-31, -29, -3, -1, 1, 2, 3, 5, 29])
        return lambda letter: chr(ord(letter) + shift)
    if kind == "shifted in alphabet":
        shift = draw.randrange(1, len(letters))
        return _swap(letters, letters[shift:] + letters[:shift])
    if kind == "permuted":
        return _permuted(letters, draw)
    if kind == FEW_LETTERS:
        some = draw.sample(letters, 4)
        return _swap(some, some[1:] + some[:1])
    if kind == "homoglyphs":
        return _homoglyphs(code)
    if kind == "wrong encoding":
        return _wrong_encoding(code, draw)
    return _legacy_font(letters, draw)


def _swap(letters: Sequence[str], others: Sequence[str]) -> Wiring:
    table = dict(zip(letters, others, strict=True))
    table |= {
        a.upper(): b.upper() for a, b in table.items() if len(a.upper()) == len(b.upper()) == 1
    }
    return lambda letter: table.get(letter, letter)


def _permuted(letters: Sequence[str], draw: random.Random) -> Wiring:
    """Vowels for vowels and consonants for consonants, marks for marks: what still can be said."""
    others: dict[str, str] = {}
    classes = [
        [letter for letter in letters if letter in VOWELS],
        [letter for letter in letters if letter.isalpha() and letter not in VOWELS],
        [letter for letter in letters if not letter.isalpha()],
    ]
    for group in classes:
        others |= zip(group, draw.sample(group, len(group)), strict=True)
    return _swap(letters, [others[letter] for letter in letters])


def _homoglyphs(code: str) -> Wiring:
    if code.endswith("Beng"):
        return lambda letter: chr(ord(letter) + DEVANAGARI_SHIFT) if letter > "\u0980" else letter
    table = LIKE_CYRILLIC if language(code).is_latin else LIKE_LATIN
    return lambda letter: table.get(letter, letter)


def _wrong_encoding(code: str, draw: random.Random) -> Wiring:
    pairs = [("utf-8", "cp1252"), ("utf-8", "latin-1")]
    if language(code).is_cyrillic:
        pairs += [("cp1251", "latin-1"), ("koi8-r", "cp1251"), ("cp866", "cp1251")]
    if language(code).is_latin:
        pairs += [("cp1254", "cp1251"), ("cp1250", "cp1251"), ("utf-8", "cp1251")]
    written, read = draw.choice(pairs)
    return lambda letter: letter.encode(written, "replace").decode(read, "replace")


def _legacy_font(letters: Sequence[str], draw: random.Random) -> Wiring:
    """Letters that English lacks, or half of another script's, on the places of other letters."""
    special = [letter for letter in letters if not letter.isascii()]
    if len(special) == len(letters):
        special = draw.sample(special, len(special) // 2)
    places = [
        chr(code) for code in range(0xE0, 0x100) if chr(code) not in letters and chr(code) != "÷"
    ]
    return _swap(special, [draw.choice(places) for _ in special])
