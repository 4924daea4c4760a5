"""What `dutar trace` and `dutar uses` print.

Reads a store and changes nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.corpus.lineage import CORPUS, uses_of
from pipeline.corpus.trace import Traced, trace
from pipeline.errors import InputError
from pipeline.storage import Address, Store

_SCORED, _SENTENCES = "scored_pairs", "textbook_sentences"
_SCORES = ("cosine", "bead_score", "margin", "length_ratio", "probability", "confidence_fraction")
_HASH_DIGITS = 12


def find_pair(store: Store, recipe_name: str, pair_id: str) -> list[Traced]:
    """Every row of a pair and the places of its texts.

    It is looked for in the corpus and, since mending a text makes another pair of it, among the
    scored pairs.

    Raises:
        InputError: the recipe has no corpus yet, or no such pair.
        StorageError: the corpus cannot be read.
    """
    stored = [store.find(Address(recipe_name, asset)) for asset in (CORPUS, _SCORED)]
    tables = [artefact for artefact in stored if artefact is not None]
    if not tables:
        raise InputError(f"the recipe {recipe_name!r} has no corpus here: build it first")
    for artefact in tables:
        if found := trace(pair_id, artefact.read_even_if_refused()):
            return found
    raise InputError(
        f"no pair {pair_id!r} in the corpus of {recipe_name!r}: a pair_id is 24 hex digits,"
        " the column of that name"
    )


def trace_lines(store: Store, recipe_name: str, pair_id: str) -> Iterator[str]:
    """A pair's texts, fate, scores, licence and places; raises as `find_pair`."""
    for number, traced in enumerate(find_pair(store, recipe_name, pair_id)):
        yield from ([""] if number else [])
        yield from told(traced)


def uses_lines(store: Store, recipe_name: str, source: str) -> Iterator[str]:
    """The versions of the corpus that hold a source, the models made from them, its retraction.

    Raises:
        InputError: the recipe never had a corpus here.
        StorageError: a version cannot be read.
    """
    uses = uses_of(store, recipe_name, source)
    yield f"versions of the corpus with pairs of {source}: {len(uses.corpora)}"
    for corpus in uses.corpora:
        state = _state(corpus.created_at, is_current=corpus.is_current)
        yield f"  {corpus.content_hash[:_HASH_DIGITS]}  {corpus.pair_count:,} pairs{state}"
    yield f"models made from them: {len(uses.models)}"
    for model in uses.models:
        made_from = f"  from {model.corpus_hash[:_HASH_DIGITS]}"
        state = _state(model.created_at, is_current=model.is_current)
        yield f"  {model.content_hash[:_HASH_DIGITS]}  {model.name}{made_from}{state}"
    yield from _retraction(store, recipe_name, source)


def _retraction(store: Store, recipe_name: str, source: str) -> Iterator[str]:
    """When a book was taken out, as the ledger of its sentences tells."""
    edition = source.removeprefix("textbooks/")
    if not edition or "/" in edition:
        return
    withdrawn = store.retracted(Address(recipe_name, _SENTENCES, edition))
    if withdrawn is not None:
        told_of = withdrawn.manifest.ledger.get("retracted")
        when = f" ({told_of['at']}, run {told_of['run_id']})" if isinstance(told_of, dict) else ""
        yield f"retracted: {withdrawn.manifest.retracted}{when}"


def told(traced: Traced) -> Iterator[str]:
    """Lines that say what a pair is, what became of it, and where its texts stand."""
    row = traced.row
    yield f"pair {row['pair_id']}"
    for side in ("source", "target"):
        yield f"  {row[f'{side}_language']}: {row[f'{side}_text']}"
    yield f"  {_fate(row)}; origin {row['origin']}; licence {row['licence'] or 'unknown'}"
    scores = [f"{name} {row[name]:.3f}" for name in _SCORES if row.get(name) is not None]
    yield f"  {', '.join(scores) or 'no scores'}"
    for place in traced.places:
        yield f"  {place}"


def _fate(row: Mapping[str, Any]) -> str:
    if row["reject_reason"] is not None:
        return f"rejected: {row['reject_reason']}"
    reviewed = ", reviewed" if row.get("is_reviewed") else ""
    return f"kept for {row['split']}{reviewed}" if row.get("split") else "scored"


def _state(created_at: str, *, is_current: bool) -> str:
    return f"{f'  of {created_at}' if created_at else ''}{'  (current)' if is_current else ''}"
