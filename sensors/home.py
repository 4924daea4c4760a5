"""Dagster's home: the folder that keeps runs over a restart, for one Dagster at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import settings
from pipeline.errors import InputError

LOCK_NAME = "in_use_by"


def prepare_home() -> Path:
    """Make the home if need be, and link the project's dagster.yaml into it."""
    home = settings.dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    link = home / "dagster.yaml"
    if not link.exists():
        link.unlink(missing_ok=True)  # a link that points nowhere
        link.symlink_to(settings.project_root() / "dagster.yaml")
    return home


@contextmanager
def sole_use(home: Path, what: str) -> Iterator[int]:
    """Hold the home while `what` runs; the lock goes with its processes, however they end.

    Yields:
        The lock's file descriptor: a child that inherits it holds the home even when this process
        is killed.

    Raises:
        InputError: another Dagster process holds it.
    """
    with (home / LOCK_NAME).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise InputError(
                f"{home} is in use by {lock.read().strip() or 'another Dagster process'}: stop it, "
                "or launch the job refresh_report from its UI, or set another DAGSTER_HOME"
            ) from error
        lock.truncate(0)
        lock.write(f"{what} (process {os.getpid()})")
        lock.flush()
        yield lock.fileno()
