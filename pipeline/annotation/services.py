"""Where tasks go and reviews come from, as this machine and the recipe say; no other logic."""

from pipeline import settings
from pipeline.annotation.file_source import FileReviews, NoReviews
from pipeline.annotation.label_studio import LabelStudio
from pipeline.annotation.label_studio_triplets import TripletProjects
from pipeline.annotation.review_lines import TripletLine
from pipeline.annotation.sources import ReviewSource
from pipeline.recipe import Recipe
from pipeline.tables import TRIPLET_REVIEWS

_TRIPLETS_FOLDER = "triplets"  # within the recipe's folder of reviews


def task_sink(recipe: Recipe) -> LabelStudio | None:
    """The configured Label Studio; None without one, when tasks only lie in their table."""
    connection, annotators = settings.label_studio(), recipe.annotation.annotators
    return LabelStudio(connection, recipe.name, annotators) if connection else None


def triplet_sink(recipe: Recipe) -> TripletProjects | None:
    """The same for triplets, which have projects of their own."""
    connection, annotators = settings.label_studio(), recipe.annotation.annotators
    return TripletProjects(connection, recipe.name, annotators) if connection else None


def review_source(recipe: Recipe) -> ReviewSource:
    """The configured Label Studio; without one, the folder of reviews; without that, nothing."""
    folder = recipe.annotation.reviews
    return task_sink(recipe) or (FileReviews(folder) if folder else NoReviews())


def triplet_source(recipe: Recipe) -> ReviewSource:
    """The same for triplets; nothing where the recipe has none written, or no file of them."""
    if not recipe.synthesis.strategies:
        return NoReviews(TRIPLET_REVIEWS)
    if sink := triplet_sink(recipe):
        return sink
    reviews = recipe.annotation.reviews
    if reviews and (folder := reviews / _TRIPLETS_FOLDER).is_dir():
        return FileReviews(folder, TripletLine)
    return NoReviews(TRIPLET_REVIEWS)


def state_of_all_reviews(recipe: Recipe) -> str:
    """A token of what was said of pairs and of triplets; see `ReviewSource.state`."""
    return f"{review_source(recipe).state()} {triplet_source(recipe).state()}"
