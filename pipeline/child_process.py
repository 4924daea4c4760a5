"""Programs of ours in a process of their own, heard while they work.

The child prints its progress as JSON lines, writes its last words to standard error, and ends when
its standard input closes, which it does when whoever started it is gone.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.progress import Progress

_LAST_LINES = 12


def run_child(command: Sequence[str], errors: Path, progress: Progress) -> int:
    """Run a program to its end and return its exit code, negative for a signal.

    Args:
        command: the program and its arguments.
        errors: file that takes its standard error.
        progress: hears what the program says; if it raises, the program is killed.
    """
    return run_heard(command, errors, lambda line: _relay(line, progress))


def run_heard(command: Sequence[str], errors: Path, hear: Callable[[str], None]) -> int:
    """Run a program to its end, whatever it says, and return its exit code, negative for a signal.

    Args:
        command: the program and its arguments.
        errors: file that takes its standard error.
        hear: hears each line of its standard output at once; if it raises, the program is killed.
    """
    with (
        errors.open("wb") as error_file,
        subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=error_file,
            text=True,
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                hear(line)
        except BaseException:
            process.kill()  # the listener failed or was interrupted: nobody waits any more
            raise
    return process.returncode


def last_words(errors: Path) -> str:
    """The end of what a child wrote to its standard error."""
    text = errors.read_text(encoding="utf-8", errors="replace").strip()
    return "\n".join(text.splitlines()[-_LAST_LINES:])


def print_progress(done: int, total: int, message: str) -> None:
    """In the child: report to whoever started it."""
    sys.stdout.write(json.dumps({"done": done, "total": total, "message": message}) + "\n")
    sys.stdout.flush()


def end_with_parent() -> None:
    """In the child: from now on, end at once when whoever started it is gone."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _relay(line: str, progress: Progress) -> None:
    said = json.loads(line)
    progress(said["done"], said["total"], said["message"])


def _wait_for_the_end() -> None:
    # os.read, for a thread inside sys.stdin holds a lock that the interpreter wants at its end
    while os.read(0, 1):
        pass
    os._exit(1)  # a child's files are whole at any moment; nothing else needs tidying
