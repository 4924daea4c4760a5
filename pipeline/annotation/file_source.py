"""Reviews in files: what stands in for a server in tests, in the demo, and for hand-made lists.

A folder of `*.jsonl` files holds one review a line, a JSON object with these keys:

- which pair: `pair_id`, or `source_language`, `target_language`, `source_text`, `target_text`;
  texts may be given beside a `pair_id`, so that the review outlives a change of the text;
- who said what and when: `annotator` (a pseudonym), `verdict` (a code of `verdict_codes`),
  `updated_at` (ISO 8601 with a zone);
- optional: `meaning` (1 to 5), `source_edit`, `target_edit` (a text as mended).

Of triplets, in the folder `triplets` below it, a line holds the row of `triplet_tasks` that was
judged, `annotator` and `updated_at` as above, and two codes of `inferences`: `positive_verdict` and
`negative_verdict`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from pipeline.annotation.review_lines import PairLine, ReviewLine
from pipeline.errors import InputError
from pipeline.progress import Progress
from pipeline.tables import REVIEWS, as_table, identify

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # of a line that cannot be read


class NoReviews:
    """Where nobody reviews."""

    def __init__(self, schema: pa.Schema = REVIEWS) -> None:
        """Of the table that is empty."""
        self._schema = schema

    def state(self) -> str:
        """Always the same."""
        return "none"

    def pull(self, previous: pa.Table | None, progress: Progress) -> pa.Table:
        """An empty table."""
        del previous, progress
        return self._schema.empty_table()


class FileReviews:
    """A `ReviewSource` over a folder of JSON lines, described above."""

    def __init__(self, folder: Path, line: type[ReviewLine] = PairLine) -> None:
        """Read lines of this kind from this folder; its sub-folders do not count."""
        self._folder = folder
        self._line = line

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
        found = (row for path in self._paths() for row in _rows(path, self._line))
        rows = {str(row["review_id"]): row for row in found}
        return as_table([rows[review_id] for review_id in sorted(rows)], self._line.SCHEMA)

    def _paths(self) -> list[Path]:
        if not self._folder.is_dir():
            raise InputError(f"no folder of reviews at {self._folder}: make it, or name another")
        return sorted(self._folder.glob("*.jsonl"))


def write_reviews(
    path: Path, reviews: Iterable[Mapping[str, object]], line: type[ReviewLine] = PairLine
) -> None:
    """Write reviews, each with the keys described above, as a file that `FileReviews` reads.

    Raises:
        InputError: a review is not as described.
    """
    lines = []
    for number, review in enumerate(reviews, start=1):
        try:
            written = line.model_validate(review)
        except ValidationError as error:
            raise InputError(f"review {number} cannot be written: {_told(error)}") from error
        lines.append(written.model_dump_json(exclude_none=True) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def _rows(path: Path, kind: type[ReviewLine]) -> Iterator[dict[str, object]]:
    lines = path.read_bytes().decode("utf-8-sig", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(line, f"{path.name}, line {number}", kind)


def _row(text: str, place: str, kind: type[ReviewLine]) -> dict[str, object]:
    try:
        return kind.model_validate_json(text).row()
    except ValidationError as error:
        return _rejected(text, place, _told(error))


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
