"""Commands of `dutar ratings`: experts say how good the passages are that a model finds."""

import json
import sys
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from pipeline import settings
from pipeline.errors import InputError
from pipeline.parameters import CalibrationParams
from pipeline.settings import Connection
from pipeline.text.lines import read_lines

app = typer.Typer(
    no_args_is_help=True, help="Let experts rate, in Label Studio, the answers that a model finds."
)

Index = Annotated[Path, typer.Argument(help="folder that `dutar index` made")]


@app.command()
def push(
    folder: Index,
    questions: Annotated[Path, typer.Argument(help="JSON lines with `question`", dir_okay=False)],
    top: Annotated[int, typer.Option(help="passages of each question", min=1)] = 1,
    expert: Annotated[
        list[str] | None, typer.Option(help="who rates, default annotator_1; may be repeated")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="of the questions; else as the texts")] = None,
    model: Annotated[str | None, typer.Option(help="that made the index, if it was moved")] = None,
) -> None:
    """Send what an index finds for questions to experts; nothing is sent twice."""
    from pipeline.annotation.label_studio_ratings import RatingProjects  # noqa: PLC0415 - heavy
    from pipeline.annotation.ratings import list_answers  # noqa: PLC0415
    from pipeline.encoders import load_encoder  # noqa: PLC0415
    from pipeline.languages import language  # noqa: PLC0415
    from pipeline.passage_index import open_index  # noqa: PLC0415

    projects, index = RatingProjects(_connection()), open_index(folder)
    asked = _read_questions(questions)
    code = language(lang).code if lang else index.languages()[0]
    found = index.search(asked, load_encoder(model or index.model), language=code, k=top)
    experts = tuple(dict.fromkeys(expert or ["annotator_1"]))
    report = projects.push(list_answers(index, asked, found, code), experts, _tell)
    print(f"{report.pushed_count} answers sent to {', '.join(experts)};", end=" ")
    print(f"{report.known_count} were there already")


@app.command()
def pull(
    out: Annotated[
        Path | None, typer.Option(help="write the ratings here, as JSON lines", dir_okay=False)
    ] = None,
) -> None:
    """Fetch what experts said; print a JSON list of scores."""
    from pipeline.annotation.label_studio_ratings import RatingProjects  # noqa: PLC0415 - heavy
    from pipeline.annotation.ratings import write_ratings  # noqa: PLC0415

    ratings = RatingProjects(_connection()).pull()
    if out:
        write_ratings(ratings, out)
    _print_scores(ratings)


@app.command()
def score(
    ratings: Annotated[Path, typer.Argument(help="that `dutar ratings pull --out` wrote")],
) -> None:
    """Print a JSON list of the scores of ratings in a file."""
    from pipeline.annotation.ratings import read_ratings  # noqa: PLC0415 - heavy

    _print_scores(read_ratings(ratings))


def _read_questions(path: Path) -> list[str]:
    """Every question once, in order."""
    questions: dict[str, None] = {}
    for number, line in enumerate(read_lines(path), 1):
        try:
            questions[str(json.loads(line)["question"])] = None
        except (ValueError, LookupError, TypeError) as error:
            raise InputError(f"{path}, line {number} has no `question`: {error!r}") from error
    return list(questions)


def _connection() -> Connection:
    if connection := settings.label_studio():
        return connection
    raise InputError(
        "no Label Studio is known here: run `make label-studio`, or set DUTAR_LABEL_STUDIO_URL"
        " and DUTAR_LABEL_STUDIO_TOKEN"
    )


def _print_scores(ratings: pa.Table) -> None:
    from pipeline.annotation.rating_scores import score_ratings  # noqa: PLC0415 - heavy

    rejected_count = ratings.num_rows - ratings["reject_reason"].null_count
    print(f"{ratings.num_rows} ratings, {rejected_count} of them rejected", file=sys.stderr)
    scores = score_ratings(ratings, CalibrationParams())
    print(json.dumps(scores.to_pylist(), ensure_ascii=False, indent=1))


def _tell(done: int, total: int, message: str) -> None:
    print(f"{done} of {total} {message}", file=sys.stderr)
