"""What aligners are compared on: gold files, a bitext made into hard documents, or suites.

Reads files. Stands outside of the stages, for it joins three of them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.alignment.sentences.disturbed_documents import Disturbance, disturbed_documents
from pipeline.bitext_source import BitextSource
from pipeline.bitexts.guessing import guess_entries
from pipeline.bitexts.reading import read_bitext
from pipeline.errors import InputError
from pipeline.evaluation.suites.aligned import alignment_task
from pipeline.evaluation.suites.bitexts import retrieval_tasks
from pipeline.evaluation.tasks.alignment_f1 import AlignmentTask
from pipeline.recipe import Recipe
from pipeline.suite_entries import AlignmentSuite, BitextSuite
from pipeline.suites import open_suites
from pipeline.tables import kept

_Pairs = Sequence[tuple[str, str]]


def bitext_tasks(
    files: Sequence[Path],
    languages: tuple[str, str],
    disturbance: Disturbance,
    most_pairs: int,
    seed: int,
) -> list[AlignmentTask]:
    """Hard documents from files, a task for each bitext among them.

    Args:
        files: as `dutar init --bitext` takes them: .tmx, .tsv, .po, .mo, or line-parallel.
        languages: codes of source and target.
        disturbance: what is done to them.
        most_pairs: of a bitext that are taken, from its beginning.
        seed: of the disturbance.

    Raises:
        InputError: a file cannot be read, is of no known form, or lacks a language.
    """
    source, target = languages
    tasks = []
    for guess in guess_entries(files, source, [target]):
        entry = BitextSource.model_validate(guess.entry)
        pairs = kept(read_bitext(entry, source, [target], guess.name)).slice(0, most_pairs)
        columns = (pairs[name].to_pylist() for name in ("source_text", "target_text"))
        bitext = list(zip(*columns, strict=True))
        tasks.append(disturbed_task(guess.name, languages, bitext, disturbance, seed))
    return tasks


def recipe_tasks(
    recipe: Recipe, disturbance: Disturbance, most_pairs: int, seed: int
) -> list[AlignmentTask]:
    """The suites that a recipe names, those of role `test` excepted.

    Only what pairs the focus language with a pivot, either way round, is taken: alignment suites as
    they are, bitexts for retrieval made into hard documents.

    Raises:
        InputError: no suite is of use, or a file is missing.
    """
    tasks = list(_tasks_of_suites(recipe, disturbance, most_pairs, seed))
    if not tasks:
        raise InputError(
            f"recipe {recipe.name} names no suite for alignment or retrieval that pairs "
            f"{recipe.focus} with {' or '.join(recipe.pivots)}; give --gold or --bitext"
        )
    return tasks


def disturbed_task(
    name: str,
    languages: tuple[str, str],
    bitext: _Pairs,
    disturbance: Disturbance,
    seed: int,
) -> AlignmentTask:
    """Hard documents from pairs in reading order; see `disturbed_documents`.

    Raises:
        InputError: there are fewer than two pairs.
    """
    made = disturbed_documents(bitext, disturbance, seed)
    note = (
        f"made from {len(bitext)} pairs: {disturbance.deleted_fraction:.0%} left out and "
        f"{disturbance.merged_fraction:.0%} joined on either side, a chapter of "
        f"{disturbance.lost_chapter_fraction:.0%} lost, "
        f"{disturbance.character_error_fraction:.1%} of the source's letters misread"
    )
    return AlignmentTask(name, languages, made.sources, made.targets, made.gold, note)


def _tasks_of_suites(
    recipe: Recipe, disturbance: Disturbance, most_pairs: int, seed: int
) -> Iterator[AlignmentTask]:
    pairs_of_languages = [{recipe.focus, pivot} for pivot in recipe.pivots]
    for suite in open_suites(recipe.suites, are_test_sets_opened=False):
        if isinstance(suite, AlignmentSuite):
            task = alignment_task(suite)
            if {*task.languages} in pairs_of_languages:
                yield task
        elif isinstance(suite, BitextSuite) and suite.task == "retrieval" and not suite.is_hard:
            for texts in retrieval_tasks(suite):
                if {*texts.languages} in pairs_of_languages:
                    bitext = list(zip(texts.sources, texts.targets, strict=True))[:most_pairs]
                    yield disturbed_task(suite.name, texts.languages, bitext, disturbance, seed)
