"""`dutar`: one sub-command per stage, files in, files out, the same functions as the assets."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import DutarError, InputError
from pipeline.parameters import AlignmentParams, EvaluationParams, TextbookParams
from pipeline.settings import artefact_root
from pipeline.storage import Store

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From textbooks to a parallel corpus and a measured embedding model.",
)

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

    for name in EMBEDDED_NAMES:
        prepare_embedded(name, model_cache())
        print(f"embedded:{name} is ready")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    from pipeline.recipe import recipe_schema  # noqa: PLC0415

    print(json.dumps(recipe_schema(), indent=2, ensure_ascii=False))


@app.command()
def verify() -> None:
    """Read every stored artefact and name what is damaged, lost, or named by nothing."""
    problems = Store(artefact_root()).verify()
    for problem in problems:
        print(f"{problem.kind}: {problem.sentence}")
    raise typer.Exit(1 if any(one.kind != "unreferenced" for one in problems) else 0)


@app.command()
def gc(
    *, min_age_hours: Annotated[float, typer.Option(help="spare what is younger", min=0)] = 24
) -> None:
    """Remove stored files that no artefact names any more."""
    report = Store(artefact_root()).collect_garbage(min_age_hours * 3600, time.time())
    megabytes = report.removed_bytes / 1e6
    print(f"removed {report.removed_count} files ({megabytes:.1f} MB), kept {report.kept_count}")


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
def align(
    source: Path,
    target: Path,
    source_lang: SourceLanguage,
    target_lang: TargetLanguage,
    model: Model = "embedded:e5-small",
) -> None:
    """Align two texts, one sentence a line; print beads such as `[0,1]:[0]`, 0-based."""
    from pipeline.alignment.command import align_files  # noqa: PLC0415

    for line in align_files(source, target, source_lang, target_lang, model, AlignmentParams()):
        print(line)


@app.command()
def encode(
    text: Path,
    model: Model,
    out: Annotated[Path, typer.Option(help=".npy, one float32 row a line of text", dir_okay=False)],
    lang: Annotated[str, typer.Option(help="language of the text")] = "und",
) -> None:
    """Write the vectors of a text, one sentence a line."""
    import numpy as np  # noqa: PLC0415

    from pipeline.encoders import load_encoder  # noqa: PLC0415
    from pipeline.text.lines import read_lines  # noqa: PLC0415

    if not out.parent.is_dir():
        raise InputError(f"there is no folder {out.parent} to write {out.name} into")
    vectors = load_encoder(model).encode(read_lines(text), language=lang)
    with out.open("wb") as file:  # given a name, numpy would add `.npy` to it
        np.save(file, vectors)
    print(f"{vectors.shape[0]} vectors of {vectors.shape[1]} dimensions in {out}")


@app.command()
def evaluate(
    model: Model,
    bitext: Annotated[
        tuple[Path, Path] | None, typer.Option(help="two files, line n beside line n")
    ] = None,
    sts: Annotated[Path | None, typer.Option(help="TSV: sentence, sentence, score")] = None,
) -> None:
    """Score an encoder; print a JSON list of rows with value, n and interval."""
    from pipeline.evaluation.command import evaluate_bitext, evaluate_sts  # noqa: PLC0415

    params = EvaluationParams()
    if bitext and sts is None:
        rows = evaluate_bitext(model, *bitext, params)
    elif sts and bitext is None:
        rows = evaluate_sts(model, sts, params)
    else:
        raise InputError("give either --bitext A.txt B.txt or --sts FILE.tsv")
    print(json.dumps(rows, ensure_ascii=False, indent=1))


def main() -> None:
    """Run `dutar`; a wrong input ends in one sentence and exit status 2."""
    try:
        app()
    except DutarError as error:
        print(f"dutar: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
