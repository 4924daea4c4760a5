"""Programs of ours in a process of their own that speak Dagster Pipes to the run.

Pipes' messages come as lines of the program's standard output: in order, at once, without a file
to poll. The program also dies with the run, see `pipeline.child_process`, which the client that
Dagster brings (`PipesSubprocessClient`) does not see to when the run itself is killed.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_pipes import PIPES_PROTOCOL_VERSION_FIELD, PipesDefaultMessageWriter, PipesParams

from pipeline.child_process import run_heard
from pipeline.progress import Progress

_PROGRESS_METHOD = "report_custom_message"


def python_program(path: Path, *arguments: object) -> list[str]:
    """The command of a program by its file, so that no package is loaded but those it asks for."""
    return [sys.executable, "-P", "-u", str(path), *map(str, arguments)]


def run_piped(
    context: dg.AssetExecutionContext, command: Sequence[str], errors: Path, progress: Progress
) -> int:
    """Run a program and return its exit code, negative for a signal.

    Args:
        context: of the run; what the program logs through Pipes stands in its log.
        command: the program and its arguments. It speaks Pipes, finds how at the end of its command
            line, and reports progress by `piped_progress`; one process of it does.
        errors: file that takes its standard error.
        progress: hears what the program reports; if it raises, the program is killed.
    """
    messages = _Messages(progress)
    with dg.open_pipes_session(context, dg.PipesTempFileContextInjector(), messages) as session:
        pipes = chain.from_iterable(session.get_bootstrap_cli_arguments().items())
        return run_heard([*command, *pipes], errors, messages.hear)


class _Messages(dg.PipesMessageReader):
    """Hands on what a program says on its standard output: messages, progress and plain text."""

    expected_writer_count = 1  # said here too, for Dagster warns whoever relies on its default

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._handler: dg.PipesMessageHandler | None = None

    @contextmanager
    def read_messages(self, handler: dg.PipesMessageHandler) -> Iterator[PipesParams]:
        self._handler = handler
        yield {PipesDefaultMessageWriter.STDIO_KEY: PipesDefaultMessageWriter.STDOUT}

    def hear(self, line: str) -> None:
        """Deal with one line of output."""
        message = _message_in(line)
        if message is None:
            sys.stdout.write(line)  # of a library: shown among the step's output
        elif message["method"] == _PROGRESS_METHOD:
            said = message["params"]["payload"]
            self._progress(said["done"], said["total"], said["message"])
        elif self._handler is not None:
            self._handler.handle_message(message)

    def no_messages_debug_text(self) -> str:
        return "Messages were expected as lines of the program's standard output."


def _message_in(line: str) -> Any:  # noqa: ANN401 - a Pipes message, whose type Dagster keeps
    """The Pipes message that a line holds, or None."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) and PIPES_PROTOCOL_VERSION_FIELD in said else None
