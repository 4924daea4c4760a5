"""Start Dagster from a terminal: `python -m sensors run RECIPE`, `dev` or `validate`.

It stands above `dutar`, which knows nothing of Dagster.
"""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import dagster as dg
import typer
import yaml

from pipeline import settings
from pipeline.errors import DutarError
from pipeline.recipe_files import load_recipe, recipe_names
from pipeline.storage import Store
from sensors.driver import Goal
from sensors.home import prepare_home, sole_use
from sensors.jobs import DRIVER_JOBS
from sensors.leftovers import close_leftovers
from sensors.summary import summarise

# `dg launch`, which it recommends, wants a project laid out by `dg`
_KNOWN_WARNING = "ignore:Function `job_execute_command` is superseded"

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)


@app.command()
def run(
    recipe: Annotated[str, typer.Argument(help="name of a recipe, e.g. demo")],
    *,
    goal: Annotated[Goal, typer.Option(help="where to stop")] = Goal.REPORT,
    sample: Annotated[
        int | None, typer.Option(help="try it out: rows that each source gives at most", min=1)
    ] = None,
) -> None:
    """Drive a recipe to its goal and print what came of it."""
    name = recipe if sample is None else f"{recipe}_sample_{sample}"
    chosen = load_recipe(name)
    location = ["-d", str(settings.project_root()), "-m", "definitions", "-a", name]
    home = prepare_home()
    with sole_use(home, f"`python -m sensors run {name}`") as lock:
        _close_leftovers(home)
        code = _dagster("job", "execute", *location, "-j", DRIVER_JOBS[goal], held=(lock,))
    typer.echo(summarise(chosen, Store(settings.artefact_root())))
    if code:
        typer.echo("The run failed; the lines above say where. `make dev` shows it in the UI.")
    raise typer.Exit(code)


@app.command()
def dev(
    *,
    host: Annotated[str, typer.Option(help="address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="of the UI")] = 3000,
) -> None:
    """Open the Dagster UI with every recipe; runs survive a restart."""
    home = prepare_home()
    options = ("-w", _workspace(home), "-h", host, "-p", str(port))
    with sole_use(home, "`make dev`") as lock:
        _close_leftovers(home)
        raise typer.Exit(_dagster("dev", *options, held=(lock,)))


@app.command()
def validate() -> None:
    """Check that Dagster accepts what is built from every recipe."""
    raise typer.Exit(_dagster("definitions", "validate", "-w", _workspace(prepare_home())))


@app.command()
def recover() -> None:
    """End the runs that died with a Dagster that is no more, so that nothing waits for them."""
    home = prepare_home()
    with sole_use(home, "`python -m sensors recover`"):
        _close_leftovers(home)


def _close_leftovers(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        if count := close_leftovers(instance):
            typer.echo(f"{count} runs had died with the Dagster before this one; they were ended")


def _dagster(*arguments: str, held: tuple[int, ...] = ()) -> int:
    """Run a `dagster` command with the project's home and the locks it is held by; its status.

    The default handlers are put back first: a Dagster that inherits an ignored SIGINT, as from a
    shell's background job, cannot be stopped any more.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-W", _KNOWN_WARNING, "-m", "dagster", *arguments],
        env=settings.environment_of_dagster(),
        cwd=settings.project_root(),
        pass_fds=held,
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the terminal's Ctrl-C reached Dagster as well: let it close its runs


def _workspace(home: Path) -> str:
    """Write a workspace file with one code location per recipe; its path."""
    locations = [{"python_module": _location(name)} for name in recipe_names()]
    path = home / "workspace.yaml"
    path.write_text(yaml.safe_dump({"load_from": locations}), encoding="utf-8")
    return str(path)


def _location(recipe_name: str) -> dict[str, str]:
    return {
        "module_name": "definitions",
        "attribute": recipe_name,
        "location_name": recipe_name,
        "working_directory": str(settings.project_root()),
    }


def main() -> None:
    """Run the command; a wrong input ends in one sentence, not in a traceback."""
    try:
        app()
    except DutarError as error:
        typer.echo(f"{error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
