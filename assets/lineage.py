"""What a report rests on, read from manifests."""

from pipeline.evaluation.report import LineageRow
from pipeline.storage import Artefact


def lineage_of(*artefacts: Artefact) -> tuple[LineageRow, ...]:
    """One row per artefact, in the given order."""
    return tuple(
        LineageRow(
            str(one.address),
            one.content_hash,
            one.manifest.fingerprint_parts.code_version,
            one.row_count or 0,
        )
        for one in artefacts
    )
