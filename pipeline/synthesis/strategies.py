"""Three ways in which a language model comes to write triplets, behind one interface.

- `in_context`: the model stays as it is and is shown examples, those most like the anchor.
- `adapters`: an adapter for the task, learnt in the examples' language, and one for the focus
  language are merged, see `adapters.merging`.
- `xl_lora`: an adapter learns premises in many languages with hypotheses in one (Basoz, Horne and
  Opper 2026, "Bootstrapping Embeddings for Low Resource Languages").

Positives and negatives are two tasks with an adapter each. Torch is imported where one is trained.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.parameters import AdapterParams, GenerationParams
from pipeline.progress import Progress
from pipeline.synthesis.inferences import RELATIONS, Inference, Relation, chosen
from pipeline.synthesis.prompting import (
    EXAMPLES_LANGUAGE,
    Example,
    in_context_prompt,
    inference_prompt,
    written_examples,
)
from pipeline.synthesis_sections import StrategyName

Embed = Callable[[Sequence[str], str], npt.NDArray[np.float32]]
"""Unit vectors of texts in a language."""

if TYPE_CHECKING:
    from pipeline.synthesis.adapters.training import AdapterLog

Logs = dict[str, "AdapterLog"]
"""Of the adapters that a strategy trains, by their names."""


@dataclass(frozen=True)
class Materials:
    """What strategies may learn from.

    Attributes:
        model: folder of the model; None where a server has it.
        written: code of the language to write in.
        focus: code of the anchors' language.
        inferences: in any languages.
        focus_texts: sentences of the focus language.
        params: of adapters.
    """

    model: Path | None
    written: str
    focus: str
    inferences: Sequence[Inference]
    focus_texts: Sequence[str]
    params: AdapterParams


@dataclass(frozen=True)
class Asking:
    """How anchors become prompts.

    Attributes:
        written: code of the language to write in.
        inferences: from which examples may be chosen.
        embed: finds examples like an anchor.
        params: of generation.
    """

    written: str
    inferences: Sequence[Inference]
    embed: Embed
    params: GenerationParams


class TripletStrategy(Protocol):
    """A way to triplets."""

    def prepare(self, materials: Materials, folder: Path, progress: Progress) -> Logs:
        """Train what is needed into `folder/positive` and `folder/negative`, or nothing.

        A folder left by a killed call is taken up: what is whole there is not made again.

        Returns:
            The log of every adapter, also of those that were whole.

        Raises:
            InputError: there is nothing to learn from, or the model is a server's.
        """

    def prompts(
        self, anchors: Sequence[tuple[str, str]], relation: Relation, asking: Asking
    ) -> list[str]:
        """What the model is asked about each (language, text)."""


class InContext:
    """Examples in the prompt."""

    def prepare(self, materials: Materials, folder: Path, progress: Progress) -> Logs:
        """There is nothing to train."""
        del materials, folder, progress
        return {}

    def prompts(
        self, anchors: Sequence[tuple[str, str]], relation: Relation, asking: Asking
    ) -> list[str]:
        """The nearest examples stand last, next to the anchor."""
        known = [one for one in _examples(asking) if one.relation == relation]
        shown = _nearest(anchors, known, asking)
        return [
            in_context_prompt(
                text,
                relation,
                asking.written,
                [Example(known[row].premise, known[row].hypothesis) for row in reversed(rows)],
            )
            for (_, text), rows in zip(anchors, shown, strict=True)
        ]


class _Taught:
    """What has learnt the task needs no examples."""

    def prompts(
        self, anchors: Sequence[tuple[str, str]], relation: Relation, asking: Asking
    ) -> list[str]:
        return [inference_prompt(text, relation, asking.written) for _, text in anchors]


class ComposedAdapters(_Taught):
    """An adapter for the task and one for the language."""

    def prepare(self, materials: Materials, folder: Path, progress: Progress) -> Logs:
        """Train four adapters and merge them twice."""
        from pipeline.synthesis.adapters.merging import (  # noqa: PLC0415 - torch
            FOCUS,
            SOURCE,
            TASK,
            merge_adapters,
            merging_weights,
        )

        params, parts = materials.params, folder / "parts"
        source = [one.premise for one in materials.inferences if one.language == materials.written]
        texts = {FOCUS: materials.focus_texts, SOURCE: list(dict.fromkeys(source))}
        weights = merging_weights(params.merging, params.language_weight)
        lessons = {
            name: [("", text) for text in texts[name][: params.most_examples]]
            for name in weights
            if name in texts
        }
        lessons |= {
            f"{TASK}_{relation}": _task_lessons(materials, (materials.written,), relation)
            for relation in RELATIONS
        }
        logs = _train(materials, lessons, parts, progress)
        for relation in RELATIONS:
            if not (folder / relation).is_dir():
                named = {name: parts / (f"{TASK}_{relation}" if name == TASK else name)
                         for name in weights}  # fmt: skip
                merge_adapters(_model(materials), named, weights, folder / relation)
        return logs


class CrossLingual(_Taught):
    """One adapter for premises in all languages that there are."""

    def prepare(self, materials: Materials, folder: Path, progress: Progress) -> Logs:
        """Train an adapter for either relation."""
        languages = sorted({one.language for one in materials.inferences})
        lessons: dict[str, list[tuple[str, str]]] = {
            relation: _task_lessons(materials, languages, relation) for relation in RELATIONS
        }
        return _train(materials, lessons, folder, progress)


STRATEGIES: Mapping[StrategyName, TripletStrategy] = {
    "in_context": InContext(),
    "adapters": ComposedAdapters(),
    "xl_lora": CrossLingual(),
}


def _task_lessons(
    materials: Materials, languages: Sequence[str], relation: Relation
) -> list[tuple[str, str]]:
    found = chosen(materials.inferences, languages, relation, materials.params.most_examples)
    return [
        (inference_prompt(one.premise, relation, materials.written), f" {one.hypothesis}\n")
        for one in found
    ]


def _train(
    materials: Materials,
    lessons: Mapping[str, Sequence[tuple[str, str]]],
    folder: Path,
    progress: Progress,
) -> Logs:
    from pipeline.synthesis.adapters.training import (  # noqa: PLC0415 - torch
        Lesson,
        read_log,
        train_adapter,
    )

    for name, rows in lessons.items():
        if not (folder / name).is_dir():
            learnt = [Lesson(*row) for row in rows]
            train_adapter(_model(materials), learnt, folder / name, materials.params, progress)
    return {name: read_log(folder / name) for name in lessons}


def _model(materials: Materials) -> Path:
    if materials.model is None:
        raise InputError("a server's model cannot be trained: name a folder or a hub id")
    return materials.model


def _examples(asking: Asking) -> list[Inference]:
    """The recipe's in the language to write in, or else those that come with Dutar."""
    own = [one for one in asking.inferences if one.language == asking.written]
    if not own and asking.written != EXAMPLES_LANGUAGE:
        raise InputError(
            f"no examples are written in {asking.written}: add `synthesis.inferences` in it"
        )
    return own or written_examples()


def _nearest(
    anchors: Sequence[tuple[str, str]], known: Sequence[Inference], asking: Asking
) -> npt.NDArray[np.int64]:
    """(n, k) rows of the examples whose premises are nearest to each anchor, nearest first."""
    count = min(asking.params.example_count, len(known))
    if not anchors or not count:
        return np.zeros((len(anchors), 0), np.int64)
    premises = asking.embed([one.premise for one in known], known[0].language)
    language = anchors[0][0]
    cosines = asking.embed([text for _, text in anchors], language) @ premises.T
    return np.argsort(-cosines, axis=1, kind="stable")[:, :count]
