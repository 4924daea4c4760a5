"""Label Studio as the place where tasks go and reviews come from.

Each annotator has a project of their own, so that nobody sees what another one said. Reviews are
fetched by a reconciling poll: what is newer than the newest known, checked against the server's own
count. A webhook is not needed.
"""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_projects import Condition, LabelStudioProjects, TaskForm
from pipeline.annotation.label_studio_tasks import as_review, as_task
from pipeline.annotation.sources import PushReport
from pipeline.errors import InputError
from pipeline.progress import Progress
from pipeline.settings import Connection
from pipeline.tables import REVIEWS, as_table

PAIR_FORM = TaskForm("interface.xml", "pair_id", as_task)
_OVERLAP = timedelta(minutes=10)  # an annotation is stamped a moment before its task
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class LabelStudio:
    """A `TaskSink` and a `ReviewSource` over one server and one recipe.

    Every method raises InputError when access or content is refused, and SourceUnavailable when
    the server does not answer; see `LabelStudioClient`.
    """

    def __init__(self, connection: Connection, recipe: str, annotators: tuple[str, ...]) -> None:
        client = LabelStudioClient(connection)
        self._projects = LabelStudioProjects(client, f"{recipe}: ", PAIR_FORM)
        self._annotators = annotators

    def prepare(self) -> None:
        """Make every annotator's project, or mend it; nothing happens when all is as wanted."""
        self._projects.prepare(self._annotators)

    def push(self, tasks: pa.Table, progress: Progress) -> PushReport:
        """Import what is not there yet, queue after queue, in chunks; see `TaskSink`.

        Raises:
            InputError: also when a task is for nobody of this recipe's annotators.
        """
        self._refuse_strangers(tasks)
        pushed, project_ids = 0, self._projects.prepare(self._annotators)
        for name in self._annotators:
            queue = tasks.filter(pc.equal(tasks["annotator"], name)).sort_by("queue_position")
            pushed += self._projects.add_missing(
                project_ids[name], queue.to_pylist(), progress, f"new tasks for {name}"
            )
        return PushReport(pushed_count=pushed, known_count=tasks.num_rows - pushed)

    def state(self) -> str:
        """See `ReviewSource`."""
        return self._projects.state()

    def pull(self, previous: pa.Table | None, progress: Progress) -> pa.Table:
        """See `ReviewSource`. A deletion shows in the server's count and costs a full pull."""
        if previous is not None and previous.num_rows:
            updated = self._updated(previous, progress)
            if updated.num_rows == self._review_count():
                return updated
        return self._changed_since(_NEVER, progress)

    def _updated(self, previous: pa.Table, progress: Progress) -> pa.Table:
        newest = pc.max(previous["updated_at"]).as_py()
        changed = self._changed_since(newest - _OVERLAP, progress)
        is_changed = pc.is_in(previous["review_id"], changed["review_id"])
        unchanged = previous.filter(pc.invert(is_changed))
        return pa.concat_tables([unchanged, changed]).sort_by("review_id")

    def _changed_since(self, moment: datetime, progress: Progress) -> pa.Table:
        is_newer = Condition("updated_at", "greater", "Datetime", f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}")
        rows = self._projects.said_rows(self._annotators, as_review, is_newer)
        progress(len(rows), len(rows), "changed reviews")
        return as_table(rows, REVIEWS)

    def _review_count(self) -> int:
        projects = self._projects.by_annotator().values()
        return sum(self._projects.newest(p["id"])["total_annotations"] for p in projects)

    def _refuse_strangers(self, tasks: pa.Table) -> None:
        strangers = set(tasks["annotator"].to_pylist()) - set(self._annotators)
        if strangers:
            raise InputError(
                f"tasks are for {sorted(strangers)}, but the recipe's annotators are"
                f" {list(self._annotators)}; add them there or select the tasks anew"
            )
