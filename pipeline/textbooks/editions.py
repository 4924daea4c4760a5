"""One edition of the inbox as the graph sees it: its pages, its facts, what it depends on."""

from collections.abc import Mapping

import pyarrow as pa

from pipeline.parameters import TextbookParams
from pipeline.progress import Progress, silent
from pipeline.tables import TEXTBOOK_PAGES, as_table
from pipeline.textbooks.inbox import OPTIONAL_KEYS, SIDECAR_KEYS, Edition
from pipeline.textbooks.reader import read_pages


def read_edition(edition: Edition, params: TextbookParams, progress: Progress = silent) -> pa.Table:
    """Pages of an edition; an edition with a problem is one rejected row that tells it.

    Returns:
        A table of schema `TEXTBOOK_PAGES`, as `read_pages`.
    """
    if edition.problem is None:
        document = edition.document_key
        return read_pages(edition.pdf, edition.language, document, params, progress=progress)
    row: dict[str, object] = {
        "document_key": edition.document_key,
        "page_number": 0,
        "method": "none",
        "method_reason": "the edition has a problem",
        "text": "",
        "words": [],
        "reject_reason": edition.problem,
    }
    return as_table([row], TEXTBOOK_PAGES)


def edition_facts(edition: Edition) -> dict[str, str]:
    """What later stages must know of an edition, as plain JSON."""
    stated = {name: getattr(edition, name) for name in SIDECAR_KEYS}
    more = {name: getattr(edition, name) for name in OPTIONAL_KEYS}
    return stated | {name: value for name, value in more.items() if value}


def edition_hashes(edition: Edition) -> Mapping[str, str]:
    """What an edition's pages depend on: its bytes and all that its sidecar says."""
    facts = edition_facts(edition)
    return {"pdf": edition.pdf_sha256, "problem": edition.problem or "", **facts}
