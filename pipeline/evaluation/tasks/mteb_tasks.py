"""Tasks of the Massive Text Embedding Benchmark by name, run by mteb itself (Muennighoff 2023).

Not pure: mteb fetches data sets from the Hugging Face hub. It is optional and takes seconds to
import, so that it is imported when a task is asked for. Its figures come without intervals, for it
gives no outcome of a single unit.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from pipeline.encoders import Encoder
from pipeline.encoders.protocol import Role
from pipeline.errors import InputError, SourceUnavailable
from pipeline.evaluation.measures.scores import Row, Scored
from pipeline.measurements import Measurement
from pipeline.quiet import quiet
from pipeline.statistics import Interval
from pipeline.tables import identify

UNKNOWN_LANGUAGE = "und"
_LANGUAGE = re.compile(r"[a-z]{3}[-_][A-Z][a-z]{3}")
_NO_INTERVAL = ("ci_low", "ci_high", "confidence_level_fraction")


class MtebEncoder:
    """One of our encoders as mteb wants them: batches in, unit vectors out.

    What mteb calls a document is a passage; what has no part to play, one half of a pair or a text
    to classify, is a query, as everywhere in Dutar.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def mteb_model_meta(self) -> Any:  # noqa: ANN401 - a type of mteb, which may be absent
        """Who is measured: the fingerprint stands for a revision."""
        meta = import_module("mteb.models.model_meta").ModelMeta
        return meta.create_empty({"name": "dutar/encoder", "revision": self._encoder.fingerprint})

    def encode(
        self,
        inputs: Iterable[Mapping[str, Sequence[str]]],
        *,
        task_metadata: Any,  # noqa: ANN401 - likewise
        hf_subset: str,
        prompt_type: str | None = None,
        **_: object,
    ) -> npt.NDArray[np.float32]:
        """Unit vectors (n, d) of all batches, in order."""
        texts = [text for batch in inputs for text in batch["text"]]
        role: Role = "passage" if prompt_type == "document" else "query"
        found = _languages(task_metadata, hf_subset)
        language = found[0] if len(found) == 1 else UNKNOWN_LANGUAGE
        return self._encoder.encode(texts, language=language, role=role)

    def similarity(self, first: Any, second: Any) -> Any:  # noqa: ANN401 - arrays or tensors
        """Cosines of all with all, as a tensor."""
        return import_module("mteb.similarity_functions").cos_sim(first, second)

    def similarity_pairwise(self, first: Any, second: Any) -> Any:  # noqa: ANN401 - likewise
        """Cosines row by row, as a tensor."""
        return import_module("mteb.similarity_functions").pairwise_cos_sim(first, second)


def find_mteb_tasks(names: Sequence[str], languages: Sequence[str] = ()) -> list[Any]:
    """Tasks of mteb, their data not yet fetched.

    Args:
        names: as mteb writes them, e.g. `FloresBitextMining`.
        languages: codes such as `tuk_Latn`; parts of a task that hold any other are left out. None
            keeps them all, which can be thousands.

    Raises:
        InputError: mteb is not installed, does not know a task, or a task has no part in the
            languages.
    """
    mteb = _mteb()
    codes = [code.replace("_", "-") for code in languages] or None
    tasks = []
    for name in names:
        try:
            task = mteb.get_task(name, languages=codes, exclusive_language_filter=bool(codes))
        except KeyError as error:
            raise InputError(f"mteb {version('mteb')} does not know {name!r}: {error}") from error
        except ValueError as error:
            wanted = ", ".join(languages)
            raise InputError(f"{name} has no part that is in {wanted} alone") from error
        tasks.append(task)
    return tasks


def score_mteb(tasks: Sequence[Any], encoders: Mapping[str, Encoder], seed: int) -> Scored:
    """The main score of every task, split and part, as mteb computes it.

    `suite` is the task's name, `slice` the split where there are several, `direction` the part's
    languages, `metric` mteb's name with `mteb_` before it. `n` counts what mteb asks about
    (queries, pairs, texts); null where the task does not tell. Intervals are null. The note names
    data set, revision and mteb's version.

    Args:
        tasks: of `find_mteb_tasks`, or your own. Their data is fetched once for all encoders.
        encoders: by name.
        seed: stored; mteb has its own.

    Raises:
        InputError: mteb is not installed.
        SourceUnavailable: a data set cannot be had.
    """
    mteb = _mteb()
    rows: list[Row] = []
    for task in tasks:
        _fetch(task)
        for name, encoder in encoders.items():
            with quiet("mteb"):
                result = mteb.evaluate(
                    MtebEncoder(encoder),
                    task,
                    cache=None,  # it knows models by name and would hand out another one's figures
                    co2_tracker=False,
                    show_progress_bar=False,
                )
            rows += _rows(task, result.task_results[0].scores, name, encoder, seed)
        task.unload_data()
    return Scored(rows)


def _rows(
    task: Any,  # noqa: ANN401 - mteb's
    scores: Mapping[str, Sequence[Mapping[str, Any]]],
    name: str,
    encoder: Encoder,
    seed: int,
) -> list[Row]:
    data = task.metadata.dataset
    note = f"{data['path']} at {data['revision']}, mteb {version('mteb')}, which gives no interval"
    rows: list[Row] = []
    for split, parts in scores.items():
        for part in parts:
            subset = part["hf_subset"]
            measured = Measurement(
                suite=task.metadata.name,
                direction="-".join(_languages(task.metadata, subset)),
                dataset_hash=identify(data["path"], data["revision"], subset, split),
                model=name,
                model_fingerprint=encoder.fingerprint,
                seed=seed,
                slice=f"split: {split}" if len(scores) > 1 else "",
            )
            value, n = float(part["main_score"]), _unit_count(task, subset, split)
            row = measured.score(
                f"mteb_{task.metadata.main_score}", Interval(value, value, value, n or 0), note
            )
            rows.append(row | dict.fromkeys(_NO_INTERVAL) | {"n": n})
    return rows


def _languages(metadata: Any, subset: str) -> list[str]:  # noqa: ANN401 - mteb's
    """Codes of a part; a part of a parallel set may be called by its language alone."""
    found = metadata.hf_subsets_to_langscripts.get(subset)
    if found is None:
        found = [subset] if _LANGUAGE.fullmatch(subset) else []
    return [code.replace("-", "_") for code in found]


def _unit_count(task: Any, subset: str, split: str) -> int | None:  # noqa: ANN401 - mteb's
    """How many queries, pairs or texts are asked about; None where it cannot be told."""
    part: Any = task.dataset.get(subset, task.dataset)
    part = part.get(split) if isinstance(part, Mapping) else None
    if isinstance(part, Mapping):
        part = part.get("relevant_docs")
    return None if part is None else len(part)


def _fetch(task: Any) -> None:  # noqa: ANN401 - mteb's
    try:
        task.load_data()
    except (OSError, httpx.HTTPError) as error:  # the hub's are OSErrors, the network's are not
        path = task.metadata.dataset["path"]
        raise SourceUnavailable(
            f"the data of {task.metadata.name} ({path}) cannot be had from the Hugging Face hub: "
            f"{error}. Go online, or fetch it into the cache first."
        ) from error


def _mteb() -> Any:  # noqa: ANN401 - a module that may be absent
    try:
        return import_module("mteb")
    except ModuleNotFoundError as error:
        raise InputError(
            "tasks of the Massive Text Embedding Benchmark need mteb: pip install 'dutar[mteb]'"
        ) from error
