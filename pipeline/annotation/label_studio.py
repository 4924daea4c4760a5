"""Label Studio as the place where tasks go and reviews come from.

Each annotator has a project of their own, so that nobody sees what another one said. Tasks are
known by the `pair_id` in their data, never by what this side remembers, so a push that was cut off
anywhere is simply repeated. Reviews are fetched by a reconciling poll: what is newer than the
newest known, checked against the server's own count. A webhook is not needed.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_projects import Condition, LabelStudioProjects
from pipeline.annotation.label_studio_tasks import as_review, as_task, pseudonym
from pipeline.annotation.sources import PushReport
from pipeline.errors import InputError
from pipeline.progress import Progress
from pipeline.settings import Connection
from pipeline.tables import REVIEWS, as_table, identify

_PUSHED_AT_ONCE = 200
_OVERLAP = timedelta(minutes=10)  # an annotation is stamped a moment before its task
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_IS_ANNOTATED = Condition("annotators", "empty", "List", "false")


class LabelStudio:
    """A `TaskSink` and a `ReviewSource` over one server and one recipe.

    Every method raises InputError when access or content is refused, and SourceUnavailable when
    the server does not answer; see `LabelStudioClient`.
    """

    def __init__(self, connection: Connection, recipe: str, annotators: tuple[str, ...]) -> None:
        self._client = LabelStudioClient(connection)
        self._projects = LabelStudioProjects(self._client, recipe)
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
            known = self._known_pairs(project_ids[name])
            rows = {row["pair_id"]: row for row in queue.to_pylist() if row["pair_id"] not in known}
            new = list(rows.values())
            for start in range(0, len(new), _PUSHED_AT_ONCE):
                chunk = new[start : start + _PUSHED_AT_ONCE]
                body = [as_task(row) for row in chunk]
                self._client.post(f"/api/projects/{project_ids[name]}/import", body)
                pushed += len(chunk)
                progress(start + len(chunk), len(new), f"new tasks for {name}")
        return PushReport(pushed_count=pushed, known_count=tasks.num_rows - pushed)

    def state(self) -> str:
        """See `ReviewSource`: from the counts and the newest change of each project."""
        parts = []
        for name, project in self._projects.by_annotator().items():
            newest = self._projects.newest(project["id"])
            changed_at = [task["updated_at"] for task in newest["tasks"]]
            parts.append(
                json.dumps([name, newest["total"], newest["total_annotations"], changed_at])
            )
        return identify(*parts)

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
        people = {user["id"]: str(user["email"]) for user in self._client.get("/api/users")}
        rows: dict[object, dict[str, object]] = {}  # by id: a filter may name a task twice
        for name, project in self._projects.by_annotator().items():
            known_names = (*self._annotators, name)
            for task in self._projects.tasks(
                project["id"], is_newer, _IS_ANNOTATED, with_annotations=True
            ):
                rows |= {row["review_id"]: row for row in _reviews_of(task, people, known_names)}
            progress(len(rows), len(rows), f"changed reviews, with those of {name}")
        return as_table(list(rows.values()), REVIEWS).sort_by("review_id")

    def _review_count(self) -> int:
        projects = self._projects.by_annotator().values()
        return sum(self._projects.newest(p["id"])["total_annotations"] for p in projects)

    def _known_pairs(self, project_id: int) -> set[str]:
        """Pairs that have a task; a second task of a pair is removed unless it was reviewed.

        Twins come of a push that was given up here while the server still worked on it.
        """
        reviewed_first = sorted(
            self._projects.tasks(project_id), key=lambda task: not task["total_annotations"]
        )
        known: set[str] = set()
        for task in reviewed_first:
            pair_id = str(task["data"].get("pair_id"))
            if pair_id in known and not task["total_annotations"]:
                self._client.delete(f"/api/tasks/{task['id']}/")
            known.add(pair_id)
        return known

    def _refuse_strangers(self, tasks: pa.Table) -> None:
        strangers = set(tasks["annotator"].to_pylist()) - set(self._annotators)
        if strangers:
            raise InputError(
                f"tasks are for {sorted(strangers)}, but the recipe's annotators are"
                f" {list(self._annotators)}; add them there or select the tasks anew"
            )


def _reviews_of(
    task: dict[str, Any], people: dict[int, str], known_names: tuple[str, ...]
) -> list[dict[str, object]]:
    """Reviews of one task; a skipped one is an annotation without words, and none of ours."""
    return [
        as_review(annotation, task["data"], pseudonym(email, known_names))
        for annotation in task["annotations"]
        if not annotation["was_cancelled"]
        and (email := people.get(annotation["completed_by"], str(annotation["completed_by"])))
    ]
