"""The models that are compared: the start model, and every student that was trained."""

from collections.abc import Mapping

from assets.resources import Artefacts
from pipeline import settings
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder
from pipeline.evaluation.cost.size import folder_size
from pipeline.evaluation.measures.scores import START
from pipeline.progress import Progress
from pipeline.recipe import Recipe


def encoders_of(recipe: Recipe, students: Artefacts, progress: Progress) -> dict[str, Encoder]:
    """The start model first, then every student under its partition's name."""
    cache = EmbeddingCache(settings.embedding_cache())
    models = {START: recipe.models.start}
    models |= {str(one.address.partition): str(one.folder()) for one in students}
    return {
        name: load_encoder(model, cache=cache, progress=of_model(name, progress))
        for name, model in models.items()
    }


def of_model(name: str, progress: Progress) -> Progress:
    """Says whose texts are being encoded."""
    return lambda done, total, message: progress(done, total, f"{name}: {message}")


def sizes_of(students: Artefacts) -> dict[str, Mapping[str, int | float]]:
    """Parameters and bytes of every student, by its name."""
    return {
        str(one.address.partition): {
            "parameter_count": folder_size(one.folder()).parameter_count,
            "model_bytes": sum(entry.bytes for entry in one.manifest.files),
        }
        for one in students
    }
