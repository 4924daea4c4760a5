"""Reviews in files: what stands in for a server in tests, in the demo, and for hand-made lists.

A folder of `*.jsonl` files holds one review a line, a JSON object with these keys:

- which pair: `pair_id`, or `source_language`, `target_language`, `source_text`, `target_text`;
  texts may be given beside a `pair_id`, so that the review outlives a change of the text;
- who said what and when: `annotator` (a pseudonym), `verdict` (a code of `verdict_codes`),
  `updated_at` (ISO 8601 with a zone);
- optional: `meaning` (1 to 5), `source_edit`, `target_edit` (a text as mended).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pyarrow as pa
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pipeline.annotation.verdict_codes import BY_CODE, MEANINGS
from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.progress import Progress
from pipeline.tables import REVIEWS, as_table, identify
from pipeline.text.normalise import normalise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # of a line that cannot be read


class _Line(BaseModel):
    """One review as written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair_id: str | None = None
    source_language: str | None = None
    target_language: str | None = None
    source_text: str | None = None
    target_text: str | None = None
    annotator: Annotated[str, Field(min_length=1)]
    verdict: str
    meaning: Annotated[int | None, Field(ge=min(MEANINGS), le=max(MEANINGS))] = None
    source_edit: str | None = None
    target_edit: str | None = None
    updated_at: AwareDatetime

    @field_validator("verdict")
    @classmethod
    def _is_known(cls, code: str) -> str:
        if code not in BY_CODE:
            raise ValueError(f"{code!r} is none of {', '.join(BY_CODE)}")
        return code

    @field_validator("source_language", "target_language")
    @classmethod
    def _is_a_language(cls, code: str | None) -> str | None:
        return code and language(code).code

    @model_validator(mode="after")
    def _names_its_pair(self) -> "_Line":
        if not (self.pair_id or all(self._identity())):
            raise ValueError("a pair_id is missing, or else both languages and both texts")
        return self

    def identified(self) -> tuple[str, str | None, str | None]:
        """The pair's id and its texts; an id that is given is taken at its word."""
        if self.pair_id:
            return self.pair_id, self.source_text, self.target_text
        source_code, source, target_code, target = (part or "" for part in self._identity())
        texts = normalise(source, source_code), normalise(target, target_code)
        return identify(source_code, texts[0], target_code, texts[1]), *texts

    def _identity(self) -> tuple[str | None, ...]:
        return self.source_language, self.source_text, self.target_language, self.target_text


class NoReviews:
    """Where nobody reviews."""

    def state(self) -> str:
        """Always the same."""
        return "none"

    def pull(self, previous: pa.Table | None, progress: Progress) -> pa.Table:
        """An empty table of schema `REVIEWS`."""
        del previous, progress
        return REVIEWS.empty_table()


class FileReviews:
    """A `ReviewSource` over a folder of JSON lines, described above."""

    def __init__(self, folder: Path) -> None:
        """Read from this folder; its sub-folders do not count."""
        self._folder = folder

    def state(self) -> str:
        """SHA-256 over the names and bytes of the files.

        Raises:
            InputError: there is no such folder.
        """
        digest = hashlib.sha256()
        for path in self._paths():
            digest.update(
                f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
            )
        return digest.hexdigest()

    def pull(self, previous: pa.Table | None, progress: Progress) -> pa.Table:
        """All lines, ordered by `review_id`; one that cannot be used has a `reject_reason`.

        The reason names the file and the line. Two reviews by one annotator of one pair at one
        moment are one review, the last line's.

        Raises:
            InputError: there is no such folder.
        """
        del previous, progress
        rows = {str(row["review_id"]): row for path in self._paths() for row in _rows(path)}
        return as_table([rows[review_id] for review_id in sorted(rows)], REVIEWS)

    def _paths(self) -> list[Path]:
        if not self._folder.is_dir():
            raise InputError(f"no folder of reviews at {self._folder}: make it, or name another")
        return sorted(self._folder.glob("*.jsonl"))


def write_reviews(path: Path, reviews: Iterable[Mapping[str, object]]) -> None:
    """Write reviews, each with the keys described above, as a file that `FileReviews` reads.

    Raises:
        InputError: a review is not as described.
    """
    lines = []
    for number, review in enumerate(reviews, start=1):
        try:
            line = _Line.model_validate(review)
        except ValidationError as error:
            raise InputError(f"review {number} cannot be written: {_told(error)}") from error
        lines.append(line.model_dump_json(exclude_none=True) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def _rows(path: Path) -> Iterator[dict[str, object]]:
    lines = path.read_bytes().decode("utf-8-sig", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(line, f"{path.name}, line {number}")


def _row(text: str, place: str) -> dict[str, object]:
    try:
        line = _Line.model_validate_json(text)
    except ValidationError as error:
        return _rejected(text, place, _told(error))
    pair_id, source, target = line.identified()
    said = line.model_dump(exclude=set(_Line.model_fields) - set(REVIEWS.names))
    return said | {
        "review_id": identify("files", pair_id, line.annotator, line.updated_at.isoformat()),
        "pair_id": pair_id,
        "source_text": source,
        "target_text": target,
        "updated_at": line.updated_at.astimezone(UTC),
    }


def _rejected(text: str, place: str, why: str) -> dict[str, object]:
    return {
        "review_id": identify("files", "rejected", place, text),
        "updated_at": _EPOCH,
        "reject_reason": f"{place}: {why}",
    }


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else str(first["msg"])
