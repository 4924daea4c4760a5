"""How much of what a model wrote is kept. Pure."""

import pyarrow as pa


def funnel_facts(triplets: pa.Table) -> dict[str, int | float]:
    """Counts of rows and of what is kept, and the kept fraction."""
    kept_count = triplets["reject_reason"].null_count
    return {
        "triplet_count": triplets.num_rows,
        "kept_count": kept_count,
        "kept_fraction": round(kept_count / triplets.num_rows, 4) if triplets.num_rows else 0.0,
    }
