"""The package galechurch (Rust): alignment by length alone, Gale & Church 1993.

Run in its environment: `python -m benchmarks.peers.with_galechurch JOBS`.
"""

import galechurch

from benchmarks.peers.harness import Beads, Documents, arguments, serve


def align(documents: Documents) -> Beads:
    """Beads of the texts; vectors are not looked at."""
    found = galechurch.align(documents.source.texts, documents.target.texts)
    return [
        (
            [*range(bead.source_start, bead.source_end)],
            [*range(bead.target_start, bead.target_end)],
        )
        for bead in found.beads
    ]


if __name__ == "__main__":
    serve(lambda documents: documents, align, arguments())
