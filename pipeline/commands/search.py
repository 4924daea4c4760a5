"""Commands of `dutar` that search documents by meaning."""

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import InputError

app = typer.Typer()

Index = Annotated[Path, typer.Argument(help="folder that `dutar index` made")]


@app.command()
def index(
    text: Annotated[list[Path], typer.Argument(help="plain texts, a paragraph a line")],
    lang: Annotated[str, typer.Option(help="of the texts, e.g. tuk_Latn")],
    out: Annotated[Path, typer.Option(help="folder to be made")],
    model: Annotated[
        str, typer.Option(help="folder, hub id, embedded:e5-small or embedded:minilm")
    ] = "embedded:e5-small",
    heading: Annotated[
        str, typer.Option(help="regular expression of a line that begins a section")
    ] = "",
    first_line: Annotated[int, typer.Option(help="what stands before is left out", min=1)] = 1,
) -> None:
    """Cut texts into passages and encode them, for `dutar search`."""
    from pipeline.encoders import EmbeddingCache, load_encoder  # noqa: PLC0415 - this is heavy
    from pipeline.languages import language  # noqa: PLC0415
    from pipeline.passage_index import Document, build_index  # noqa: PLC0415
    from pipeline.settings import embedding_cache  # noqa: PLC0415
    from pipeline.text.lines import read_lines  # noqa: PLC0415
    from pipeline.text.passages import line_paragraphs  # noqa: PLC0415

    code = language(lang).code
    documents = []
    for name, path in zip(_names(text), text, strict=True):
        numbered = [(str(number), line) for number, line in enumerate(read_lines(path), 1)]
        try:
            paragraphs = line_paragraphs(numbered[first_line - 1 :], heading)
        except re.error as error:
            raise InputError(f"--heading {heading!r} is no regular expression: {error}") from error
        documents.append(Document(name, code, paragraphs))
    encoder = load_encoder(model, cache=EmbeddingCache(embedding_cache()))  # a rerun goes on
    built = build_index(out, documents, _lasting(model), encoder, _tell)
    count, dimension = built.vectors.shape
    print(f"{count} passages of {len(documents)} texts, {dimension} dimensions, in {out}")


@app.command()
def search(
    folder: Index,
    question: str,
    *,
    top: Annotated[int, typer.Option(help="passages shown", min=1)] = 5,
    lang: Annotated[str | None, typer.Option(help="of the question; else as the texts")] = None,
    model: Annotated[str | None, typer.Option(help="that made the index, if it was moved")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="a JSON list of passages")] = False,
) -> None:
    """Find the passages that answer a question: cosine, document:lines, text."""
    from pipeline.encoders import load_encoder  # noqa: PLC0415 - this is heavy
    from pipeline.languages import language  # noqa: PLC0415
    from pipeline.passage_index import open_index  # noqa: PLC0415

    opened = open_index(folder)
    code = language(lang).code if lang else opened.languages()[0]
    encoder = load_encoder(model or opened.model)
    (hits,) = opened.search([question], encoder, language=code, k=top)
    if as_json:
        print(json.dumps([hit._asdict() for hit in hits], ensure_ascii=False, indent=1))
        return
    for hit in hits:
        places = dict.fromkeys((hit.first_place, hit.last_place))
        print(f"{hit.cosine:.3f} {hit.document}:{'-'.join(places)}\n{hit.text}\n")


def _names(paths: Sequence[Path]) -> list[str]:
    """Names of files; those that two of them share, as they were given."""
    count = Counter(path.name for path in paths)
    return [path.name if count[path.name] == 1 else str(path) for path in paths]


def _lasting(model: str) -> str:
    """A model's name that is good in other working folders too."""
    folder = Path(model).expanduser()
    return str(folder.resolve()) if folder.is_dir() else model


def _tell(done: int, total: int, message: str) -> None:
    print(f"{done} of {total} {message}", file=sys.stderr)
