"""Where tasks go and reviews come from, as this machine and the recipe say; no other logic."""

from pathlib import Path

from pipeline import settings
from pipeline.annotation.file_source import FileReviews, NoReviews
from pipeline.annotation.label_studio import LabelStudio
from pipeline.annotation.sources import ReviewSource, TaskSink


def review_source(
    recipe_name: str, annotators: tuple[str, ...], folder: Path | None
) -> ReviewSource:
    """The configured Label Studio; without one, the folder of reviews; without that, nothing."""
    if connection := settings.label_studio():
        return LabelStudio(connection, recipe_name, annotators)
    return FileReviews(folder) if folder else NoReviews()


def task_sink(recipe_name: str, annotators: tuple[str, ...]) -> TaskSink | None:
    """The configured Label Studio; None without one, when tasks only lie in their table."""
    connection = settings.label_studio()
    return LabelStudio(connection, recipe_name, annotators) if connection else None
