"""From pages to sentences, each with its place on the page (pure).

Hyphenation at line ends is undone with the document as its own dictionary: the hyphen stays where
the same word stands elsewhere with one. The words' letters are counted through normalisation and
splitting, so that every sentence knows which printed words it came from.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import regex

from pipeline.parameters import SentenceParams
from pipeline.tables import TEXTBOOK_SENTENCES, as_table
from pipeline.text import language_score, normalise, repair_homoglyphs, split_sentences
from pipeline.text.sentences import (
    LETTER,
    MIN_SCORED_LETTERS,
    number_sentences,
    sentence_problem,
)
from pipeline.textbooks.blocks import Block, find_blocks
from pipeline.textbooks.columns import in_reading_order
from pipeline.textbooks.kinds import Kind
from pipeline.textbooks.layout import Furniture, Word, read_lines, split_furniture
from pipeline.textbooks.strays import LEADER, set_apart

MIN_LINE_SCORE = 0.5
WHOLE: tuple[Kind, ...] = ("heading", "table", "formula")
NUMBERED: tuple[Kind, ...] = ("exercise", "list")  # their first word is a number or a mark

SPACE = regex.compile(r"\s+")
BREAK = regex.compile(r"(?<=[\p{L}\p{N}])[-\u2010\u00AD¬]$")
GLUED = regex.compile(r"[.·…‥]{5,}|_{2,}")  # a dot leader behind or between letters
EDGES = regex.compile(r"^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$")

Row = dict[str, object]


@dataclasses.dataclass(frozen=True)
class _Printed:
    """A word as it stands on a page."""

    page_number: int
    word: Word


@dataclasses.dataclass(frozen=True)
class _Token:
    """A word of the text, and the one or two printed words that it is made of."""

    text: str
    printed: tuple[_Printed, ...]


def extract_sentences(pages: pa.Table, code: str, params: SentenceParams) -> pa.Table:
    """Read one document's pages as sentences in reading order.

    Args:
        pages: TEXTBOOK_PAGES of one document; rejected pages are left out.
        code: the document's language.
        params: limits.

    Returns:
        TEXTBOOK_SENTENCES. Kept rows are numbered first, then the rejected ones: sentences that
        are too long, hold no letter, are in another language, hold a word that OCR could not read
        or a gap to fill in, and the page furniture.
    """
    if pages.num_rows == 0:
        return as_table([], TEXTBOOK_SENTENCES)
    lines, strays = set_apart(read_lines(pages))
    body, furniture = split_furniture(lines)
    blocks = find_blocks(in_reading_order(body))
    vocabulary = _vocabulary(blocks)
    foreign = _foreign_document(blocks, code, params)
    rows: list[Row] = []
    for block in blocks:
        for text, printed in _sentences(block, vocabulary, code):
            problem = sentence_problem(text, code, params.max_sentence_characters)
            reason = foreign or problem or _reading_problem(printed, params)
            rows.append(_row(text, printed, block.kind, block.section_number, reason))
    rows += [_furniture_row(each) for each in (*furniture, *strays)]
    numbered = number_sentences(rows, pages["document_key"][0].as_py(), code)
    return as_table(numbered, TEXTBOOK_SENTENCES)


def _vocabulary(blocks: list[Block]) -> Counter[str]:
    """How often each word stands within a line, bare of punctuation, in small letters."""
    return Counter(
        _bare(word["text"]) for block in blocks for line in block.lines for word in line.words[:-1]
    )


def _bare(text: str) -> str:
    return str(EDGES.sub("", text)).lower()


def _sentences(
    block: Block, vocabulary: Counter[str], code: str
) -> Iterator[tuple[str, list[_Printed]]]:
    tokens = [
        dataclasses.replace(token, text=normalise(repair_homoglyphs(token.text, code), code))
        for token in _tokens(block, vocabulary)
    ]
    if block.kind in NUMBERED and len(tokens) > 1:
        tokens = tokens[1:]
    text = normalise(" ".join(token.text for token in tokens), code)
    sentences = [text] if block.kind in WHOLE else split_sentences(text, code)
    yield from zip(sentences, _printed_words(sentences, tokens), strict=True)


def _tokens(block: Block, vocabulary: Counter[str]) -> list[_Token]:
    tokens: list[_Token] = []
    is_broken = False
    for line in block.lines:
        for word in line.words:
            printed = (_Printed(line.page_number, word),)
            own = GLUED.sub(" ", word["text"]).strip() or word["text"]
            if is_broken:
                before = tokens.pop()
                text = join_broken(before.text, own, vocabulary)
                tokens.append(_Token(text, before.printed + printed))
            else:
                tokens.append(_Token(own, printed))
            is_broken = False
        is_broken = BREAK.search(tokens[-1].text) is not None
    return tokens


def join_broken(first: str, second: str, vocabulary: Counter[str]) -> str:
    """Join the two parts of a word broken at a line's end; `first` ends in a hyphen.

    The hyphen stays before a capital or a digit, after a digit or a capital, in a word said twice,
    and where the vocabulary (words in small letters, with counts) knows the word better with it.
    """
    stem, hyphen = first[:-1], first[-1]
    if hyphen == "\u00ad":
        return stem + second
    is_twice = _bare(second).startswith(_bare(stem)) and len(_bare(stem)) > 1
    if is_twice or not second[:1].islower() or not stem[-1:].islower():
        return f"{stem}-{second}"
    with_hyphen, without = _bare(f"{stem}-{second}"), _bare(stem + second)
    is_kept = vocabulary[with_hyphen] > vocabulary[without]
    return f"{stem}-{second}" if is_kept else stem + second


def _printed_words(sentences: list[str], tokens: list[_Token]) -> Iterator[list[_Printed]]:
    """Printed words of each sentence, by counting characters other than spaces."""
    owners = [token.printed for token in tokens for _ in SPACE.sub("", token.text)]
    start = 0
    for sentence in sentences:
        end = start + len(SPACE.sub("", sentence))
        words = [printed for owner in owners[start:end] for printed in owner]
        yield list({id(each): each for each in words}.values()) or list(tokens[0].printed)
        start = end


def _row(
    text: str, printed: list[_Printed], kind: Kind, section_number: int, reason: str | None
) -> Row:
    page_number = printed[0].page_number
    boxes = [each.word["box_on_page"] for each in printed if each.page_number == page_number]
    confidences = [each.word["confidence_fraction"] for each in printed]
    return {
        "text": text,
        "kind": kind,
        "section_number": section_number,
        "page_number": page_number,
        "box": {
            "x0": min(box["x0"] for box in boxes),
            "top": min(box["top"] for box in boxes),
            "x1": max(box["x1"] for box in boxes),
            "bottom": max(box["bottom"] for box in boxes),
        },
        "confidence_fraction": sum(confidences) / len(confidences),
        "reject_reason": reason,
    }


def _reading_problem(printed: list[_Printed], params: SentenceParams) -> str | None:
    """Why a sentence is not what stands on the page, or is not whole."""
    for word in (each.word for each in printed):
        if LEADER.fullmatch(word["text"]):
            return "gap: there is a line to fill in"
        is_unread = word["confidence_fraction"] < params.min_word_confidence_fraction
        if is_unread and word["raw_text"] is None and len(LETTER.findall(word["text"])) > 1:
            return f"noise: the engine could not read the word that it gives as {word['text']}"
    return None


def _furniture_row(furniture: Furniture) -> Row:
    line = furniture.line
    printed = [_Printed(line.page_number, word) for word in line.words]
    return _row(line.text, printed, "paragraph", 0, f"page furniture: {furniture.name}")


def _foreign_document(blocks: list[Block], code: str, params: SentenceParams) -> str | None:
    """Why a document is not in its language, judged by its lines of some length."""
    lines = [line.text for block in blocks for line in block.lines]
    scored = [text for text in lines if len(LETTER.findall(text)) >= MIN_SCORED_LETTERS]
    if not scored:
        return None
    own = sum(language_score(text, code) >= MIN_LINE_SCORE for text in scored) / len(scored)
    if own >= params.min_language_fraction:
        return None
    limit = params.min_language_fraction
    return f"language: {own:.2f} of the document's lines are in {code}, the limit is {limit:g}"
