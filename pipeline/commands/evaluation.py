"""Commands of `dutar` that measure models."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import InputError
from pipeline.parameters import EvaluationParams

app = typer.Typer()


@app.command()
def suites() -> None:
    """List the evaluation suites that recipes and `dutar evaluate` can name."""
    from pipeline.suites import load_suites  # noqa: PLC0415 - reads files

    for one in load_suites(["*"]):
        print(f"{one.name:<28}{one.task:<16}{one.role:<6}{one.title}")


@app.command()
def evaluate(
    model: Annotated[
        list[str],
        typer.Option(help="folder, hub id, embedded:NAME, bm25, tfidf or length; may be repeated"),
    ],
    suite: Annotated[
        list[str] | None, typer.Option(help="of `dutar suites`, or a pattern; may be repeated")
    ] = None,
    bitext: Annotated[
        tuple[Path, Path] | None, typer.Option(help="two files, line n beside line n")
    ] = None,
    sts: Annotated[Path | None, typer.Option(help="TSV: sentence, sentence, score")] = None,
    table: Annotated[
        Path | None, typer.Option(help="write suites as Markdown here", dir_okay=False)
    ] = None,
    *,
    final: Annotated[
        bool, typer.Option("--final", help="open test sets too: once, at the very end")
    ] = False,
) -> None:
    """Score models; print a JSON list of rows with value, n and interval.

    With several models, the others are compared with the first.
    """
    params = EvaluationParams(are_test_sets_opened=final)
    if [bool(suite), bool(bitext), bool(sts)].count(True) != 1:
        raise InputError("give one of --suite NAME, --bitext A.txt B.txt and --sts FILE.tsv")
    if suite:
        rows = _on_suites(suite, model, params, table)
    else:
        rows = [row for one in model for row in _on_files(one, bitext, sts, params)]
    print(json.dumps(rows, ensure_ascii=False, indent=1))


@app.command()
def cost(
    model: Annotated[
        list[str], typer.Option(help="as above, or an export's .onnx file; may be repeated")
    ],
    text: Annotated[Path, typer.Option(help="sentences as users will encode, one a line")],
    cores: Annotated[int, typer.Option(help="CPU cores to use", min=1)] = 1,
) -> None:
    """Time models in a process of their own; print a JSON list with speed, memory and size."""
    from pipeline.evaluation.cost.passes import Request  # noqa: PLC0415
    from pipeline.evaluation.cost.rows import cost_rows  # noqa: PLC0415 - heavy
    from pipeline.text.lines import read_lines  # noqa: PLC0415

    texts = tuple(dict.fromkeys(line.strip() for line in read_lines(text) if line.strip()))
    rows = [row for one in model for row in cost_rows(Request(one, texts, core_count=cores), _tell)]
    print(json.dumps(rows, ensure_ascii=False, indent=1))


def _on_files(
    model: str, bitext: tuple[Path, Path] | None, sts: Path | None, params: EvaluationParams
) -> list[dict[str, Any]]:
    from pipeline.evaluation.command import evaluate_bitext, evaluate_sts  # noqa: PLC0415 - heavy

    if bitext:
        return evaluate_bitext(model, *bitext, params)
    return evaluate_sts(model, sts, params) if sts else []


def _on_suites(
    patterns: list[str], models: list[str], params: EvaluationParams, table: Path | None
) -> list[dict[str, Any]]:
    from pipeline import settings  # noqa: PLC0415 - what follows is heavy
    from pipeline.aligner_comparison.suites import align_task  # noqa: PLC0415
    from pipeline.encoders import EmbeddingCache  # noqa: PLC0415
    from pipeline.evaluation.suites.command import evaluate_suites  # noqa: PLC0415
    from pipeline.evaluation.suites.results import markdown_results  # noqa: PLC0415
    from pipeline.measurements import software_versions  # noqa: PLC0415
    from pipeline.suites import load_suites  # noqa: PLC0415

    scores, _ = evaluate_suites(
        patterns,
        models,
        params,
        cache=EmbeddingCache(settings.embedding_cache()),
        align=align_task,
        progress=_tell,
    )
    if table:
        options = [f"--suite '{one}'" for one in patterns] + [f"--model {one}" for one in models]
        facts = {
            "command": f"`dutar evaluate {' '.join(options)}`",
            "intervals": f"95 %, seed {params.seed}, {params.bootstrap_count} resamples",
            "marks": f"+ better and - worse than {models[0]}, p < .05 after Holm's correction",
            "software": software_versions(),
        }
        table.write_text(markdown_results(scores, load_suites(patterns), facts), encoding="utf-8")
    rows: list[dict[str, Any]] = scores.to_pylist()
    return rows


def _tell(done: int, total: int, message: str) -> None:
    print(f"{done + 1} of {total}: {message}", file=sys.stderr)
