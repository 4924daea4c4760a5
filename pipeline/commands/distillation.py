"""The commands of `dutar` that make a student of a bitext, and merge its adapters."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.scores import full_code, read_files
from pipeline.parameters import DistillationParams

app = typer.Typer()

_DEFAULTS = DistillationParams()


@app.command()
def distil(  # noqa: PLR0913 - one for each argument of the command
    bitext: Annotated[
        list[Path],
        typer.Argument(help="two texts, line by line translations; or one .tsv, .tmx, .po or .mo"),
    ],
    source_lang: Annotated[str, typer.Option(help="the language served, e.g. tuk_Latn, or tuk")],
    target_lang: Annotated[str, typer.Option(help="the teacher's, e.g. eng_Latn, or eng")],
    out: Annotated[Path, typer.Option(help="folder of the student; must not be there yet")],
    *,
    start: Annotated[
        str, typer.Option(help="model that becomes the student: folder, hub id, embedded:NAME")
    ] = "embedded:e5-small",
    teacher: Annotated[str, typer.Option(help="likewise")] = "embedded:e5-small",
    objective: Annotated[
        str, typer.Option(help="mse, cosine, mnr, kl, joined by +")
    ] = "mse+mnr+kl",
    balance: Annotated[
        float,
        typer.Option(help="weight of the language served against the teacher's", min=0, max=1),
    ] = _DEFAULTS.balance,
    retention_floor: Annotated[
        float, typer.Option(help="of the teacher's language that must be kept", min=0, max=1)
    ] = _DEFAULTS.retention_floor,
    epochs: Annotated[int, typer.Option(help="passes over the pairs", min=1)] = _DEFAULTS.epochs,
    learning_rate: Annotated[float, typer.Option(help="peak", min=0)] = _DEFAULTS.learning_rate,
    seed: Annotated[int, typer.Option(min=0)] = _DEFAULTS.seed,
    frequent_words: Annotated[
        int, typer.Option(help="of the teacher's language, kept in the vocabulary", min=0)
    ] = 100_000,
    work: Annotated[
        Path | None, typer.Option(help="folder that a killed training resumes from [OUT.work]")
    ] = None,
) -> None:
    """Teach a model a language from translations; print the student's sizes and counts as JSON."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - this and the rest are heavy

    from pipeline.distillation.command import Wishes  # noqa: PLC0415
    from pipeline.distillation.command import distil as make_student  # noqa: PLC0415
    from pipeline.encoders import (  # noqa: PLC0415
        EmbeddingCache,
        load_encoder,
        resolve_model_folder,
    )
    from pipeline.errors import InputError  # noqa: PLC0415
    from pipeline.parameters import Objective  # noqa: PLC0415
    from pipeline.settings import embedding_cache  # noqa: PLC0415

    try:
        TypeAdapter(Objective).validate_python(objective)
    except ValidationError as error:
        raise InputError(f"--objective {objective}: {error.errors()[0]['msg']}") from error
    params = DistillationParams(
        balance=balance,
        retention_floor=retention_floor,
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
    )
    pairs = read_files(bitext, full_code(source_lang), full_code(target_lang))
    wishes = Wishes(resolve_model_folder(start), objective, params, frequent_words)
    encoder = load_encoder(teacher, cache=EmbeddingCache(embedding_cache()))
    work = work or out.with_name(f"{out.name}.work")
    taught = make_student(pairs, encoder, wishes, out, work, _tell)
    print(json.dumps(taught.facts, indent=1))
    print(f"the student is in {out}; {work} is needed no more", file=sys.stderr)


@app.command(name="merge-adapter")
def merge_adapter(
    student: Annotated[Path, typer.Argument(help="folder of a student", file_okay=False)],
    name: Annotated[str, typer.Argument(help="of an adapter in its folder `adapters`")],
    out: Annotated[Path, typer.Argument(help="folder of the merged model; must not be there yet")],
) -> None:
    """Write a student that has one of its task adapters inside its weights."""
    from pipeline.distillation.task_adapters import merge_task_adapter  # noqa: PLC0415 - heavy

    merge_task_adapter(student, name, out)
    print(f"the student with its adapter {name} is in {out}")


def _tell(done: int, total: int, message: str) -> None:
    print(f"{done} of {total}: {message}", file=sys.stderr)
