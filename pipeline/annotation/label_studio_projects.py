"""Projects of one purpose on a Label Studio server, one per annotator, and their tasks.

Tasks are known by an id of ours in their data, never by what this side remembers, so a push that
was cut off anywhere is simply repeated.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_tasks import pseudonym
from pipeline.progress import Progress
from pipeline.tables import identify

_PUSHED_AT_ONCE = 200
_PAGE_TASKS = 200
_PAGE_PROJECTS = 100  # the server's own limit
_SETTINGS = {
    "maximum_annotations": 1,
    "sampling": "Sequential sampling",  # the queue's order; "uncertainty" asks the worst first
    "show_collab_predictions": False,  # nobody is primed
    "show_skip_button": True,
    "skip_queue": "REQUEUE_FOR_ME",  # what was skipped comes again at the end
    "enable_empty_annotation": False,
}


class Condition(NamedTuple):
    """A filter of the Data Manager on a column of tasks."""

    column: str
    operator: str
    kind: str
    value: object


_IS_ANNOTATED = Condition("annotators", "empty", "List", "false")


class TaskForm(NamedTuple):
    """What tasks of a project look like.

    Attributes:
        interface: name of the file beside this module that shows one.
        key: field of a task's data by which it is known.
        as_task: makes one of a row that has this field too.
    """

    interface: str
    key: str
    as_task: Callable[[Mapping[str, Any]], dict[str, Any]]

    def read_interface(self) -> str:
        """As the server keeps it."""
        return Path(__file__).with_name(self.interface).read_text(encoding="utf-8").strip()


class Said(NamedTuple):
    """An annotation, the data of its task, and the pseudonym of who made it."""

    annotation: dict[str, Any]
    data: dict[str, Any]
    annotator: str


class LabelStudioProjects:
    """Finds, makes, fills and reads projects; a title is a prefix and the annotator's name."""

    def __init__(
        self, client: LabelStudioClient, prefix: str, form: TaskForm, description: str = ""
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._form = form
        self._description = description

    def by_annotator(self) -> dict[str, dict[str, Any]]:
        """Projects by annotator, sorted, former annotators included; of twins the oldest."""
        found: list[dict[str, Any]] = []
        page = {"next": "first"}
        while page["next"]:
            number = 1 + len(found) // _PAGE_PROJECTS
            page = self._client.get(
                "/api/projects/", title=self._prefix, page=number, page_size=_PAGE_PROJECTS
            )
            found += page["results"]
        newest_first = sorted(found, key=lambda project: -int(project["id"]))
        mine = {p["title"].removeprefix(self._prefix): p for p in newest_first if self._owns(p)}
        return dict(sorted(mine.items()))

    def prepare(self, annotators: tuple[str, ...]) -> dict[str, int]:
        """Make what is missing and mend what differs; ids by annotator.

        Raises:
            InputError: the interface does not fit the answers that are there already.
        """
        there = self.by_annotator()
        return {name: self._prepared(name, there.get(name)) for name in annotators}

    def add_missing(
        self, project_id: int, rows: Sequence[Mapping[str, Any]], progress: Progress, what: str
    ) -> int:
        """Import in chunks, in order, the rows that have no task yet; their count."""
        known = self._known(project_id)
        key = self._form.key
        new = list({row[key]: row for row in rows if row[key] not in known}.values())
        for start in range(0, len(new), _PUSHED_AT_ONCE):
            chunk = new[start : start + _PUSHED_AT_ONCE]
            body = [self._form.as_task(row) for row in chunk]
            self._client.post(f"/api/projects/{project_id}/import", body)
            progress(start + len(chunk), len(new), what)
        return len(new)

    def said(self, annotators: Sequence[str], *conditions: Condition) -> Iterator[Said]:
        """Annotations in all projects, of tasks that meet all conditions; one may come twice.

        A skipped task has an annotation without words, which is left out. An account that is no
        annotator's, nor the project's own, gets a pseudonym.
        """
        people = {user["id"]: str(user["email"]) for user in self._client.get("/api/users")}
        for name, project in self.by_annotator().items():
            known_names = (*annotators, name)
            found = self.tasks(project["id"], *conditions, _IS_ANNOTATED, with_annotations=True)
            for task in found:
                for one in task["annotations"]:
                    email = people.get(one["completed_by"], str(one["completed_by"]))
                    if not one["was_cancelled"] and email:
                        yield Said(one, task["data"], pseudonym(email, known_names))

    def said_rows(
        self,
        annotators: Sequence[str],
        as_row: Callable[[dict[str, Any], dict[str, Any], str], dict[str, Any]],
        *conditions: Condition,
    ) -> list[dict[str, Any]]:
        """What `said` finds, each annotation once, as rows ordered by their `review_id`."""
        found = (as_row(*said) for said in self.said(annotators, *conditions))
        rows = {str(row["review_id"]): row for row in found}
        return [rows[review_id] for review_id in sorted(rows)]

    def state(self) -> str:
        """A token of the counts and the newest change of each project, cheap to ask for."""
        parts = []
        for name, project in self.by_annotator().items():
            newest = self.newest(project["id"])
            changed_at = [task["updated_at"] for task in newest["tasks"]]
            parts.append(
                json.dumps([name, newest["total"], newest["total_annotations"], changed_at])
            )
        return identify(*parts)

    def tasks(
        self, project_id: int, *conditions: Condition, with_annotations: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Tasks by id; each page starts after the last id, so changes meanwhile skip none."""
        last, is_full = 0, True
        while is_full:
            after = Condition("id", "greater", "Number", last)
            page = self.page(
                project_id,
                [after, *conditions],
                page_size=_PAGE_TASKS,
                fields="all" if with_annotations else "task_only",
            )["tasks"]
            yield from page
            is_full = len(page) == _PAGE_TASKS
            last = page[-1]["id"] if page else last

    def newest(self, project_id: int) -> dict[str, Any]:
        """Counts (`total`, `total_annotations`) and the task that was changed last (`tasks`)."""
        return self.page(project_id, [], page_size=1, ordering="-tasks:updated_at")

    def page(
        self,
        project_id: int,
        conditions: list[Condition],
        *,
        page_size: int,
        fields: str = "task_only",
        ordering: str = "tasks:id",
    ) -> dict[str, Any]:
        """The first page of tasks that meet all conditions, as the server answers."""
        items = [
            {
                "filter": f"filter:tasks:{condition.column}",
                "operator": condition.operator,
                "type": condition.kind,
                "value": condition.value,
            }
            for condition in conditions
        ]
        query = {"filters": {"conjunction": "and", "items": items}, "ordering": [ordering]}
        answer: dict[str, Any] = self._client.get(
            "/api/tasks",
            project=project_id,
            page_size=page_size,
            fields=fields,
            query=json.dumps(query),
        )
        return answer

    def _owns(self, project: dict[str, Any]) -> bool:
        return str(project["title"]).startswith(self._prefix)

    def _known(self, project_id: int) -> set[str]:
        """Ids that have a task; a second task of an id is removed unless it was annotated.

        Twins come of a push that was given up here while the server still worked on it.
        """
        annotated_first = sorted(
            self.tasks(project_id), key=lambda task: not task["total_annotations"]
        )
        known: set[str] = set()
        for task in annotated_first:
            key = str(task["data"].get(self._form.key))
            if key in known and not task["total_annotations"]:
                self._client.delete(f"/api/tasks/{task['id']}/")
            known.add(key)
        return known

    def _prepared(self, annotator: str, project: dict[str, Any] | None) -> int:
        wanted = {**_SETTINGS, "label_config": self._form.read_interface()}
        if self._description:
            wanted["description"] = self._description
        if project is None:
            title = f"{self._prefix}{annotator}"
            return int(self._client.post("/api/projects/", {"title": title, **wanted})["id"])
        if changed := {key: v for key, v in wanted.items() if project.get(key) != v}:
            self._client.patch(f"/api/projects/{project['id']}/", changed)
        return int(project["id"])
