"""Documents, vectors and sentence pairs, from alignment to the corpus."""

import pyarrow as pa

DOCUMENTS = pa.schema(
    [
        ("document_key", pa.string()),  # textbooks/<partition> | news/<site>/<path of its URL>
        ("source_kind", pa.string()),  # textbooks | news | bitexts
        ("partition", pa.string()),  # empty for an article: a day is no document
        ("book", pa.string()),  # editions of one book share it; empty for what is no book
        ("article_id", pa.string()),  # <site>/<id>; empty for what is no article
        ("language", pa.string()),
        ("title", pa.string()),
        ("url", pa.string()),  # empty for what is not on the web
        ("alternate_urls", pa.list_(pa.string())),  # its other languages, as the page says
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

MINED_PAIRS = pa.schema(
    [
        ("pair_id", pa.string()),
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_sentence", pa.int32()),  # sentence_number
        ("target_sentence", pa.int32()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("cosine", pa.float32()),
        ("margin", pa.float32()),  # ratio margin (Artetxe & Schwenk 2019); about 1 for strangers
    ]
)

SCORED_PAIRS = pa.schema(
    [
        ("pair_id", pa.string()),
        ("origin", pa.string()),  # textbooks | bitexts | news | mined
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("group_key", pa.string()),  # what a split may not tear apart
        ("locator", pa.string()),  # JSON: page and box, URL, or file and message id
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("licence", pa.string()),
        ("cosine", pa.float32()),
        ("bead_score", pa.float32()),  # null for what was not aligned here
        ("margin", pa.float32()),  # null for what was not mined
        ("length_ratio", pa.float32()),  # shorter over longer, in characters, (0, 1]
        ("number_agreement_fraction", pa.float32()),  # Jaccard of digit strings, 1 when none
        ("confidence_fraction", pa.float32()),  # reading, minimum over the pair's sentences
        ("reject_reason", pa.string()),
    ]
)

PAIR_PROBABILITIES = pa.schema(
    [
        ("pair_id", pa.string()),
        ("probability", pa.float32()),  # that the pair is correct, given its scores
        ("held_out_probability", pa.float32()),  # predicted without the verdicts of its group
    ]
)

FILTERED_PAIRS = pa.schema(
    [
        *SCORED_PAIRS,
        ("probability", pa.float32()),
        ("is_reviewed", pa.bool_()),
    ]
)

PARALLEL_CORPUS = pa.schema(
    [
        *FILTERED_PAIRS,
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
