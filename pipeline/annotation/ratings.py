"""Answers that experts rate, and what they say about them: tasks, rows, files.

An answer is a passage that a model found for a question; `rating_interface.xml` shows one. Pure but
for the two functions that read and write a file of ratings.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.annotation.grades import GRADE_CODES
from pipeline.annotation.label_studio_tasks import annotation_facts, answers_in, only_choice
from pipeline.errors import InputError
from pipeline.passage_index import Hit, PassageIndex
from pipeline.tables import ANSWERS, RATINGS, as_table, identify
from pipeline.text.lines import read_lines

Row = dict[str, Any]


def list_answers(
    index: PassageIndex, questions: Sequence[str], found: Sequence[Sequence[Hit]], language: str
) -> pa.Table:
    """What an index found, as answers to be rated.

    They are ordered by rank, then by id, which is as good as drawn by lot: whatever has been rated
    of them so far is a fair sample.

    Args:
        index: that was asked; its folder's name says what is searched.
        questions: each once.
        found: what `PassageIndex.search` returned for them.
        language: of the questions.

    Returns:
        A table of schema `ANSWERS`.
    """
    rows: list[Row] = [
        {
            "answer_id": identify(question, hit.text),
            "suite": index.folder.resolve().name,
            "model": index.model,
            "model_fingerprint": index.encoder_fingerprint,
            "rank": rank,
            "pool_size": index.passages.num_rows,
            "question_language": language,
            "passage_language": hit.language,
            "question": question,
            "passage": hit.text,
            "document": hit.document,
            "first_place": hit.first_place,
            "last_place": hit.last_place,
        }
        for question, hits in zip(questions, found, strict=True)
        for rank, hit in enumerate(hits, 1)
    ]
    rows.sort(key=lambda row: (row["rank"], row["answer_id"]))
    return as_table(rows, ANSWERS)


def as_rating_task(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `ANSWERS` as Label Studio imports it; the rank and the cosine are not shown."""
    places = dict.fromkeys((row["first_place"], row["last_place"]))
    return {"data": {**row, "place": f"{row['document']}:{'-'.join(places)}"}}


def as_rating(annotation: Mapping[str, Any], data: Mapping[str, Any], annotator: str) -> Row:
    """What one expert said about one answer, as a row of `RATINGS`.

    What cannot be understood is a row with its reason.
    """
    said = answers_in(annotation)
    texts = said.get("comment", {}).get("text") or []
    comment = " ".join([texts] if isinstance(texts, str) else texts).strip()
    row = {name: data.get(name) for name in ANSWERS.names} | {
        **annotation_facts(annotation, annotator),
        "grade": only_choice(said.get("grade")),
        "comment": comment or None,
    }
    return row | {"reject_reason": _complaint(row)}


def write_ratings(ratings: pa.Table, path: Path) -> None:
    """One JSON object a line, with the columns of `RATINGS` that are not null.

    Raises:
        InputError: there is no such folder.
    """
    lines = (
        json.dumps(
            {key: _plain(value) for key, value in row.items() if value is not None},
            ensure_ascii=False,
        )
        for row in ratings.to_pylist()
    )
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent} to write {path.name} into")
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_ratings(path: Path) -> pa.Table:
    """What `write_ratings` wrote, as a table of schema `RATINGS`; checked like what a server says.

    Raises:
        InputError: the file cannot be read, or a line is no rating.
    """
    rows = []
    for number, line in enumerate(read_lines(path), 1):
        try:
            row = json.loads(line)
            row["updated_at"] = datetime.fromisoformat(row["updated_at"])
            row["reject_reason"] = row.get("reject_reason") or _complaint(row)
        except (ValueError, LookupError, TypeError) as error:
            raise InputError(f"{path}, line {number} is no rating: {error!r}") from error
        rows.append(row)
    return as_table(rows, RATINGS)


def _complaint(row: Mapping[str, Any]) -> str | None:
    if missing := [field.name for field in ANSWERS if not _fits(row.get(field.name), field)]:
        return f"answer without {missing[0]}"
    if row.get("grade") is None:
        return "no grade"
    return None if row["grade"] in GRADE_CODES else "unknown grade"


def _fits(value: object, field: pa.Field) -> bool:
    return isinstance(value, int if pa.types.is_integer(field.type) else str)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
