"""`python -m pipeline.training.torchrun COUNT COMMAND...`: a trainer in so many processes at once.

torchrun starts them and ends them all when one fails. By itself it ends with 1 then, whatever
happened; here it ends as that process did.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import parse_args, run

from pipeline.training.process import INPUT_ERROR_EXIT_CODE


def run_processes(count: int, command: Sequence[str]) -> int:
    """Run a command so many times at once; the exit code, negative for a signal.

    Of several failures it is that which the others follow from: an input error, a signal, or else
    another error, for torchrun ends by SIGTERM whoever is left.
    """
    options = ["--standalone", f"--nproc-per-node={count}", "--no-python", *command]
    try:
        run(parse_args(options))  # type: ignore[no-untyped-call] # they state no types
    except ChildFailedError as error:
        codes = {failure.exitcode for failure in error.failures.values()}
        if INPUT_ERROR_EXIT_CODE in codes:
            return INPUT_ERROR_EXIT_CODE
        return min(codes - {-signal.SIGTERM} or codes)
    except SignalException as error:
        return -error.sigval
    return 0


def end_as(exit_code: int) -> None:
    """End this process with an exit code, or by a signal if it is negative."""
    if exit_code < 0:
        with suppress(OSError):  # some signals cannot be handled, and need not be
            signal.signal(-exit_code, signal.SIG_DFL)
        os.kill(os.getpid(), -exit_code)
    sys.exit(exit_code)


if __name__ == "__main__":
    end_as(run_processes(int(sys.argv[1]), sys.argv[2:]))
