"""From a strategy that was prepared to somebody who can be asked."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.encoders.folders import hash_model_folder
from pipeline.synthesis.generators.opening import generator_folder, open_generator
from pipeline.synthesis.inferences import RELATIONS, Relation
from pipeline.synthesis.prompting import PROMPTS_FOLDER, prompt_files
from pipeline.synthesis.strategies import STRATEGIES, Asking
from pipeline.synthesis.writing import Writer
from pipeline.synthesis_sections import GeneratorSource, StrategyName
from pipeline.tables import identify

PROMPTS_NAME = "prompts"


def open_writer(
    strategy: StrategyName, source: GeneratorSource, prepared: Path | None, asking: Asking
) -> Writer:
    """A model with what a strategy has made ready.

    Args:
        strategy: how prompts are made.
        source: the model.
        prepared: folder of `TripletStrategy.prepare`; None where nothing was to be prepared.
        asking: how anchors become prompts.

    Raises:
        InputError: there is no such model.
        SourceUnavailable: the hub cannot be reached.
    """
    params, ways = asking.params, STRATEGIES[strategy]
    adapters = {one: prepared / one for one in RELATIONS} if prepared else {}
    found = {one: folder for one, folder in adapters.items() if folder.is_dir()}

    def prompts(anchors: Sequence[tuple[str, str]], relation: Relation) -> list[str]:
        return ways.prompts(anchors, relation, asking)

    return Writer(
        strategy=strategy,
        fingerprint=identify(
            strategy,
            generator_version(source),
            prompt_files(),
            params.model_dump_json(),
            *(hash_model_folder(folder) for folder in found.values()),
        ),
        generators={one: open_generator(source, params, found.get(one)) for one in RELATIONS},
        prompts=prompts,
        written=asking.written,
        seed=params.seed,
    )


def generator_version(source: GeneratorSource) -> str:
    """What a model is: a hash of its files, or a server's word."""
    folder = generator_folder(source)
    name = f"{source.endpoint} {source.model}" if folder is None else hash_model_folder(folder)
    return hashlib.sha256(f"{name} {source.is_chat}".encode()).hexdigest()


def keep_prompts(folder: Path) -> None:
    """Put the prompt files as they are today beside the adapters."""
    shutil.copytree(PROMPTS_FOLDER, folder / PROMPTS_NAME, dirs_exist_ok=True)
