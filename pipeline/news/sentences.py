"""From articles to sentences: the headline, then the paragraphs (pure)."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pipeline.parameters import SentenceParams
from pipeline.tables import NEWS_SENTENCES, as_table, kept
from pipeline.text import normalise, split_sentences
from pipeline.text.sentences import number_sentences, sentence_problem

Row = dict[str, Any]


def extract_news_sentences(articles: pa.Table, params: SentenceParams) -> pa.Table:
    """Split articles into sentences.

    Args:
        articles: NEWS_ARTICLES; rejected ones are left out.
        params: limits; an article's language was judged when it was read.

    Returns:
        NEWS_SENTENCES, article by article. Kept rows of an article are numbered first, then the
        rejected ones: sentences that are too long, hold no letter, or are in another language.
    """
    rows = [row for article in kept(articles).to_pylist() for row in _rows_of(article, params)]
    return as_table(rows, NEWS_SENTENCES)


def _rows_of(article: Row, params: SentenceParams) -> list[Row]:
    code = article["language"]
    rows = [
        {
            "text": text,
            "kind": kind,
            "section_number": section_number,
            "url": article["url"],
            "confidence_fraction": 1.0,
            "reject_reason": sentence_problem(text, code, params.max_sentence_characters),
        }
        for text, kind, section_number in _sentences(article, code)
    ]
    return number_sentences(rows, article["document_key"], code)


def _sentences(article: Row, code: str) -> Iterator[tuple[str, str, int]]:
    """Text, kind and paragraph number, 0 for the headline, in reading order."""
    if title := normalise(article["title"], code):
        yield title, "heading", 0
    for number, paragraph in enumerate(article["paragraphs"], start=1):
        for text in split_sentences(normalise(paragraph, code), code):
            yield text, "paragraph", number
