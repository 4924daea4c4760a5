"""Expert ratings on a Label Studio server: for every model and suite a project for each expert.

A title has 50 characters at most, so it is a hash of who answers what, and the description says it
in words.
"""

from collections.abc import Sequence

import pyarrow as pa

from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.annotation.label_studio_projects import LabelStudioProjects, TaskForm
from pipeline.annotation.ratings import as_rating, as_rating_task
from pipeline.annotation.sources import PushReport
from pipeline.progress import Progress
from pipeline.settings import Connection
from pipeline.tables import RATINGS, as_table, identify

ANSWER_FORM = TaskForm("rating_interface.xml", "answer_id", as_rating_task)
_PREFIX = "answers "


class RatingProjects:
    """Answers out, ratings in.

    Every method raises InputError when access or content is refused, and SourceUnavailable when
    the server does not answer; see `LabelStudioClient`.
    """

    def __init__(self, connection: Connection) -> None:
        self._client = LabelStudioClient(connection)

    def push(self, answers: pa.Table, experts: Sequence[str], progress: Progress) -> PushReport:
        """Give every expert the answers that they do not have yet, in order.

        Args:
            answers: table of schema `ANSWERS`, of one model and one suite.
            experts: names; each has a project, so that nobody sees what another one says.
            progress: hears of every 200 tasks.
        """
        rows = answers.to_pylist()
        if not rows:
            return PushReport(0, 0)
        first, pushed = rows[0], 0
        number = identify(first["suite"], first["model_fingerprint"])[:8]
        description = f"Answers of {first['model']} about {first['suite']}"
        projects = LabelStudioProjects(
            self._client, f"{_PREFIX}{number}: ", ANSWER_FORM, description
        )
        for name, project_id in projects.prepare(tuple(experts)).items():
            pushed += projects.add_missing(project_id, rows, progress, f"new answers for {name}")
        return PushReport(pushed, len(rows) * len(experts) - pushed)

    def pull(self) -> pa.Table:
        """Everything that was said about answers, as `RATINGS` ordered by `review_id`."""
        projects = LabelStudioProjects(self._client, _PREFIX, ANSWER_FORM)
        # the name of a project of experts is the hash, a colon and the expert
        experts = [name.partition(": ")[2] for name in projects.by_annotator()]
        return as_table(projects.said_rows(experts, as_rating), RATINGS)
