"""`python -m pipeline.distillation JOB_FOLDER`: the trainer in a process of its own.

Prints progress as JSON lines, leaves `student/` and `log.json` in the folder. Ends at once when its
standard input closes, which it does when whoever started it is gone. Exit code 2 and one sentence
on standard error for an input that can never be trained on.
"""

import json
import os
import sys
import threading
from pathlib import Path

from pipeline.distillation.job import INPUT_ERROR_EXIT_CODE, JobFolder, read_job, write_log
from pipeline.errors import InputError


def main(folder: Path) -> int:
    """Train the job in `folder`; returns the exit code."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    files = JobFolder(folder)
    try:
        job = read_job(files)
        from pipeline.distillation.trainer import train  # noqa: PLC0415 - imports torch

        log = train(job, files.student, files.checkpoint, _print_progress)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return INPUT_ERROR_EXIT_CODE
    write_log(log, files.log)
    return 0


def _end_with_parent() -> None:
    # os.read, for a thread inside sys.stdin holds a lock that the interpreter wants at its end
    while os.read(0, 1):
        pass
    os._exit(1)  # the checkpoint is whole at any moment; nothing else needs tidying


def _print_progress(done: int, total: int, message: str) -> None:
    sys.stdout.write(json.dumps({"done": done, "total": total, "message": message}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
