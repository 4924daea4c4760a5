"""What a report rests on, read from manifests."""

from pipeline.evaluation.report.page import LineageRow
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


def notes_of(artefact: Artefact) -> tuple[str, ...]:
    """What a stage wanted its reader to know, a sentence each."""
    notes = artefact.manifest.metadata.get("notes")
    return tuple(str(note) for note in notes) if isinstance(notes, list) else ()


def hashes_of(*artefacts: Artefact) -> dict[str, str]:
    """Content hash of each artefact, by its address."""
    return {str(one.address): one.content_hash for one in artefacts}
