"""From what a recipe says to a generator."""

from pathlib import Path

from pipeline import settings
from pipeline.encoders.loading import resolve_model_folder
from pipeline.parameters import GenerationParams
from pipeline.synthesis.generators.causal import CausalGenerator
from pipeline.synthesis.generators.embedded import EMBEDDED_GENERATOR, prepare_embedded_generator
from pipeline.synthesis.generators.endpoint import EndpointGenerator
from pipeline.synthesis.generators.protocol import Generator
from pipeline.synthesis_sections import GeneratorSource

_EMBEDDED = f"embedded:{EMBEDDED_GENERATOR}"


def generator_folder(source: GeneratorSource) -> Path | None:
    """Where the model lies, fetched or converted if need be; None where a server has it.

    Raises:
        InputError: there is no such model, or its weights are pickled.
        SourceUnavailable: the hub cannot be reached.
    """
    return None if source.endpoint else _local_folder(source.model)


def open_generator(
    source: GeneratorSource, params: GenerationParams, adapter: Path | None = None
) -> Generator:
    """The model, with an adapter inside it where there is one; raises as `generator_folder`."""
    if source.endpoint:
        token = settings.generator_token()
        return EndpointGenerator(source.endpoint, source.model, params, token)
    return CausalGenerator(_local_folder(source.model), params, adapter, is_chat=source.is_chat)


def _local_folder(name: str) -> Path:
    if name == _EMBEDDED:
        return prepare_embedded_generator(settings.model_cache())
    return resolve_model_folder(name)
