"""The corpus for use elsewhere: a public view and a private one, each in four formats with a card.

Writes below the given folder and nothing else; the same corpus gives the same bytes.
"""

import shutil
from collections.abc import Collection
from pathlib import Path

import pyarrow as pa

from pipeline.corpus.card import CorpusFacts, render_card
from pipeline.corpus.formats import write_json_lines, write_memories, write_moses, write_parquet
from pipeline.corpus.licences import count_licences, publishable
from pipeline.tables import kept

PUBLIC, PRIVATE, CARD_NAME = "public", "private", "README.md"


def export_corpus(
    corpus: pa.Table, facts: CorpusFacts, publishable_licences: Collection[str], folder: Path
) -> Path:
    """Write `public/` (pairs all of whose licences are publishable) and `private/` (all kept ones).

    Each view holds `README.md` (the card), `data/*.parquet`, `jsonl/*.jsonl`, `tmx/*.tmx` and
    `moses/*`; a view without pairs holds a card that says so, and no data.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`; its order is kept in every file.
        facts: what the cards tell of it.
        publishable_licences: names, as sources are labelled with them.
        folder: made where missing; what an earlier call left in the two views is replaced.

    Raises:
        InputError: what has no licence is called publishable.
    """
    pairs = kept(corpus).drop_columns("reject_reason")
    public = publishable(pairs, publishable_licences)
    allowed = ", ".join(sorted(publishable_licences)) or "no licence"
    named = ", ".join(count_licences(pairs)) or "none"
    views = (
        (PUBLIC, public, f"only what may be published ({allowed})",
         f"no pair bears publishable licences alone. Publishable: {allowed}. Found: {named}."),
        (PRIVATE, pairs, "everything that was kept; for use in the house", "no pair was kept."),
    )  # fmt: skip
    for name, part, view, emptiness in views:
        card = render_card(part, view, emptiness, pairs.num_rows, facts)
        _write_view(part, card, folder / name)
    return folder


def _write_view(pairs: pa.Table, card: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / CARD_NAME).write_text(card, encoding="utf-8", newline="\n")
    if pairs.num_rows:
        for write in (write_parquet, write_json_lines, write_memories, write_moses):
            write(pairs, folder)
