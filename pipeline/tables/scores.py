"""Scores of models and stages."""

import pyarrow as pa

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

LEADERBOARD = pa.schema(
    [
        ("rank", pa.int32()),  # 1-based, by value; the start model has its place too
        ("model", pa.string()),  # start | student name
        ("model_fingerprint", pa.string()),
        ("suite", pa.string()),  # what the value was measured on
        ("direction", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n", pa.int32()),
        ("gain", pa.float64()),  # over the start model; null for itself
        ("gain_ci_low", pa.float64()),
        ("gain_ci_high", pa.float64()),
        ("retention", pa.float64()),  # of the pivot that is kept least; null for the start model
        ("retention_language", pa.string()),
        ("parameter_count", pa.int64()),  # null where not known
        ("model_bytes", pa.int64()),  # null where not known
        ("is_releasable", pa.bool_()),
        ("reason", pa.string()),  # a sentence: why, or why not
    ]
)
