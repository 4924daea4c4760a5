"""`dutar`: one sub-command per stage, files in, files out, the same functions as the assets."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands import (
    aligners,
    distillation,
    evaluation,
    ratings,
    reading,
    scores,
    search,
    sites,
    store,
    synthesis,
    translation,
)
from pipeline.errors import DutarError, InputError
from pipeline.parameters import (
    AlignmentParams,
    CandidateMode,
    Margin,
    MiningParams,
    TextbookParams,
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From textbooks to a parallel corpus and a measured embedding model.",
)
app.add_typer(distillation.app)  # without a name its commands stand beside those below
app.add_typer(evaluation.app)
app.add_typer(aligners.app)
app.add_typer(scores.app)
app.add_typer(reading.app)
app.add_typer(search.app)
app.add_typer(translation.app)
app.add_typer(store.app)
app.add_typer(ratings.app, name="ratings")
app.add_typer(synthesis.app)
app.add_typer(sites.app, name="site")

SourceLanguage = Annotated[str, typer.Option("--source-lang", help="e.g. tuk_Latn")]
TargetLanguage = Annotated[str, typer.Option("--target-lang", help="e.g. rus_Cyrl")]
Model = Annotated[str, typer.Option(help="folder, hub id, embedded:e5-small or embedded:minilm")]


@app.command()
def doctor() -> None:
    """Tell what is missing on this machine, and how to get it."""
    from pipeline.doctor import examine  # noqa: PLC0415 - looks at heavy packages

    findings = examine()
    for finding in findings:
        mark = "ok     " if finding.is_fine else "MISSING"
        print(f"{mark} {finding.what}: {finding.details}")
    raise typer.Exit(0 if all(finding.is_fine for finding in findings) else 1)


@app.command()
def prepare() -> None:
    """Convert the embedded models into the cache; once."""
    from pipeline.encoders.embedded import EMBEDDED_NAMES, prepare_embedded  # noqa: PLC0415
    from pipeline.settings import model_cache  # noqa: PLC0415
    from pipeline.synthesis.generators.embedded import (  # noqa: PLC0415
        EMBEDDED_GENERATOR,
        prepare_embedded_generator,
    )

    for name in EMBEDDED_NAMES:
        prepare_embedded(name, model_cache())
        print(f"embedded:{name} is ready")
    prepare_embedded_generator(model_cache())
    print(f"embedded:{EMBEDDED_GENERATOR} is ready")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    from pipeline.recipe_files import recipe_schema  # noqa: PLC0415

    print(json.dumps(recipe_schema(), indent=2, ensure_ascii=False))


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="of the recipe, e.g. uzbek_russian")],
    focus: Annotated[str, typer.Option(help="the language served, e.g. uzn_Latn")],
    pivot: Annotated[list[str], typer.Option(help="paired with it; may be repeated")],
    inbox: Annotated[str | None, typer.Option(help="folder or URL of textbooks")] = None,
    bitext: Annotated[
        list[Path] | None,
        typer.Option(help=".tmx, .tsv, .po, .mo or line-parallel files; may be repeated"),
    ] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="replace an existing recipe")] = False,
) -> None:
    """Write a commented recipe to start from."""
    from pipeline.starter import Wishes, write_recipe  # noqa: PLC0415 - reads catalogues

    wishes = Wishes(name, focus, tuple(pivot), inbox, tuple(bitext or ()))
    print(f"wrote {write_recipe(wishes, may_replace=force)}; read its comments and fill it in")


@app.command()
def ocr(
    pdf: Path,
    lang: Annotated[str, typer.Option(help="e.g. tuk_Latn")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="pages with words, boxes and confidences")
    ] = False,
) -> None:
    """Print the text of a PDF, read from its text layer or by OCR."""
    from pipeline.textbooks.command import ocr_report, ocr_text  # noqa: PLC0415

    if as_json:
        print(json.dumps(ocr_report(pdf, lang, TextbookParams()), ensure_ascii=False, indent=1))
    else:
        print(ocr_text(pdf, lang, TextbookParams()))


@app.command()
def estimate(
    pdf: Path,
    language: Annotated[str, typer.Option(help="e.g. tuk_Latn")],
    pages: Annotated[int, typer.Option(help="to read for it, at most", min=6)] = 24,
) -> None:
    """Tell what a book will yield and cost, from some of its pages; it needs no sidecar."""
    from pipeline.textbooks.estimate import estimate_book, estimate_lines  # noqa: PLC0415

    def tell(done: int, total: int, message: str) -> None:
        print(f"{done}/{total} {message}", file=sys.stderr)

    for line in estimate_lines(pdf.name, estimate_book(pdf, language, pages, progress=tell)):
        print(line)


@app.command()
def align(
    source: Path,
    target: Path,
    source_lang: SourceLanguage,
    target_lang: TargetLanguage,
    model: Model = "embedded:e5-small",
) -> None:
    """Align two texts, one sentence a line; print beads such as `[0,1]:[0]`, 0-based."""
    from pipeline.alignment.commands.align import align_files  # noqa: PLC0415

    for line in align_files(source, target, source_lang, target_lang, model, AlignmentParams()):
        print(line)


@app.command()
def mine(  # noqa: PLR0913, PLR0917 - one for each argument of the command
    source: Path,
    target: Path,
    source_lang: SourceLanguage,
    target_lang: TargetLanguage,
    model: Model = "embedded:e5-small",
    neighbours: Annotated[int, typer.Option(help="k of the margin", min=1, max=16)] = 4,
    margin: Annotated[Margin, typer.Option(help="what the best neighbour has")] = "ratio",
    mode: Annotated[CandidateMode, typer.Option(help="whose choices are pairs")] = "union",
    min_margin: Annotated[float, typer.Option(help="least ratio margin of a pair", min=0)] = 0.9,
    exact_rows: Annotated[
        int, typer.Option(help="with more lines, search approximately")
    ] = 150_000,
    work: Annotated[
        Path | None, typer.Option(help="folder that a killed search resumes from")
    ] = None,
) -> None:
    """Find pairs in two heaps of sentences; print margin, cosine and 0-based lines, best first."""
    from pipeline.alignment.commands.mine import mine_files  # noqa: PLC0415
    from pipeline.alignment.mining.shards import ALONE, Workshop  # noqa: PLC0415
    from pipeline.storage import FolderMemo  # noqa: PLC0415

    params = MiningParams(
        neighbours=neighbours,
        margin=margin,
        mode=mode,
        min_margin=min_margin,
        min_characters=1,
        exact_rows=exact_rows,
    )
    workshop = Workshop(memo=FolderMemo(work)) if work else ALONE
    for line in mine_files(source, target, (source_lang, target_lang), model, params, workshop):
        print(line)


@app.command()
def encode(
    text: Path,
    model: Model,
    out: Annotated[Path, typer.Option(help=".npy, one float32 row a line of text", dir_okay=False)],
    lang: Annotated[str, typer.Option(help="language of the text; und: any")] = "und",
) -> None:
    """Write the vectors of a text, one sentence a line."""
    import numpy as np  # noqa: PLC0415

    from pipeline.encoders import load_encoder  # noqa: PLC0415
    from pipeline.languages import language  # noqa: PLC0415
    from pipeline.text.lines import read_lines  # noqa: PLC0415

    code = lang if lang == "und" else language(lang).code
    if not out.parent.is_dir():
        raise InputError(f"there is no folder {out.parent} to write {out.name} into")
    vectors = load_encoder(model).encode(read_lines(text), language=code)
    with out.open("wb") as file:  # given a name, numpy would add `.npy` to it
        np.save(file, vectors)
    print(f"{vectors.shape[0]} vectors of {vectors.shape[1]} dimensions in {out}")


def main() -> None:
    """Run `dutar`; a wrong input ends in one sentence and exit status 2."""
    try:
        app()
    except DutarError as error:
        print(f"dutar: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
