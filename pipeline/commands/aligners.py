"""The command of `dutar` that ranks encoders as aligners."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import InputError
from pipeline.parameters import AlignmentParams, EvaluationParams

app = typer.Typer()

_SEED = 13


@app.command()
def compare_aligners(  # noqa: PLR0913 - one for each option of the command
    model: Annotated[
        list[str],
        typer.Option(help="folder, hub id, embedded:e5-small or embedded:minilm; may be repeated"),
    ],
    *,
    gold: Annotated[
        tuple[Path, Path, Path] | None,
        typer.Option(help="two texts, a sentence a line, and beads such as [0,1]:[0]"),
    ] = None,
    bitext: Annotated[
        list[Path] | None,
        typer.Option(
            help="made into hard documents; .tmx, .tsv, .po, .mo or line-parallel; may be repeated"
        ),
    ] = None,
    recipe: Annotated[str | None, typer.Option(help="whose suites are taken")] = None,
    source_lang: Annotated[str | None, typer.Option(help="of --gold or --bitext")] = None,
    target_lang: Annotated[str | None, typer.Option(help="likewise")] = None,
    most_pairs: Annotated[int, typer.Option(help="of a bitext", min=20)] = 1000,
    deleted: Annotated[float, typer.Option(help="share left out a side", min=0, max=0.9)] = 0.1,
    misread: Annotated[float, typer.Option(help="share of source letters", min=0, max=0.5)] = 0.0,
    with_cost: Annotated[bool, typer.Option("--cost/--no-cost", help="time the encoders")] = True,
    out: Annotated[Path | None, typer.Option(help="Markdown file", dir_okay=False)] = None,
) -> None:
    """Rank encoders by how well their vectors align documents; print Markdown tables.

    The gold is yours (--gold), or known because documents were made from a bitext (--bitext), or
    that of a recipe's suites (--recipe). Give one of the three.
    """
    from pipeline.aligner_comparison.comparison import compare_encoders  # noqa: PLC0415 - what follows is heavy
    from pipeline.aligner_comparison.report import comparison_report  # noqa: PLC0415
    from pipeline.aligner_comparison.tasks import bitext_tasks, recipe_tasks  # noqa: PLC0415
    from pipeline.alignment.sentences.disturbed_documents import Disturbance  # noqa: PLC0415
    from pipeline.encoders import EmbeddingCache  # noqa: PLC0415
    from pipeline.evaluation.suites.aligned import read_alignment_task  # noqa: PLC0415
    from pipeline.recipe_files import load_recipe  # noqa: PLC0415
    from pipeline.settings import embedding_cache  # noqa: PLC0415

    if [bool(gold), bool(bitext), bool(recipe)].count(True) != 1:
        raise InputError("give one of --gold SOURCE TARGET BEADS, --bitext FILE and --recipe NAME")
    disturbance = Disturbance(deleted_fraction=deleted, character_error_fraction=misread)
    if recipe:
        tasks = recipe_tasks(load_recipe(recipe), disturbance, most_pairs, _SEED)
    elif gold:
        source, target, beads = map(str, gold)
        languages = _both(source_lang, target_lang)
        tasks = [read_alignment_task(gold[0].stem, languages, (source, target), beads)]
    else:
        languages = _both(source_lang, target_lang)
        tasks = bitext_tasks(bitext or [], languages, disturbance, most_pairs, _SEED)
    compared = compare_encoders(
        tasks,
        model,
        AlignmentParams(),
        cache=EmbeddingCache(embedding_cache()),
        with_cost=with_cost,
        progress=_tell,
    )
    text = comparison_report(tasks, compared, EvaluationParams())
    print(text, end="")
    if out:
        out.write_text(text, encoding="utf-8")


def _both(source: str | None, target: str | None) -> tuple[str, str]:
    from pipeline.languages import language  # noqa: PLC0415 - reads a catalogue

    if not (source and target):
        raise InputError("--gold and --bitext need --source-lang and --target-lang")
    return language(source).code, language(target).code


def _tell(done: int, total: int, message: str) -> None:
    print(f"{done + 1} of {total}: {message}", file=sys.stderr)
