"""From a start model, or none, and pairs to a translation model; torch is not imported here."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from pipeline.directed_pairs import TextPairs
from pipeline.errors import InputError
from pipeline.parameters import TranslationParams
from pipeline.progress import Progress, silent
from pipeline.training.folder import CHECKPOINT_NAME, write_log
from pipeline.training.process import RunTrainer
from pipeline.translation.training.job import TranslationJob, TranslationLog, read_log
from pipeline.translation.training.process import run_trainer, train_in_process
from pipeline.translation.using import translator
from pipeline.translation_directions import Direction
from pipeline.translation_models import TranslatorSize

if TYPE_CHECKING:
    from pipeline.translation.extension import Extension

LOG_NAME = "training_log.json"
BACK_TRANSLATED_NAME = "back_translated.parquet"
"""Beside a model that learnt from them: pairs whose sources the start model wrote."""
_BACK_TRANSLATED = "back_translated"
_MADE_PAIRS = pa.schema([(name, pa.string()) for name in ("source_text", "target_text", "origin")])


@dataclass(frozen=True)
class TranslationCourse:
    """All that decides a translation model.

    Attributes:
        start: folder of the model before, or the sizes of a random one.
        direction: what it learns to do.
        pairs: to learn from.
        dev: on which weights, and the learning rate, are chosen.
        params: of the training.
        monolingual: texts of the target language, of which `params.back_translated` are translated
            back by the start model, to be learnt from besides (Sennrich et al. 2016).
    """

    start: Path | TranslatorSize
    direction: Direction
    pairs: TextPairs
    dev: TextPairs
    params: TranslationParams
    monolingual: Sequence[str] = ()


@dataclass(frozen=True)
class TaughtTranslator:
    """A trained translation model.

    Attributes:
        folder: of transformers, with its training log beside the model.
        facts: sizes, counts and the scores that chose it, plain JSON.
        log: what happened in training.
    """

    folder: Path
    facts: dict[str, int | float | str]
    log: TranslationLog


def teach_translator(
    course: TranslationCourse,
    work_folder: Path,
    progress: Progress = silent,
    run: RunTrainer = run_trainer,
) -> TaughtTranslator:
    """Train at every learning rate asked for; the best by chrF++ on development pairs is kept.

    A `work_folder` left by a killed call over the same course is taken up.

    Args:
        course: what to learn.
        work_folder: holds the model before training, and a folder for each rate.
        progress: hears of every step.
        run: starts the trainer's process, see `train_in_process`.

    Raises:
        InputError: there are no pairs, the model does not know a language, or cannot be trained or
            translate back as it is asked to.
        SourceUnavailable: the trainer was killed; another call resumes.
    """
    if course.params.back_translated and not isinstance(course.start, Path):
        raise InputError("back_translated: a model from scratch cannot translate anything back yet")
    extension = _extended(course, work_folder)
    start = extension.folder if extension else _start_folder(course, work_folder)
    added = _back_translated(course, start, work_folder / BACK_TRANSLATED_NAME, progress)
    pairs, new_ids = course.pairs + added, extension.ids if extension else ()
    logs: dict[float, TranslationLog] = {}
    for rate in course.params.rates:
        job = TranslationJob(
            start, course.direction, pairs, course.dev, course.params, rate, new_ids
        )
        logs[rate] = train_in_process(job, _folder(work_folder, rate), progress, run)
    rate = max(logs, key=lambda one: logs[one].best.chrf2pp)
    log, folder = logs[rate], _folder(work_folder, rate) / "model"
    write_log(log, folder / LOG_NAME)
    if len(added):
        shutil.copy(work_folder / BACK_TRANSLATED_NAME, folder)
    for checkpoint in work_folder.rglob(f"{CHECKPOINT_NAME}*"):
        checkpoint.unlink()
    facts: dict[str, int | float | str] = {
        "direction": course.direction.name,
        "pair_count": log.pair_count,
        "back_translated_count": len(added),
        "back_translated_wanted": course.params.back_translated,
        "trained_parameter_count": log.trained_parameter_count,
        "step_count": len(log.steps),
        "skipped_step_count": log.skipped_step_count,
        "learning_rate": rate,
        "best_step": log.best.step,
        "dev_chrf2pp": log.best.chrf2pp,
        "dev_chrf2pp_of_start": log.dev_scores[0].chrf2pp,
        **(extension.facts if extension else {}),
    }
    return TaughtTranslator(folder, facts, log)


def read_translation_log(model_folder: Path) -> TranslationLog:
    """The log that `teach_translator` left beside a model."""
    return read_log(model_folder / LOG_NAME)


def _back_translated(
    course: TranslationCourse, start: Path, memory: Path, progress: Progress
) -> TextPairs:
    """Pairs whose sources the start model wrote, marked as such in a file that remembers them."""
    wanted, back_way = course.params.back_translated, course.direction.reverse
    if not wanted:
        return TextPairs()
    chosen = TextPairs(course.monolingual, course.monolingual).evenly(wanted)
    found = f"texts of {back_way.source} alone, which the start model translates back"
    progress(len(chosen), wanted, found)
    if not len(chosen):
        return TextPairs()
    if not memory.is_file():
        _refuse_one_way(start, back_way)
        back = translator(start, back_way, beams=1, progress=progress)
        pairs = zip(back(chosen.targets), chosen.targets, strict=True)
        made = [
            {"source_text": source, "target_text": target, "origin": _BACK_TRANSLATED}
            for source, target in pairs
            if source
        ]
        unfinished = memory.with_suffix(".unfinished")
        parquet.write_table(pa.Table.from_pylist(made, _MADE_PAIRS), unfinished)
        unfinished.replace(memory)
    table = parquet.read_table(memory)
    return TextPairs(table["source_text"].to_pylist(), table["target_text"].to_pylist())


def _refuse_one_way(start: Path, back_way: Direction) -> None:
    from pipeline.translation.directed_tokenizer import DirectedTokenizer  # noqa: PLC0415 - slow

    if not DirectedTokenizer(start, back_way).has_languages:
        raise InputError(
            f"back_translated: the model {start} has no languages to choose from, so it cannot "
            f"translate {back_way.source} back into {back_way.target}"
        )


def _folder(work_folder: Path, rate: float) -> Path:
    return work_folder / f"rate_{rate:g}"


def _extended(course: TranslationCourse, work_folder: Path) -> "Extension | None":
    """The pretrained model with the letters it lacked; None for one from scratch, or unasked."""
    if not isinstance(course.start, Path) or not course.params.is_vocabulary_extended:
        return None
    from pipeline.translation.extension import extend_translator  # noqa: PLC0415 - imports torch

    return extend_translator(course.start, course.direction, course.pairs, work_folder / "start")


def _start_folder(course: TranslationCourse, work_folder: Path) -> Path:
    if isinstance(course.start, Path):
        return course.start
    from pipeline.translation.scratch import build_translator  # noqa: PLC0415 - imports torch

    folder = work_folder / "start"
    if not folder.is_dir():
        texts = [*course.pairs.sources, *course.pairs.targets]
        build_translator(course.start, course.direction, texts, folder, course.params.seed)
    return folder
