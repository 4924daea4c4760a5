"""Of what is read: pages, sentences, sites."""

from typing import Literal

from pydantic import Field

from pipeline.parameters.base import Params


class TextbookParams(Params):
    """Reading PDF pages."""

    resolution_dpi: int = Field(300, ge=72, le=600, description="rendering for OCR (dpi)")
    ocr_engine: Literal["auto", "pytesseract", "tesserocr"] = Field(
        "auto", description="auto: tesserocr if it holds the program's own Tesseract"
    )
    quoted_languages: str = Field(
        "usual",
        description="codes, with commas, of languages in other scripts that pages quote; or the"
        " `usual` ones of languages.yaml",
    )
    min_text_layer_characters: int = Field(
        40, ge=0, description="a page with fewer characters in its text layer goes to OCR (count)"
    )
    min_text_layer_letter_fraction: float = Field(
        0.35, ge=0, le=1, description="a text layer with fewer letters is garbage (fraction)"
    )
    compared_page_count: int = Field(
        3, ge=0, description="text-layer pages of a document that are checked against OCR (count)"
    )
    min_agreement_fraction: float = Field(
        0.85, ge=0, le=1, description="words of such a page that OCR must confirm (fraction)"
    )
    min_page_confidence_fraction: float = Field(
        0.55, ge=0, le=1, description="an OCR page below is noise and rejected (fraction)"
    )
    max_repaired_confidence_fraction: float = Field(
        0.9, ge=0, le=1, description="words that OCR read less surely may be repaired (fraction)"
    )
    most_pages: int = Field(10_000, ge=1, description="read of one edition at most (count)")
    page_timeout_seconds: float = Field(120, gt=0, description="for reading one page (s)")
    mean_page_seconds: float = Field(
        15, gt=0, description="a whole book may take so long for each of its pages (s)"
    )
    memory_limit_megabytes: int = Field(2048, ge=256, description="for one reading process (MB)")


class SentenceParams(Params):
    """From pages to sentences."""

    min_language_fraction: float = Field(
        0.5, ge=0, le=1, description="share of a document's lines that must be in its language"
    )
    min_word_confidence_fraction: float = Field(
        0.1, ge=0, le=1, description="a sentence with a word that OCR read less surely is rejected"
    )
    max_sentence_characters: int = Field(1000, ge=50, description="longer ones are rejected")


class NewsParams(Params):
    """Visiting news sites, politely, and reading their articles."""

    delay_seconds: float = Field(1.0, ge=0, description="between two requests to one site (s)")
    max_pages: int = Field(2000, ge=1, description="visited in one crawl of one site (count)")
    rechecked_pages: int = Field(
        200, ge=0, description="known pages without a link to them, asked for in a crawl (count)"
    )
    page_timeout_seconds: float = Field(30, gt=0, description="for one answer (s)")
    max_page_megabytes: float = Field(5, gt=0, description="larger pages are rejected (MB)")
    min_language_fraction: float = Field(
        0.5, ge=0, le=1, description="share of an article's paragraphs that must be in its language"
    )
    min_article_characters: int = Field(
        120, ge=1, description="a page with less text is no article (count)"
    )
