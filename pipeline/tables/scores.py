"""Scores of models and stages."""

import pyarrow as pa

from pipeline.tables.columns import as_schema

SCORES = as_schema(
    [
        ("suite", pa.string()),
        ("slice", pa.string(), "part of it, e.g. length: 1-8 words; empty for the whole"),
        ("model", pa.string(), "start | student name | baseline | difference"),
        ("model_fingerprint", pa.string()),
        ("direction", pa.string(), "e.g. tuk_Latn-rus_Cyrl"),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("n", pa.int32()),
        ("pool_size", pa.int32(), "candidates a query chooses from"),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("confidence_level_fraction", pa.float64()),
        ("seed", pa.int32()),
        ("p_value", pa.float64(), "two-sided, of a difference; else null"),
        ("p_adjusted", pa.float64(), "for all differences of the metric in the table (Holm)"),
        ("dataset_hash", pa.string()),
        ("software", pa.string(), "versions that the figure may depend on"),
        ("note", pa.string()),
    ]
)

LEADERBOARD = as_schema(
    [
        ("rank", pa.int32(), "1-based, by value; the start model has its place too"),
        ("model", pa.string(), "start | student name"),
        ("model_fingerprint", pa.string()),
        ("suite", pa.string(), "what the value was measured on"),
        ("direction", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n", pa.int32()),
        ("gain", pa.float64(), "over the start model; null for itself"),
        ("gain_ci_low", pa.float64()),
        ("gain_ci_high", pa.float64()),
        ("retention", pa.float64(), "of the pivot kept least; null for the start model"),
        ("retention_language", pa.string()),
        ("retention_metric", pa.string()),
        ("min_retention", pa.float64(), "the least that may be released, by that metric"),
        ("parameter_count", pa.int64(), "null where not known"),
        ("model_bytes", pa.int64(), "null where not known"),
        ("is_releasable", pa.bool_()),
        ("reason", pa.string(), "a sentence: why, or why not"),
    ]
)

CONTAMINATION = as_schema(
    [
        ("suite", pa.string()),
        ("direction", pa.string()),
        ("unit", pa.int32(), "position of the query, pair or text in the suite, from 0"),
        ("kind", pa.string(), "exact | folded | near_duplicate | translated"),
        ("language", pa.string()),
        ("text", pa.string()),
        ("trained_language", pa.string()),
        ("trained_text", pa.string(), "what gives it away"),
        ("score", pa.float64()),
    ]
)
