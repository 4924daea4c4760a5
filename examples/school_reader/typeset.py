"""Builds the demo's textbook in two editions: a scanned Turkmen PDF, a born-digital Russian one.

Run: python examples/school_reader/typeset.py OUT_DIR

Writes the PDFs, a sidecar YAML for each, and gold/: the sentences, their alignment and the text of
the Turkmen pages. The bytes depend on the chapters, the fonts and the installed libraries alone.
"""

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from book import LANGUAGES, Block, alignment, load, units
from layout import BODY, BOLD, ITALIC, WIDTH_PT, Line, paginate
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from scan import scan

STEM = "school_reader"
TITLES = {"tuk": "Biziň dünýämiz", "rus": "Наш мир"}
FONT_FILES = {
    BODY: "DejaVuSerif.ttf",
    BOLD: "DejaVuSerif-Bold.ttf",
    ITALIC: "DejaVuSerif-Italic.ttf",
}
FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("/opt/homebrew/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
    Path.home() / "Library/Fonts",
)
LEFT_PT, TOP_PT = (A5[0] - WIDTH_PT) / 2, A5[1] - 56  # of the text block
HEADER_PT, FOOTER_PT = A5[1] - 40, 28.0  # baselines
SMALL_PT = 8.6


def build(out_dir: Path) -> None:
    """Write both editions, their sidecars and the gold into `out_dir`, made where missing.

    Raises:
        FileNotFoundError: a DejaVu Serif font is in none of the usual folders.
    """
    register_fonts()
    chapters = load()
    gold = out_dir / "gold" / STEM
    gold.mkdir(parents=True, exist_ok=True)
    for language, code in LANGUAGES.items():
        pages = paginate(chapters, language)
        pdf = render(pages, TITLES[language])
        scanned = scan(pdf, TITLES[language]) if language == "tuk" else pdf
        (out_dir / f"{STEM}.{code}.pdf").write_bytes(scanned)
        _write(out_dir / f"{STEM}.{code}.yaml", _sidecar(language))
        _write(gold / f"sentences.{code}.txt", _lines(units(chapters, language)))
        if language == "tuk":
            _write(gold / f"pages.{code}.jsonl", _page_texts(pages, TITLES[language]))
    _write(gold / f"beads.{'-'.join(LANGUAGES.values())}.txt", _bead_lines(chapters))


def register_fonts() -> None:
    """Make the three faces known to reportlab, found by name below the usual folders."""
    for name, file_name in FONT_FILES.items():
        found = (path for folder in FONT_FOLDERS for path in sorted(folder.rglob(file_name)))
        path = next(found, None)
        if path is None:
            folders = ", ".join(map(str, FONT_FOLDERS))
            raise FileNotFoundError(
                f"{file_name} is in none of {folders}; install DejaVu (Debian: fonts-dejavu-core "
                "and fonts-dejavu-extra, Homebrew: font-dejavu)"
            )
        pdfmetrics.registerFont(TTFont(name, str(path)))


def render(pages: Sequence[tuple[str, Sequence[Line]]], title: str) -> bytes:
    """Return the PDF of set pages, with running headers and page numbers."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A5, invariant=1)
    canvas.setTitle(title)
    for number, (chapter_title, lines) in enumerate(pages, start=1):
        _furniture(canvas, number, _header(number, chapter_title, title))
        _body(canvas, lines)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _furniture(canvas: Canvas, number: int, header: str) -> None:
    canvas.setLineWidth(0.4)
    canvas.setFont(ITALIC, SMALL_PT)
    if number % 2:
        canvas.drawRightString(LEFT_PT + WIDTH_PT, HEADER_PT, header)
    else:
        canvas.drawString(LEFT_PT, HEADER_PT, header)
    canvas.line(LEFT_PT, HEADER_PT - 5, LEFT_PT + WIDTH_PT, HEADER_PT - 5)
    canvas.setFont(BODY, SMALL_PT)
    canvas.drawCentredString(A5[0] / 2, FOOTER_PT, str(number))


def _body(canvas: Canvas, lines: Sequence[Line]) -> None:
    top = TOP_PT
    for line in lines:
        for stroke in line.strokes:
            path = canvas.beginPath()
            path.moveTo(LEFT_PT + stroke[0], top - stroke[1])
            for x, y in zip(stroke[2::2], stroke[3::2], strict=True):
                path.lineTo(LEFT_PT + x, top - y)
            canvas.drawPath(path)
        for mark in line.marks:
            canvas.setFont(mark.font, mark.size)
            # The space that follows a word belongs to the text layer, not to the look.
            canvas.drawString(LEFT_PT + mark.x, top - line.baseline, f"{mark.text} ")
        top -= line.height


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _lines(rows: Sequence[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def _sidecar(language: str) -> str:
    return yaml.safe_dump(
        {
            "title": TITLES[language],
            "book": STEM,
            "language": LANGUAGES[language],
            "edition": "1",
            "licence": "Apache-2.0",
            "origin": "written for the Dutar project",
        },
        allow_unicode=True,
        sort_keys=False,
    )


def _page_texts(pages: Sequence[tuple[str, Sequence[Line]]], title: str) -> str:
    entries = [
        {
            "page_number": number,
            "header": _header(number, chapter_title, title),
            "text": "\n".join(line.text for line in lines if line.marks),
            "footer": str(number),
        }
        for number, (chapter_title, lines) in enumerate(pages, start=1)
    ]
    return _lines([json.dumps(entry, ensure_ascii=False) for entry in entries])


def _header(number: int, chapter_title: str, title: str) -> str:
    """Odd pages name the chapter, even ones the book."""
    return chapter_title if number % 2 else title


def _bead_lines(chapters: Sequence[Sequence[Block]]) -> str:
    rows = [f"[{_joined(tuk)}]:[{_joined(rus)}]" for tuk, rus in alignment(chapters)]
    return _lines(rows)


def _joined(positions: Sequence[int]) -> str:
    return ",".join(map(str, positions))


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the folder
        sys.exit(f"usage: python {sys.argv[0]} OUT_DIR")
    build(Path(sys.argv[1]))
