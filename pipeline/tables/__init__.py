"""One schema per stored table; the only place where columns are named.

`source_*` is the focus side, `target_*` the pivot side. `*_id` is a content hash, `*_number` counts
in reading order, `*_fraction` lies in [0, 1]. `reject_reason` is null for what is kept: rejected
rows stay in their table.
"""

from pipeline.tables.columns import as_schema, description
from pipeline.tables.pairs import (
    ALIGNED_PAIRS,
    DOCUMENT_PAIRS,
    DOCUMENTS,
    FILTERED_PAIRS,
    FUNNEL,
    LESSONS,
    MINED_PAIRS,
    NEIGHBOUR_TEXTS,
    PAIR_PROBABILITIES,
    PARALLEL_CORPUS,
    SCORED_PAIRS,
    SENTENCE_EMBEDDINGS,
    SYNTHETIC_PAIRS,
)
from pipeline.tables.reviews import (
    ANNOTATION_TASKS,
    ANSWERS,
    CALIBRATION,
    RATINGS,
    REVIEWS,
    TRIPLET_REVIEWS,
    TRIPLET_TASKS,
    TRIPLET_VERDICTS,
    VERDICTS,
)
from pipeline.tables.rows import (
    as_table,
    distinct_texts,
    identify,
    kept,
    newest_by_document,
)
from pipeline.tables.scores import (
    CONTAMINATION,
    LEADERBOARD,
    SCORES,
)
from pipeline.tables.texts import (
    BITEXT_PAIRS,
    BOX,
    NEWS_ARTICLES,
    NEWS_PAGES,
    NEWS_SENTENCES,
    PASSAGES,
    TEXTBOOK_PAGES,
    TEXTBOOK_SENTENCES,
    WORD,
)
from pipeline.tables.triplets import ANCHOR_SENTENCES, FILTERED_TRIPLETS, SYNTHETIC_TRIPLETS

__all__ = [
    "ALIGNED_PAIRS",
    "ANCHOR_SENTENCES",
    "ANNOTATION_TASKS",
    "ANSWERS",
    "BITEXT_PAIRS",
    "BOX",
    "CALIBRATION",
    "CONTAMINATION",
    "DOCUMENTS",
    "DOCUMENT_PAIRS",
    "FILTERED_PAIRS",
    "FILTERED_TRIPLETS",
    "FUNNEL",
    "LEADERBOARD",
    "LESSONS",
    "MINED_PAIRS",
    "NEIGHBOUR_TEXTS",
    "NEWS_ARTICLES",
    "NEWS_PAGES",
    "NEWS_SENTENCES",
    "PAIR_PROBABILITIES",
    "PARALLEL_CORPUS",
    "PASSAGES",
    "RATINGS",
    "REVIEWS",
    "SCORED_PAIRS",
    "SCORES",
    "SENTENCE_EMBEDDINGS",
    "SYNTHETIC_PAIRS",
    "SYNTHETIC_TRIPLETS",
    "TEXTBOOK_PAGES",
    "TEXTBOOK_SENTENCES",
    "TRIPLET_REVIEWS",
    "TRIPLET_TASKS",
    "TRIPLET_VERDICTS",
    "VERDICTS",
    "WORD",
    "as_schema",
    "as_table",
    "description",
    "distinct_texts",
    "identify",
    "kept",
    "newest_by_document",
]
