"""The command of `dutar` that translates."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def translate(
    model: Annotated[str, typer.Argument(help="a translation model: folder or hub id")],
    source_lang: Annotated[str, typer.Argument(help="of the lines, e.g. tuk_Latn, or tuk")],
    target_lang: Annotated[str, typer.Argument(help="of the translations, e.g. rus_Cyrl, or rus")],
    text: Annotated[Path | None, typer.Option(help="file to read; else standard input")] = None,
    out: Annotated[Path | None, typer.Option(help="file to write; else standard output")] = None,
    beams: Annotated[int, typer.Option(help="of the search; 1 is fastest", min=1, max=16)] = 4,
) -> None:
    """Translate a file or standard input, a sentence a line; a line for each comes out."""
    from pipeline.commands.scores import full_code  # noqa: PLC0415 - what follows is heavy
    from pipeline.encoders import resolve_model_folder  # noqa: PLC0415
    from pipeline.errors import InputError  # noqa: PLC0415
    from pipeline.text.lines import decoded_lines, read_lines  # noqa: PLC0415
    from pipeline.translation.translating import translate_texts  # noqa: PLC0415
    from pipeline.translation_directions import Direction  # noqa: PLC0415

    direction = Direction.between(full_code(source_lang), full_code(target_lang))
    lines = read_lines(text) if text else decoded_lines(sys.stdin.buffer.read(), "standard input")
    if out and not out.parent.is_dir():
        raise InputError(f"there is no folder {out.parent} to write {out.name} into")
    said = translate_texts(resolve_model_folder(model), direction, lines, beams, _tell)
    written = "".join(f"{line}\n" for line in said)
    if out:
        out.write_text(written, encoding="utf-8")
    else:
        print(written, end="")


def _tell(done: int, total: int, message: str) -> None:
    print(f"{done} of {total} {message}", file=sys.stderr)
