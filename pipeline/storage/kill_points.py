"""Named places at which a test can kill a process that writes, to see what it leaves behind.

Crash safety rests on the order of a few steps, and these are the gaps between them. Nothing
happens at them unless `DUTAR_FAULT` names one.
"""

import os
import signal
from typing import Literal

from pipeline import settings

KillPoint = Literal[
    "store:after_write",  # bytes are in the staged file, perhaps not on the disk
    "store:after_sync",  # they are on the disk, under the staged name
    "store:after_rename",  # they have their final name, the folder is not synced
    "store:after_objects",  # all data is there, the old manifest still holds
    "store:after_version",  # the version is kept, the old manifest still holds
    "store:after_manifest",  # the new manifest holds, the caller does not know yet
    "store:after_remove",  # garbage collection has removed one file of several
    "store:after_folder",  # a reader's folder is built, under its staged name
]


def reach(point: KillPoint) -> None:
    """Kill this process with SIGKILL if `DUTAR_FAULT` is `point`; otherwise do nothing."""
    if settings.fault_point() == point:
        os.kill(os.getpid(), signal.SIGKILL)
