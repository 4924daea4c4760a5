"""Premises with sentences that follow from them or contradict them: what adapters learn from."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from pipeline.errors import InputError
from pipeline.hub_data import hub_rows, hub_version
from pipeline.synthesis_sections import InferenceSource, TextColumn


class _Unquoted(csv.excel_tab):
    quoting = csv.QUOTE_NONE


csv.register_dialect("unquoted", _Unquoted)

Relation = Literal["positive", "negative"]
RELATIONS: tuple[Relation, Relation] = ("positive", "negative")
"""A positive follows from the premise, a negative contradicts it."""


class Inference(NamedTuple):
    """A premise and what stands in a relation to it."""

    language: str  # of the premise
    premise: str
    relation: Relation
    hypothesis: str


def read_inferences(sources: Iterable[InferenceSource]) -> list[Inference]:
    """Every labelled row of the sources, in every language of its premises, without repetitions.

    Raises:
        InputError: a file lacks a column, a label is no number, or columns differ in length.
        SourceUnavailable: the hub cannot be reached.
    """
    return list(dict.fromkeys(one for source in sources for one in _of_source(source)))


def inference_versions(source: InferenceSource) -> list[str]:
    """What the source's rows depend on outside the recipe: hashes of files, commits."""
    columns = [*source.premises.values(), source.hypotheses, source.labels]
    return [_version(column) for column in columns]


def chosen(
    inferences: Iterable[Inference], languages: Sequence[str], relation: Relation, most: int
) -> list[Inference]:
    """Those of some languages and one relation; of more than `most`, some by lot.

    The lot is drawn from the texts themselves, so that it repeats; languages are drawn alike.
    """
    found = [one for one in inferences if one.relation == relation and one.language in languages]
    return sorted(found, key=lambda one: hashlib.sha256("\0".join(one).encode()).digest())[:most]


def _of_source(source: InferenceSource) -> Iterator[Inference]:
    hypotheses, labels = (list(_cells(one)) for one in (source.hypotheses, source.labels))
    for language, column in source.premises.items():
        premises = list(_cells(column))
        if not len(premises) == len(hypotheses) == len(labels):
            raise InputError(
                f"{len(premises)} premises in {language}, {len(hypotheses)} hypotheses and"
                f" {len(labels)} labels do not stand row for row"
            )
        for premise, hypothesis, label in zip(premises, hypotheses, labels, strict=True):
            relation = _relation(source, label)
            if relation and premise and hypothesis:
                yield Inference(language, premise, relation, hypothesis)


def _relation(source: InferenceSource, label: str) -> Relation | None:
    try:
        value = float(label)
    except ValueError as error:
        raise InputError(f"the label {label!r} is no number") from error
    if source.entailment[0] <= value <= source.entailment[1]:
        return "positive"
    return "negative" if source.contradiction[0] <= value <= source.contradiction[1] else None


def _cells(column: TextColumn) -> Iterator[str]:
    if column.hub is not None:
        yield from (" ".join(str(row[column.column]).split()) for row in hub_rows(column.hub))
        return
    path = column.file
    if path is None or not path.is_file():
        raise InputError(f"there is no file {path} of inferences")
    is_tab = path.suffix == ".tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, "unquoted" if is_tab else "excel")
        place = int(column.column) if column.column.isdigit() else None
        if place is None:
            header = next(rows, [])
            if column.column not in header:
                raise InputError(f"{path} has no column {column.column!r}, but {header}")
            place = header.index(column.column)
        for row in rows:
            if place >= len(row):
                raise InputError(f"{path}, line {rows.line_num}: no column {place}")
            yield " ".join(row[place].split())


def _version(column: TextColumn) -> str:
    if column.hub is not None:
        return f"{hub_version(column.hub)} {column.column}"
    path = column.file
    is_there = path is not None and path.is_file()
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path and is_there else ""
    return f"{content} {column.column}"
