"""The projects of one recipe on a Label Studio server, one per annotator, and their tasks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.annotation.label_studio_client import LabelStudioClient

_INTERFACE = Path(__file__).with_name("interface.xml")
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


class LabelStudioProjects:
    """Finds, makes and reads projects; a project's title is `<recipe>: <annotator>`."""

    def __init__(self, client: LabelStudioClient, recipe: str) -> None:
        self._client = client
        self._prefix = f"{recipe}: "

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

    def _prepared(self, annotator: str, project: dict[str, Any] | None) -> int:
        interface = _INTERFACE.read_text(encoding="utf-8").strip()  # as the server keeps it
        wanted = {**_SETTINGS, "label_config": interface}
        if project is None:
            title = f"{self._prefix}{annotator}"
            return int(self._client.post("/api/projects/", {"title": title, **wanted})["id"])
        if changed := {key: v for key, v in wanted.items() if project.get(key) != v}:
            self._client.patch(f"/api/projects/{project['id']}/", changed)
        return int(project["id"])
