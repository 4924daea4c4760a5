"""`dutar synthesize`: triplets for a language that has text and no translations."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def synthesize(  # noqa: PLR0913, PLR0917 - one for each argument of the command
    text: Annotated[Path, typer.Argument(help="running text, a paragraph a line")],
    lang: Annotated[str, typer.Option(help="of the text, e.g. tuk_Latn")],
    out: Annotated[Path, typer.Option(help="JSON lines of triplets", dir_okay=False)],
    written: Annotated[str, typer.Option(help="language to write in")] = "eng_Latn",
    strategy: Annotated[str, typer.Option(help="in_context, adapters or xl_lora")] = "in_context",
    model: Annotated[
        str, typer.Option(help="hub id, folder, embedded:smollm2, or a server's name")
    ] = "embedded:smollm2",
    endpoint: Annotated[str | None, typer.Option(help="of a server, up to /v1")] = None,
    adapters: Annotated[
        Path | None,
        typer.Option(help="folder with positive and negative, as of triplet_generators"),
    ] = None,
    teacher: Annotated[str, typer.Option(help="encoder that judges")] = "embedded:e5-small",
    count: Annotated[int, typer.Option(help="anchors", min=2)] = 100,
    max_new_tokens: Annotated[int, typer.Option(help="of an answer", min=1)] = 32,
    work: Annotated[
        Path | None, typer.Option(help="folder that a killed command resumes from")
    ] = None,
    *,
    chat: Annotated[
        bool, typer.Option("--chat", help="wrap prompts as a talk, for a chat model opened here")
    ] = False,
) -> None:
    """Write triplets: an anchor, a sentence that follows from it, one that contradicts it."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    from pipeline.errors import InputError  # noqa: PLC0415
    from pipeline.languages import language  # noqa: PLC0415
    from pipeline.parameters import (  # noqa: PLC0415
        AnchorParams,
        GenerationParams,
        TripletFilterParams,
    )
    from pipeline.synthesis.command import Order  # noqa: PLC0415
    from pipeline.synthesis.command import synthesize as carry_out  # noqa: PLC0415
    from pipeline.synthesis_sections import GeneratorSource, StrategyName  # noqa: PLC0415

    try:
        name: StrategyName = TypeAdapter(StrategyName).validate_python(strategy)
    except ValidationError as error:
        raise InputError(f"no strategy {strategy!r}: in_context, adapters or xl_lora") from error
    try:
        source = GeneratorSource(model=model, endpoint=endpoint, is_chat=chat)
    except ValidationError as error:
        raise InputError(
            f"--endpoint {endpoint}: wants an address such as http://127.0.0.1:8000/v1"
        ) from error
    order = Order(
        text=text,
        language=language(lang).code,
        written=language(written).code,
        strategy=name,
        source=source,
        adapters=adapters,
        teacher=teacher,
        anchors=AnchorParams(anchor_count=count),
        generation=GenerationParams(max_new_tokens=max_new_tokens),
        limits=TripletFilterParams(),
        work=work,
    )
    for line in carry_out(order, out, _told):
        print(line)


def _told(done: int, total: int, message: str) -> None:
    print(f"{done}/{total} {message}")
