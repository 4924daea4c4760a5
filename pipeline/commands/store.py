"""The commands of `dutar` that look at the store or change it: its health, its past, its people."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline import backup as backups
from pipeline import releases as released
from pipeline import settings
from pipeline.errors import InputError
from pipeline.quarantine import parse_address, quarantined, rejected_rows, try_again
from pipeline.recipe_files import load_recipe, recipe_names
from pipeline.storage import Store

app = typer.Typer()

RecipeName = Annotated[str, typer.Option(help="name of the recipe")]
Archive = Annotated[Path, typer.Argument(help="such as dutar.tar.gz", dir_okay=False)]


@app.command()
def verify() -> None:
    """Read every stored artefact and name what is damaged, lost, or named by nothing."""
    problems = _store().verify()
    for problem in problems:
        print(f"{problem.kind}: {problem.sentence}")
    raise typer.Exit(1 if any(one.kind != "unreferenced" for one in problems) else 0)


@app.command()
def gc(
    *, min_age_hours: Annotated[float, typer.Option(help="spare what is younger", min=0)] = 24
) -> None:
    """Remove stored files that no artefact names any more."""
    report = _store().collect_garbage(min_age_hours * 3600, time.time())
    megabytes = report.removed_bytes / 1e6
    print(f"removed {report.removed_count} files ({megabytes:.1f} MB), kept {report.kept_count}")


@app.command()
def quarantine(
    artefact: Annotated[
        str | None, typer.Argument(help="RECIPE/ASSET[/PARTITION], to see its rejected rows")
    ] = None,
    *,
    recipe: RecipeName = "demo",
    rows: Annotated[int, typer.Option(help="of the artefact, at most", min=1)] = 20,
    retry: Annotated[
        bool, typer.Option("--retry", help="withdraw the artefact; the next run makes it anew")
    ] = False,
) -> None:
    """List what was set aside and why: refused artefacts, rows by reason."""
    store = _store()
    address = parse_address(artefact) if artefact else None
    if retry:
        if address is None:
            raise InputError("name the artefact to try again, as RECIPE/ASSET[/PARTITION]")
        try_again(store, address)
        print(f"{address} is withdrawn; the next run makes it anew")
        return
    found = quarantined(store, address.recipe if address else recipe)
    shown = [one for one in found if address in {None, one.address}]
    for one in shown:
        print(one)
    if address and any(one.count for one in shown):
        for row in rejected_rows(store, address, rows):
            print(row)


@app.command()
def backup(archive: Archive) -> None:
    """Put artefacts, runs, reviews, recipes, inboxes and releases into one new file."""
    for name, count in backups.back_up(_folders(), archive).items():
        print(f"{name}: {count:,} files")
    print(f"wrote {archive} ({archive.stat().st_size / 1e6:.1f} MB); keep it secret and elsewhere")


@app.command()
def restore(archive: Archive) -> None:
    """Bring a backup back into folders that are empty or not there."""
    recipes = settings.recipe_folder()
    counts = dict(backups.restore(archive, {"recipes": recipes}))
    folders = _folders()  # of the recipes that have just come back
    if homeless := set(backups.contents(archive)) - folders.keys():
        raise InputError(f"no recipe tells where to restore {', '.join(sorted(homeless))}")
    del folders["recipes"]
    counts |= backups.restore(archive, folders)
    for name, count in counts.items():
        print(f"{name}: {count:,} files in {(folders | {'recipes': recipes})[name]}")
    for pointer in released.point_again(_store(), settings.release_folder()):
        print(f"released: {pointer}")
    print("now run `dutar verify`")


@app.command()
def release(
    *,
    recipe: RecipeName = "demo",
    to: Annotated[
        str | None, typer.Option(help="first digits of an earlier version's hash; else the newest")
    ] = None,
) -> None:
    """Point people to a model that passed its gates, and print where it is."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    model = released.releasable(_store(), recipe, to)
    print(released.release(model, settings.release_folder(), now))


@app.command()
def releases(*, recipe: RecipeName = "demo") -> None:
    """List the versions of a recipe's model, and which of them people were given when."""
    given = released.history(settings.release_folder(), recipe)
    for one in given:
        is_current = one is given[-1]
        mark = "  (current)" if is_current else ""
        print(f"{one.content_hash[: released.HASH_DIGITS]}  released {one.released_at}{mark}")
    known = {one.content_hash for one in given}
    for version in _store().versions(recipe, released.RELEASES):
        if version.content_hash not in known:
            state = "refused" if version.is_refused else "not released"
            print(f"{version.content_hash[: released.HASH_DIGITS]}  {state}")


@app.command("trace")
def trace_pair(pair_id: str, *, recipe: RecipeName = "demo") -> None:
    """Print a pair with its scores, its licence, and where its texts stand."""
    from pipeline.corpus.command import trace_lines  # noqa: PLC0415

    for line in trace_lines(_store(), recipe, pair_id):
        print(line)


@app.command()
def uses(source: str, *, recipe: RecipeName = "demo") -> None:
    """Name every corpus version and model that a document or source went into."""
    from pipeline.corpus.command import uses_lines  # noqa: PLC0415

    for line in uses_lines(_store(), recipe, source):
        print(line)


def _store() -> Store:
    return Store(settings.artefact_root())


def _folders() -> dict[str, Path]:
    """What a backup holds, by name; a folder that recipes share, under the first one's."""
    root = settings.artefact_root()
    if "://" in root:
        raise InputError(f"the store is at {root}: back it up with that service's own means")
    folders = {
        "recipes": settings.recipe_folder(),
        "store": Path(root),
        "dagster": settings.dagster_home(),
        "label-studio": settings.label_studio_folder(),
        "releases": settings.release_folder(),
    }
    for name in recipe_names():
        recipe = load_recipe(name)
        for kind, folder in (
            ("inbox", recipe.inbox_folder),
            ("reviews", recipe.annotation.reviews),
        ):
            if folder and folder not in folders.values():
                folders[f"{kind}-{name}"] = folder
    return folders
