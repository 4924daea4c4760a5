"""What a source has gone into: the versions of the corpus that hold it, the models made from those.

Reads a store and changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError
from pipeline.storage import Address, Artefact, Store
from pipeline.tables import kept

CORPUS, MODELS = "parallel_corpus", "student_models"


@dataclass(frozen=True)
class CorpusUse:
    """A version of the corpus with kept pairs of the source.

    Attributes:
        content_hash: of the version.
        pair_count: kept pairs one of whose sides is of the source.
        is_current: whether it is what the recipe's corpus is now.
        created_at: when it was first made, as its ledger says; empty when it does not.
    """

    content_hash: str
    pair_count: int
    is_current: bool
    created_at: str


@dataclass(frozen=True)
class ModelUse:
    """A model made from such a version.

    Attributes:
        name: partition of the students, such as `mse+mnr@0.3`.
        content_hash: of the model.
        corpus_hash: of the version it was made from.
        is_current: whether it is what the partition holds now.
        created_at: as for a version.
    """

    name: str
    content_hash: str
    corpus_hash: str
    is_current: bool
    created_at: str


@dataclass(frozen=True)
class Uses:
    """Versions by time and hash; models by name, then so."""

    corpora: tuple[CorpusUse, ...]
    models: tuple[ModelUse, ...]


def uses_of(store: Store, recipe_name: str, source: str) -> Uses:
    """Find every stored version of the corpus, and every model, that a source went into.

    Args:
        store: of artefacts; versions that were refused or retracted are looked at too.
        recipe_name: whose corpus.
        source: a document key, the beginning of one up to a slash (`news/orient`), or either
            without the kind of source before the first slash (`django`).

    Raises:
        InputError: the recipe never had a corpus here.
        StorageError: a version cannot be read, so that the answer would be incomplete.
    """
    current = store.find(Address(recipe_name, CORPUS))
    versions = _distinct(store.versions(recipe_name, CORPUS), [current] if current else [])
    if not versions:
        raise InputError(f"the recipe {recipe_name!r} has no corpus here, nor ever had one")
    corpora = []
    for version in versions:
        count = _pair_count(version.read_even_if_refused(), source)
        is_current = bool(current and current.content_hash == version.content_hash)
        if count:
            corpora.append(CorpusUse(version.content_hash, count, is_current, _created_at(version)))
    found = sorted(corpora, key=lambda use: (use.created_at, use.content_hash))
    return Uses(tuple(found), _models(store, recipe_name, {use.content_hash for use in corpora}))


def _models(store: Store, recipe_name: str, corpora: set[str]) -> tuple[ModelUse, ...]:
    current = store.partitions(recipe_name, MODELS)
    holding = {(one.address, one.content_hash) for one in current}
    uses = [
        ModelUse(
            name=model.address.partition or "",
            content_hash=model.content_hash,
            corpus_hash=corpus_hash,
            is_current=(model.address, model.content_hash) in holding,
            created_at=_created_at(model),
        )
        for model in _distinct(store.versions(recipe_name, MODELS), current)
        if (corpus_hash := model.manifest.fingerprint_parts.inputs.get(CORPUS, "")) in corpora
    ]
    return tuple(sorted(uses, key=lambda use: (use.name, use.created_at, use.content_hash)))


def _distinct(versions: Iterable[Artefact], current: Iterable[Artefact]) -> list[Artefact]:
    """All versions, and what holds now where it is none."""
    found = {(one.address, one.content_hash): one for one in (*current, *versions)}
    return list(found.values())


def _pair_count(corpus: pa.Table, source: str) -> int:
    pairs = kept(corpus.select(["source_document", "target_document", "reject_reason"]))
    sides = [pairs["source_document"], pairs["target_document"]]
    documents = {document for side in sides for document in pc.unique(side).to_pylist()}
    meant = pa.array([one for one in documents if one and _is_of(one, source)], pa.string())
    return int(pc.sum(pc.or_(*(pc.is_in(side, meant) for side in sides))).as_py() or 0)


def _is_of(document_key: str, source: str) -> bool:
    _kind, _, without_kind = document_key.partition("/")
    wanted = f"{source.strip('/')}/"
    return any(f"{name}/".startswith(wanted) for name in (document_key, without_kind))


def _created_at(artefact: Artefact) -> str:
    return str(artefact.manifest.ledger.get("created_at", ""))
