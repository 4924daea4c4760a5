"""Where tasks go and reviews come from: a server with people, or files in its place (protocols)."""

from typing import NamedTuple, Protocol

import pyarrow as pa

from pipeline.progress import Progress


class PushReport(NamedTuple):
    """What became of a queue that was sent."""

    pushed_count: int  # tasks that are new there
    known_count: int  # tasks that were there already


class TaskSink(Protocol):
    """Takes tasks for people; to send the same ones again changes nothing."""

    def push(self, tasks: pa.Table, progress: Progress) -> PushReport:
        """Send the tasks (`ANNOTATION_TASKS`) that are not there yet.

        A task is known by its pair and its annotator. A push that was cut off is repeated whole.

        Raises:
            InputError: access is refused, or the tasks are.
            SourceUnavailable: no answer; try again later.
        """
        ...


class ReviewSource(Protocol):
    """Gives what people said."""

    def state(self) -> str:
        """A token of what is there, cheap to ask for: another token when a review was changed.

        Raises:
            InputError: access is refused.
            SourceUnavailable: no answer; try again later.
        """
        ...

    def pull(self, previous: pa.Table | None, progress: Progress) -> pa.Table:
        """All reviews (`REVIEWS`), ordered by `review_id`.

        `previous`, an earlier answer, saves asking for what has not changed; the result is the
        same without it.

        Raises:
            InputError: access is refused.
            SourceUnavailable: no answer; try again later.
        """
        ...
