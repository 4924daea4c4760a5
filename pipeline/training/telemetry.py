"""What a running training tells: each step with its time, as lines of a file.

Times differ from run to run, so that none of this is in the `TrainingLog`. Torch is not imported.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.training.steps import TrainingStep

_LATEST_STEPS = 20


@dataclass(frozen=True)
class Measures:
    """One step as it was made.

    Attributes:
        step: what it learnt.
        step_count: of the whole run.
        token_count: real tokens of its texts, of all processes.
        seconds: that it took.
        tokens_per_second: over the latest twenty steps.
    """

    step: TrainingStep
    step_count: int
    token_count: int
    seconds: float
    tokens_per_second: float


Watch = Callable[[Measures], None]
"""Hears of each step when it is made; the first it hears of is not 0 if a run was resumed."""


class Stopwatch:
    """Times steps that follow one another.

    Args:
        clock: seconds from any origin, such as `time.perf_counter`.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begin = clock()
        self._latest: deque[tuple[int, float]] = deque(maxlen=_LATEST_STEPS)

    def lap(self, step: TrainingStep, step_count: int, token_count: int) -> Measures:
        """A step has ended now."""
        now = self._clock()
        self._latest.append((token_count, now - self._begin))
        seconds, self._begin = now - self._begin, now
        tokens, spent = map(sum, zip(*self._latest, strict=True))
        rate = tokens / spent if spent else 0.0
        return Measures(step, step_count, token_count, seconds, rate)


def written_to(path: Path) -> Watch:
    """A watch that appends each step to a file, after those that a resumed run has kept."""

    def begin(first_step: int) -> None:
        kept = [one for one in read_telemetry(path) if one.step.step < first_step]
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_text("".join(map(_line, kept)), encoding="utf-8")
        unfinished.replace(path)

    is_begun = False

    def watch(measures: Measures) -> None:
        nonlocal is_begun
        if not is_begun:
            begin(measures.step.step)
            is_begun = True
        with path.open("a", encoding="utf-8") as file:
            file.write(_line(measures))

    return watch


def read_telemetry(path: Path) -> list[Measures]:
    """The steps told so far, in order; a half-written last line is left out."""
    return list(_whole_lines(path)) if path.is_file() else []


def _whole_lines(path: Path) -> Iterator[Measures]:
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            content = json.loads(line)
            yield Measures(**content | {"step": TrainingStep(**content["step"])})


def _line(measures: Measures) -> str:
    return json.dumps(asdict(measures)) + "\n"
