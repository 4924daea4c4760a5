"""`python -m pipeline.translation JOB_FOLDER`: the trainer in a process of its own.

Prints progress as JSON lines, leaves `model/` and `log.json` in the folder. Ends at once when its
standard input closes, which it does when whoever started it is gone. Exit code 2 and one sentence
on standard error for an input that can never be trained on.
"""

import sys
from pathlib import Path

from pipeline.child_process import end_with_parent, print_progress
from pipeline.translation.training.running import run_job

if __name__ == "__main__":
    end_with_parent()
    sys.exit(run_job(Path(sys.argv[1]), print_progress))
