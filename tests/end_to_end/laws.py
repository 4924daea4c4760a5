"""Fills an inbox with laws of Turkmenistan: typeset to PDF in two languages, with their gold.

The texts are read from the folder of test data and are no part of this repository.
"""

import re
import shutil
from pathlib import Path

import yaml
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

LAWS = ("16", "17", "18")
LANGUAGES = {"tm": "tuk_Latn", "ru": "rus_Cyrl"}
ORDER = "order253"
FONTS = {"Law": "DejaVuSerif.ttf", "Law-Bold": "DejaVuSerif-Bold.ttf"}
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("/opt/homebrew/share/fonts"))

BODY = ParagraphStyle(
    "body",
    fontName="Law",
    fontSize=10.5,
    leading=14.5,
    alignment=TA_JUSTIFY,
    firstLineIndent=18,
    spaceAfter=4,
)
HEADING = ParagraphStyle(
    "heading", fontName="Law-Bold", fontSize=12.5, leading=16, spaceBefore=12, spaceAfter=7
)
_HEADING = re.compile(r"\d+-\w+ (?:bap|madda)\b|(?:глава|статья) ?\d", re.IGNORECASE)


def fill_inbox(data: Path, inbox: Path, gold: Path) -> None:
    """Write PDFs and sidecars into `inbox`, and a folder per law into `gold`.

    Args:
        data: the folder `tds_gov_tm`.
        inbox: made where missing.
        gold: made where missing.

    Raises:
        FileNotFoundError: a DejaVu Serif font is in none of the usual folders.
    """
    _register_fonts()
    inbox.mkdir(parents=True, exist_ok=True)
    for law in LAWS:
        book = gold / f"law{law}"
        book.mkdir(parents=True, exist_ok=True)
        for suffix, code in LANGUAGES.items():
            text = (data / "text" / f"{law}.{suffix}.txt").read_text("utf-8")
            (book / f"sentences.{code}.txt").write_text(text, "utf-8")
            _typeset(text.splitlines(), inbox / f"{book.name}.{code}.pdf")
            _describe(inbox / f"{book.name}.{code}.yaml", f"Law {law}", book.name, code)
        shutil.copyfile(
            data / "gold_para" / f"{law}.tm-ru", book / f"beads.{'-'.join(LANGUAGES.values())}.txt"
        )
    shutil.copyfile(
        data / "pdf" / "tertip-253-is_mixed_scan_text.pdf", inbox / f"{ORDER}.tuk_Latn.pdf"
    )
    _describe(inbox / f"{ORDER}.tuk_Latn.yaml", "Order 253", ORDER, "tuk_Latn")


def _register_fonts() -> None:
    for name, file_name in FONTS.items():
        found = (path for folder in FONT_FOLDERS for path in sorted(folder.rglob(file_name)))
        path = next(found, None)
        if path is None:
            raise FileNotFoundError(f"{file_name} is not installed (Debian: fonts-dejavu-core)")
        pdfmetrics.registerFont(TTFont(name, str(path)))


def _typeset(paragraphs: list[str], pdf: Path) -> None:
    """Set paragraphs justified on A4, articles and chapters under headings, pages numbered."""
    story = [
        Paragraph(_escaped(text), HEADING if _HEADING.match(text) else BODY) for text in paragraphs
    ]
    document = SimpleDocTemplate(str(pdf), pagesize=A4, invariant=1)
    document.build(story, onFirstPage=_number_page, onLaterPages=_number_page)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _number_page(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont("Law", 9)
    canvas.drawCentredString(A4[0] / 2, 36, str(document.page))


def _describe(sidecar: Path, title: str, book: str, code: str) -> None:
    facts = {
        "title": title,
        "book": book,
        "language": code,
        "edition": "1",
        "licence": "official document",
        "origin": "standards service of Turkmenistan",
    }
    sidecar.write_text(yaml.safe_dump(facts), "utf-8")
