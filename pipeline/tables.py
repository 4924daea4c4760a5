"""One schema per stored table; the only place where columns are named.

`source_*` is the focus side, `target_*` the pivot side. Boxes are PDF points from the page's top
left. `*_id` is a content hash, `*_number` counts in reading order, `*_fraction` lies in [0, 1].
`reject_reason` is null for what is kept: rejected rows stay in their table.
"""

import hashlib
from collections.abc import Iterable

import pyarrow as pa

from pipeline.errors import InputError

BOX = pa.struct([(side, pa.float32()) for side in ("x0", "top", "x1", "bottom")])

WORD = pa.struct(
    [
        ("text", pa.string()),
        ("box", BOX),
        ("confidence_fraction", pa.float32()),  # 1 for a text layer
        ("line_number", pa.int32()),  # 0-based within the page, in reading order
        ("font_size", pa.float32()),  # points; estimated from the letters' height by OCR
    ]
)

TEXTBOOK_PAGES = pa.schema(
    [
        ("document_key", pa.string()),
        ("page_number", pa.int32()),  # 1-based as in the PDF; 0 when the file cannot be opened
        ("width_points", pa.float32()),
        ("height_points", pa.float32()),
        ("method", pa.string()),  # text_layer | ocr | none
        ("method_reason", pa.string()),  # why this method: one clause for people
        ("text", pa.string()),  # lines joined by newlines, as printed
        ("words", pa.list_(WORD)),
        ("confidence_fraction", pa.float32()),  # mean over words
        ("reject_reason", pa.string()),
    ]
)

TEXTBOOK_SENTENCES = pa.schema(
    [
        ("sentence_id", pa.string()),
        ("document_key", pa.string()),
        ("sentence_number", pa.int32()),  # 0-based among the document's kept rows, then rejects
        ("language", pa.string()),
        ("text", pa.string()),
        ("kind", pa.string()),  # heading | paragraph | exercise | caption | table
        ("section_number", pa.int32()),  # 0 before the first heading
        ("page_number", pa.int32()),  # where the sentence starts
        ("box", BOX),  # of its part on that page
        ("confidence_fraction", pa.float32()),
        ("reject_reason", pa.string()),
    ]
)

BITEXT_PAIRS = pa.schema(
    [
        ("pair_id", pa.string()),
        ("document_key", pa.string()),  # bitexts/<source name>
        ("group_key", pa.string()),  # what may not be torn apart by a split: a file, a category
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("locator", pa.string()),  # file and message id, or line
        ("licence", pa.string()),
        ("reject_reason", pa.string()),
    ]
)

DOCUMENTS = pa.schema(
    [
        ("document_key", pa.string()),  # <source kind>/<partition>
        ("source_kind", pa.string()),  # textbooks | news | bitexts
        ("partition", pa.string()),
        ("book", pa.string()),  # editions of one book share it; empty when there is no twin rule
        ("language", pa.string()),
        ("title", pa.string()),
        ("licence", pa.string()),
        ("sentence_count", pa.int32()),
        ("content_hash", pa.string()),  # of the sentences' artefact
    ]
)

DOCUMENT_PAIRS = pa.schema(
    [
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("rule", pa.string()),  # which rule paired them
    ]
)

SENTENCE_EMBEDDINGS = pa.schema(
    [
        ("text_id", pa.string()),  # `identify(language, text)`
        ("vector", pa.list_(pa.float32())),  # unit L2 norm
    ]
)

ALIGNED_PAIRS = pa.schema(
    [
        ("pair_id", pa.string()),
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("bead_number", pa.int32()),  # 0-based, in order, within the document pair
        ("source_sentences", pa.list_(pa.int32())),  # sentence_number values; empty = inserted
        ("target_sentences", pa.list_(pa.int32())),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("bead_score", pa.float32()),  # higher is surer
        ("reject_reason", pa.string()),  # "no counterpart" for a one-sided bead
    ]
)

SCORED_PAIRS = pa.schema(
    [
        ("pair_id", pa.string()),
        ("origin", pa.string()),  # textbooks | bitexts | news | mined
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("group_key", pa.string()),  # what a split may not tear apart
        ("locator", pa.string()),  # page and box, URL, or file and message id
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("licence", pa.string()),
        ("cosine", pa.float32()),
        ("bead_score", pa.float32()),  # null for what was not aligned here
        ("length_ratio", pa.float32()),  # shorter over longer, in characters, (0, 1]
        ("number_agreement_fraction", pa.float32()),  # Jaccard of digit strings, 1 when none
        ("confidence_fraction", pa.float32()),  # reading, minimum over the pair's sentences
        ("reject_reason", pa.string()),
    ]
)

PARALLEL_CORPUS = pa.schema(
    [
        *SCORED_PAIRS,
        ("split", pa.string()),  # train | dev | test; null when rejected
    ]
)

FUNNEL = pa.schema(
    [
        ("origin", pa.string()),
        ("split", pa.string()),  # null when rejected
        ("reject_reason", pa.string()),  # null when kept
        ("pair_count", pa.int64()),
        ("sample", pa.list_(pa.struct(PARALLEL_CORPUS))),  # a few of these pairs
    ]
)

TEACHER_EMBEDDINGS = SENTENCE_EMBEDDINGS

SCORES = pa.schema(
    [
        ("suite", pa.string()),
        ("model", pa.string()),  # start | student name | difference
        ("model_fingerprint", pa.string()),
        ("direction", pa.string()),  # e.g. tuk_Latn-rus_Cyrl
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("n", pa.int32()),
        ("pool_size", pa.int32()),  # candidates a query chooses from
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("confidence_level_fraction", pa.float64()),
        ("seed", pa.int32()),
        ("dataset_hash", pa.string()),
        ("note", pa.string()),
    ]
)


def identify(*parts: str) -> str:
    """Content hash of texts: 24 hex digits of SHA-256 over length-prefixed UTF-8 parts."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()[:24]


def as_table(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    """Build a table of exactly this schema; a column left out of a row is null.

    Raises:
        InputError: a row has a column the schema does not know, or a value of another type.
    """
    known = set(schema.names)
    for row in rows:
        if unknown := row.keys() - known:
            raise InputError(f"columns {sorted(unknown)} are not in the schema {schema.names}")
    try:
        return pa.Table.from_pylist(rows, schema=schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(f"a row does not fit its schema: {error}") from error


def kept(table: pa.Table) -> pa.Table:
    """The rows without a `reject_reason`, in order."""
    return table.filter(table["reject_reason"].is_null())


def distinct_texts(tables: Iterable[pa.Table]) -> list[tuple[str, str]]:
    """(language, text) of every kept row, both sides of pairs, each once, in order of appearance.

    Args:
        tables: with the columns `language` and `text`, or those of either side of a pair.
    """
    found: dict[tuple[str, str], None] = {}
    for table in map(kept, tables):
        for side in ("", "source_", "target_"):
            if f"{side}text" in table.column_names:
                columns = (table[f"{side}{name}"].to_pylist() for name in ("language", "text"))
                found.update(dict.fromkeys(zip(*columns, strict=True)))
    return list(found)
