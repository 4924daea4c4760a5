"""`python -m pipeline.distillation JOB_FOLDER`: the trainer in a process of its own.

Prints progress as JSON lines, leaves `student/` and `log.json` in the folder. Ends at once when its
standard input closes, which it does when whoever started it is gone. Exit code 2 and one sentence
on standard error for an input that can never be trained on.
"""

import sys
from pathlib import Path

from pipeline.child_process import end_with_parent, print_progress
from pipeline.distillation.training.job import INPUT_ERROR_EXIT_CODE, JobFolder, read_job, write_log
from pipeline.errors import InputError


def main(folder: Path) -> int:
    """Train the job in `folder`; returns the exit code."""
    end_with_parent()
    files = JobFolder(folder)
    try:
        job = read_job(files)
        from pipeline.distillation.training.trainer import train  # noqa: PLC0415 - imports torch

        log = train(job, files.student, files.checkpoint, print_progress)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return INPUT_ERROR_EXIT_CODE
    write_log(log, files.log)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
