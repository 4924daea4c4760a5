"""Written triplets on a Label Studio server: a project for each annotator of a recipe."""

import pyarrow as pa

from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_projects import LabelStudioProjects, TaskForm
from pipeline.annotation.sources import PushReport
from pipeline.annotation.triplet_tasks import as_triplet_review, as_triplet_task
from pipeline.progress import Progress
from pipeline.settings import Connection
from pipeline.tables import TRIPLET_REVIEWS, as_table

TRIPLET_FORM = TaskForm("triplet_interface.xml", "task_id", as_triplet_task)


class TripletProjects:
    """A `TaskSink` of triplets and a `ReviewSource` of what people say of them.

    Everybody is asked about every triplet, in a project of their own beside that of pairs. Every
    method raises InputError when access or content is refused, and SourceUnavailable when the
    server does not answer; see `LabelStudioClient`.
    """

    def __init__(self, connection: Connection, recipe: str, annotators: tuple[str, ...]) -> None:
        client = LabelStudioClient(connection)
        self._projects = LabelStudioProjects(client, f"{recipe} triplets: ", TRIPLET_FORM)
        self._annotators = annotators

    def push(self, tasks: pa.Table, progress: Progress) -> PushReport:
        """Give every annotator the triplets (`TRIPLET_TASKS`) that they do not have yet."""
        rows, pushed = tasks.to_pylist(), 0
        for name, project_id in self._projects.prepare(self._annotators).items():
            what = f"new triplets for {name}"
            pushed += self._projects.add_missing(project_id, rows, progress, what)
        return PushReport(pushed, len(rows) * len(self._annotators) - pushed)

    def state(self) -> str:
        """See `ReviewSource`."""
        return self._projects.state()

    def pull(self, previous: pa.Table | None, progress: Progress) -> pa.Table:
        """All reviews (`TRIPLET_REVIEWS`), ordered by `review_id`; always asked for anew."""
        del previous
        rows = self._projects.said_rows(self._annotators, as_triplet_review)
        progress(len(rows), len(rows), "reviews of triplets")
        return as_table(rows, TRIPLET_REVIEWS)
