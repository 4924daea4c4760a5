"""What a training is asked to do: all that decides the model, and as a folder; no torch here."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from pipeline.directed_pairs import TextPairs
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import TranslationParams
from pipeline.training.folder import TrainingFolder
from pipeline.training.steps import TrainingStep
from pipeline.translation_directions import Direction


@dataclass(frozen=True)
class TranslationJob:
    """Everything that decides a translation model, and how often to save.

    Attributes:
        start_folder: the model before.
        direction: what it learns to do.
        pairs: to learn from.
        dev: pairs on which weights are chosen; none of them is learnt.
        params: how to train.
        learning_rate: peak.
        added_ids: of pieces that the start was given beforehand; trained beside any adapter.
        checkpoint_steps: after how many steps the state is kept; the model is the same for any.
        checkpoint_seconds: unless the state was kept less than so long ago.

    Raises:
        InputError: there is nothing to learn from, or nothing to choose on.
    """

    start_folder: Path
    direction: Direction
    pairs: TextPairs
    dev: TextPairs
    params: TranslationParams
    learning_rate: float
    added_ids: Sequence[int] = ()
    checkpoint_steps: int = 50
    checkpoint_seconds: float = 10.0

    def __post_init__(self) -> None:
        if not len(self.pairs) or not len(self.dev):
            raise InputError(
                f"{self.direction.name}: {len(self.pairs)} pairs to learn from and {len(self.dev)} "
                "to choose the model on; give the corpus more text in these languages"
            )


@dataclass(frozen=True)
class TranslationFolder(TrainingFolder):
    """The files by which the two processes of a translation model's training talk."""

    @property
    def model(self) -> Path:
        """The model that came out."""
        return self.folder / "model"


@dataclass(frozen=True)
class DevScore:
    """How well development pairs were translated.

    Attributes:
        step: steps made by then.
        chrf2pp: chrF++, 0 to 100.
    """

    step: int
    chrf2pp: float


@dataclass(frozen=True)
class Sample:
    """A development pair, and what the model said.

    Attributes:
        source: text.
        reference: its translation.
        said: by the model.
    """

    source: str
    reference: str
    said: str


@dataclass(frozen=True)
class TranslationLog:
    """What happened; free of times, so that a resumed run leaves the same log.

    Attributes:
        pair_count: learnt from.
        trained_parameter_count: weights that changed.
        steps: of the optimiser.
        dev_scores: of the start, then of the times it was measured; the best is the model.
        samples: a few development pairs as the best translated them.
    """

    pair_count: int
    trained_parameter_count: int
    steps: tuple[TrainingStep, ...]
    dev_scores: tuple[DevScore, ...]
    samples: tuple[Sample, ...] = ()

    @property
    def best(self) -> DevScore:
        """Of the model that was kept: the first of the highest."""
        return max(self.dev_scores, key=lambda score: score.chrf2pp)

    @property
    def skipped_step_count(self) -> int:
        """Steps whose gradient was not finite."""
        return sum(step.is_skipped for step in self.steps)


def job_fingerprint(job: TranslationJob) -> str:
    """Identify a job by everything that decides its model; SHA-256 in hex."""
    digest = hashlib.sha256(hash_model_folder(job.start_folder).encode())
    digest.update(f"{job.direction.name}\0{job.params.model_dump_json()}".encode())
    digest.update(f"\0{job.learning_rate!r}\0{list(job.added_ids)}".encode())
    digest.update(f"\0{len(job.pairs)}".encode())
    for pairs in (job.pairs, job.dev):
        for text in (*pairs.sources, *pairs.targets):
            digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def write_job(job: TranslationJob, files: TrainingFolder) -> None:
    """Write a job's inputs into an existing folder."""
    content = {
        "start_folder": str(job.start_folder),
        "direction": job.direction.name,
        "params": job.params.model_dump(),
        "learning_rate": job.learning_rate,
        "added_ids": list(job.added_ids),
        "checkpoint_steps": job.checkpoint_steps,
        "checkpoint_seconds": job.checkpoint_seconds,
    }
    files.parameters.write_text(json.dumps(content, indent=1), encoding="utf-8")
    both, is_dev = job.pairs + job.dev, [False] * len(job.pairs) + [True] * len(job.dev)
    columns = {"source_text": both.sources, "target_text": both.targets, "is_dev": is_dev}
    parquet.write_table(pa.table({name: list(rows) for name, rows in columns.items()}), files.pairs)


def read_job(files: TrainingFolder) -> TranslationJob:
    """Read what `write_job` wrote.

    Raises:
        InputError: a file is missing or damaged.
    """
    try:
        content: dict[str, Any] = json.loads(files.parameters.read_text(encoding="utf-8"))
        table = parquet.read_table(files.pairs)
        return TranslationJob(
            start_folder=Path(content.pop("start_folder")),
            direction=Direction.named(content.pop("direction")),
            params=TranslationParams(**content.pop("params")),
            pairs=_pairs(table, is_dev=False),
            dev=_pairs(table, is_dev=True),
            **content,
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise InputError(f"{files.folder} holds no translation job: {error}") from error


def _pairs(table: pa.Table, *, is_dev: bool) -> TextPairs:
    rows = [row for row in table.to_pylist() if row["is_dev"] is is_dev]
    return TextPairs([row["source_text"] for row in rows], [row["target_text"] for row in rows])


def read_log(path: Path) -> TranslationLog:
    """Read what `write_log` of `pipeline.training.folder` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    steps = tuple(TrainingStep(**step) for step in content.pop("steps"))
    dev_scores = tuple(DevScore(**score) for score in content.pop("dev_scores"))
    samples = tuple(Sample(**sample) for sample in content.pop("samples"))
    return TranslationLog(**content, steps=steps, dev_scores=dev_scores, samples=samples)
