"""Texts set in the fonts of this machine: pages whose every letter is known.

Letters are joined and placed as their script wants it (HarfBuzz, through Pillow's Raqm).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline.languages import language
from pipeline.textbooks.rendering import POINTS_PER_INCH

FONTS = ("DejaVuSerif", "DejaVuSans", "DejaVuSerifCondensed-Italic", "Lohit-Bengali")
WIDTH_POINTS, MARGIN_POINTS, SIZE_POINTS, LEADING = 420, 45, 11, 1.5  # A5


@dataclass(frozen=True)
class Specimen:
    """A text to be set in a font, at a resolution."""

    text: str
    font: Path
    dpi: int

    def picture(self) -> Image.Image:
        """The page in grey, as high as it must be; paragraphs begin where lines end."""
        scale = self.dpi / POINTS_PER_INCH
        font = ImageFont.truetype(
            self.font, round(SIZE_POINTS * scale), layout_engine=ImageFont.Layout.RAQM
        )
        width, margin = round(WIDTH_POINTS * scale), MARGIN_POINTS * scale
        step = SIZE_POINTS * LEADING * scale
        lines = [
            line
            for paragraph in self.text.splitlines()
            for line in _broken(paragraph.split(), font, width - 2 * margin)
        ]
        image = Image.new("L", (width, round(2 * margin + step * len(lines))), 255)
        draw = ImageDraw.Draw(image)
        for number, line in enumerate(lines):
            draw.text((margin, margin + step * number), line, font=font, fill=0)
        return image


def fonts_of(code: str, names: Iterable[str] = FONTS) -> list[Path]:
    """Installed fonts of these file names that have every letter of a language's alphabet.

    Raises:
        InputError: the language is unknown.
    """
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 - who only reads need not load it

    letters = {ord(letter) for letter in language(code).alphabet}
    installed = {path.stem: path for path in _installed()}
    found = [installed[name] for name in names if name in installed]
    return [path for path in found if letters <= set(FT2Font(str(path)).get_charmap())]


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    from matplotlib import font_manager  # noqa: PLC0415 - who only reads need not load it

    return tuple(map(Path, sorted(font_manager.findSystemFonts())))


def _broken(words: Sequence[str], font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Words on lines of at most this width; a longer word has a line of its own."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
