"""The command of `dutar` that scores a bitext which exists already."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.thresholds import Threshold

app = typer.Typer()

_SIDES = 2
_SEED = 13


@app.command()
def score(  # noqa: PLR0913 - one for each argument of the command
    bitext: Annotated[
        list[Path],
        typer.Argument(help="two texts, line by line translations; or one .tsv, .tmx, .po or .mo"),
    ],
    source_lang: Annotated[str, typer.Option(help="e.g. tuk_Latn, or tuk")],
    target_lang: Annotated[str, typer.Option(help="e.g. eng_Latn, or eng")],
    *,
    model: Annotated[
        str, typer.Option(help="folder, hub id, embedded:e5-small or embedded:minilm")
    ] = "embedded:e5-small",
    target_precision: Annotated[
        float, typer.Option(help="wanted among the kept pairs", min=0, max=1)
    ] = 0.95,
    calibration: Annotated[
        Path | None,
        typer.Option(help="Parquet of the asset `calibration`; else learnt from the bitext"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help=".parquet with everything known")] = None,
) -> None:
    """Print cosine, margin and probability of every pair; on stderr, the threshold to take."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - this and the following are heavy

    from pipeline.alignment.commands.score import score_bitext, score_lines  # noqa: PLC0415
    from pipeline.encoders import EmbeddingCache, load_encoder  # noqa: PLC0415
    from pipeline.settings import embedding_cache  # noqa: PLC0415

    pairs = read_files(bitext, full_code(source_lang), full_code(target_lang))
    models = _read_calibration(calibration) if calibration else None
    encoder = load_encoder(model, cache=EmbeddingCache(embedding_cache()))
    scored = score_bitext(pairs, encoder, models, _SEED)
    if out:
        if not out.parent.is_dir():
            raise InputError(f"there is no folder {out.parent} to write {out.name} into")
        pq.write_table(scored, out)
    else:
        print(*score_lines(scored), sep="\n")
    for line in _advice(scored, target_precision):
        print(line, file=sys.stderr)


def read_files(paths: list[Path], source: str, target: str) -> "pa.Table":
    """The pairs of two line-parallel texts, or of one file with both sides.

    Args:
        paths: two texts, or one .tsv, .tmx, .po or .mo.
        source: language code.
        target: language code.

    Returns:
        Table of schema `BITEXT_PAIRS`.
    """
    from pipeline.bitext_source import BitextSource  # noqa: PLC0415
    from pipeline.bitexts.guessing import guess_entries  # noqa: PLC0415 - reads catalogues
    from pipeline.bitexts.reading import read_bitext  # noqa: PLC0415

    if len(paths) > _SIDES:
        raise InputError(f"{len(paths)} files: give two texts, or one file with both sides")
    stated = {"licence": "unknown", "provenance": "unknown"}
    entry: dict[str, Any]
    if len(paths) == _SIDES:
        files = zip((source, target), (str(path.resolve()) for path in paths), strict=True)
        entry = {"files": dict(files), **stated}
    else:
        entry = dict(guess_entries([paths[0].resolve()], source, [target])[0].entry)
    return read_bitext(BitextSource.model_validate(entry), source, [target], "bitexts/scored")


def _read_calibration(path: Path) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    from pipeline.tables import CALIBRATION  # noqa: PLC0415

    try:
        return pq.read_table(path).select(CALIBRATION.names).cast(CALIBRATION)
    except (OSError, KeyError, ValueError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} is no calibration: {error}") from error


def full_code(name: str) -> str:
    """The full code; where a language is known in several scripts, that of the first."""
    from pipeline.languages import language, language_codes  # noqa: PLC0415 - reads the registry

    found = [code for code in language_codes() if code.split("_")[0] == name]
    return found[0] if found else language(name).code


def _advice(scored: "pa.Table", target_precision: float) -> Iterator[str]:
    from pipeline.thresholds import threshold_for, threshold_for_f1  # noqa: PLC0415 - heavy

    known = scored["probability"].drop_null().to_numpy()
    wanted = {
        f"precision {target_precision:g}": threshold_for(target_precision, known),
        "best F1": threshold_for_f1(known),
    }
    for name, chosen in wanted.items():
        yield f"{name}: {_told(chosen, len(known))}"


def _told(chosen: "Threshold", count: int) -> str:
    if chosen.precision is None:
        return "no threshold reaches it"
    found = chosen.precision
    return (
        f"keep probabilities from {chosen.value:.4f}: {chosen.kept_count:,} of {count:,} pairs, "
        f"{found.value:.3f} of them correct [{found.ci_low:.3f}, {found.ci_high:.3f}], "
        f"{chosen.yield_fraction:.3f} of all correct ones"
    )
