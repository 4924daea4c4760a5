"""The command of `dutar` that measures OCR on a book whose text layer is sound."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import InputError
from pipeline.parameters import EvaluationParams, TextbookParams

app = typer.Typer()


@app.command()
def ocr_benchmark(
    pdf: Annotated[Path, typer.Argument(help="with a sound text layer")],
    lang: Annotated[str, typer.Option(help="e.g. tuk_Latn")],
    pages: Annotated[int, typer.Option(help="read again at most", min=1)] = 3,
) -> None:
    """Read pages again by every OCR model and in every font; tell the error rates."""
    from pipeline.evaluation.held_out.rereading_scores import (  # noqa: PLC0415 - heavy
        best_readers,
        score_rereadings,
    )
    from pipeline.textbooks.reader import read_pages  # noqa: PLC0415 - heavy
    from pipeline.textbooks.rereading import read_again  # noqa: PLC0415 - heavy

    reading, scoring = TextbookParams(), EvaluationParams()
    table = read_pages(pdf, lang, pdf.stem, reading)
    readings = {(pdf.stem, lang): read_again(pdf, lang, table, reading, pages)}
    if not readings[pdf.stem, lang]:
        raise InputError(f"{pdf.name} has no page with a sound {lang} text layer to compare with")
    print("| engine and model | page | measure | errors | 95 % | pages |\n" + "| --- " * 6 + "|")
    for row in score_rereadings(readings, scoring).to_pylist():
        print(
            f"| {row['model']} | {row['slice'] or 'as it is'} | {row['metric'].upper()} "
            f"| {row['value']:.2%} | [{row['ci_low']:.2%}, {row['ci_high']:.2%}] | {row['n']} |"
        )
    best = best_readers(readings, scoring)[lang]
    print(f"fewest errors on pages as they are: {best['model']}, CER {best['cer']:.2%}")
