"""Documents, vectors and sentence pairs, from alignment to the corpus."""

import pyarrow as pa

from pipeline.tables.columns import as_schema

DOCUMENTS = as_schema(
    [
        ("document_key", pa.string(), "textbooks/<partition> | news/<site>/<path of its URL>"),
        ("source_kind", pa.string(), "textbooks | news | bitexts"),
        ("partition", pa.string(), "empty for an article: a day is no document"),
        ("book", pa.string(), "editions of one book share it; empty for what is no book"),
        ("article_id", pa.string(), "<site>/<id>; empty for what is no article"),
        ("shared_path", pa.string(), "<site>/<path without the language>; likewise"),
        ("language", pa.string()),
        ("title", pa.string()),
        ("url", pa.string(), "empty for what is not on the web"),
        ("alternate_urls", pa.list_(pa.string()), "its other languages, as the page says"),
        ("published_on", pa.date32(), "of an article; null when it does not say"),
        ("lead_image", pa.string(), "of an article: a URL; null without any"),
        ("isbn", pa.string(), "of a book, 13 digits; null where it is not stated"),
        ("grade", pa.string(), "of a textbook: the school year; null where it is not stated"),
        ("subject", pa.string(), "of a textbook, by the same word in all languages; likewise"),
        ("licence", pa.string()),
        ("sentence_count", pa.int32()),
        ("content_hash", pa.string(), "of the sentences' artefact"),
    ]
)

DOCUMENT_PAIRS = as_schema(
    [
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("rule", pa.string(), "which rule brought them together"),
        ("score", pa.float32(), "resemblance of their texts, [0, 1]; null when not compared"),
        ("reject_reason", pa.string(), 'e.g. "same text: ...": why they are no twins after all'),
    ]
)

SENTENCE_EMBEDDINGS = as_schema(
    [
        ("text_id", pa.string(), "`identify(language, text)`"),
        ("vector", pa.list_(pa.float32()), "unit L2 norm"),
    ]
)

ALIGNED_PAIRS = as_schema(
    [
        ("pair_id", pa.string()),
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("bead_number", pa.int32(), "0-based, in order, within the document pair"),
        ("source_sentences", pa.list_(pa.int32()), "sentence_number values; empty = inserted"),
        ("target_sentences", pa.list_(pa.int32())),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("bead_score", pa.float32(), "higher is surer"),
        ("reject_reason", pa.string(), '"no counterpart" for a one-sided bead'),
    ]
)

MINED_PAIRS = as_schema(
    [
        ("pair_id", pa.string()),
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_sentence", pa.int32(), "sentence_number"),
        ("target_sentence", pa.int32()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("cosine", pa.float32()),
        ("margin", pa.float32(), "ratio margin (Artetxe & Schwenk 2019); about 1 for strangers"),
        ("direction", pa.string(), "forward | backward | both: whose best counterpart it is"),
    ]
)

SCORED_PAIRS = as_schema(
    [
        ("pair_id", pa.string()),
        ("origin", pa.string(), "textbooks | bitexts | news | mined"),
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("group_key", pa.string(), "what a split may not tear apart"),
        ("locator", pa.string(), "JSON: page and box, URL, or file and message id"),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("licence", pa.string()),
        ("cosine", pa.float32()),
        ("bead_score", pa.float32(), "null for what was not aligned here"),
        ("margin", pa.float32(), "ratio margin: as mined, or in a pool of the scored texts"),
        ("length_ratio", pa.float32(), "shorter over longer, in characters, (0, 1]"),
        ("number_agreement_fraction", pa.float32(), "Jaccard of digit strings, 1 when none"),
        ("name_agreement_fraction", pa.float32(), "of either side's names; null without names"),
        ("source_language_score", pa.float32(), "how plausibly in its language, [0, 1]"),
        ("target_language_score", pa.float32()),
        ("sentence_count", pa.int32(), "of both sides together: 2 for one to one"),
        ("confidence_fraction", pa.float32(), "reading, minimum over the pair's sentences"),
        ("reject_reason", pa.string()),
    ]
)

SYNTHETIC_PAIRS = as_schema(
    [
        *SCORED_PAIRS,  # without bead score
        ("kind", pa.string(), "trusted | nearest | changed | neighbour | wrong language"),
        ("is_correct", pa.bool_(), "true for trusted pairs, as far as one can trust them"),
    ]
)

PAIR_PROBABILITIES = as_schema(
    [
        ("pair_id", pa.string()),
        ("probability", pa.float32(), "that the pair is correct, given its scores"),
        ("held_out_probability", pa.float32(), "predicted without the verdicts of its group"),
    ]
)

FILTERED_PAIRS = as_schema(
    [
        *SCORED_PAIRS,
        ("probability", pa.float32()),
        ("is_reviewed", pa.bool_()),
    ]
)

PARALLEL_CORPUS = as_schema(
    [
        *FILTERED_PAIRS,
        ("split", pa.string(), "train | dev | test; null when rejected"),
    ]
)

FUNNEL = as_schema(
    [
        ("origin", pa.string()),
        ("split", pa.string(), "null when rejected"),
        ("reject_reason", pa.string(), "null when kept"),
        ("pair_count", pa.int64()),
        ("sample", pa.list_(pa.struct(PARALLEL_CORPUS)), "a few of these pairs"),
    ]
)

LESSONS = as_schema(
    [
        ("lesson_id", pa.string(), "of its texts and languages"),
        ("kind", pa.string(), "sentence | paragraph | composite | triplet | neighbour"),
        ("pair_ids", pa.list_(pa.string()), "of the corpus, in reading order; a neighbour's: none"),
        ("source", pa.string(), "whose lessons are capped and balanced together, with their pivot"),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string(), "what the teacher reads; a neighbour's: its own text"),
        ("negative_text", pa.string(), "of a triplet: contradicts the source; null of others"),
        ("meaning_id", pa.string(), "lessons that share it are taught one vector"),
        ("weight", pa.float32(), "in the loss, positive"),
        ("epoch_share", pa.float32(), "how often an epoch shows it, on average"),
        ("is_reviewed", pa.bool_(), "of a paragraph: all of it"),
        ("reject_reason", pa.string()),
    ]
)

NEIGHBOUR_TEXTS = as_schema(
    [
        ("language", pa.string()),
        ("text", pa.string()),
        ("document_key", pa.string(), "bitexts/<source name>"),
        ("locator", pa.string()),
        ("licence", pa.string()),
        ("reject_reason", pa.string()),
    ]
)
