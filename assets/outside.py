"""What several assets depend on outside the graph, as names and hashes for their fingerprints."""

from collections.abc import Mapping

from pipeline.encoders import encoder_fingerprint
from pipeline.recipe import Recipe


def aligner_model(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """The encoder that finds pairs."""
    del partition
    return {"aligner": encoder_fingerprint(recipe.models.aligner)}


def teacher_model(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """The encoder whose space students are to share."""
    del partition
    return {"teacher": encoder_fingerprint(recipe.models.teacher)}


def start_model(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """The encoder that students are made of, and compared with."""
    del partition
    return {"start": encoder_fingerprint(recipe.models.start)}
