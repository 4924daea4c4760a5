"""What a training leaves besides the student: its log; torch is not imported."""

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.distillation.training.interpolation import Trial
from pipeline.training.steps import TrainingStep


@dataclass(frozen=True)
class TrainingLog:
    """What happened; free of times, so that a resumed run leaves the same log."""

    pair_count: int
    token_count: int  # of both sides of all pairs, after truncation
    trained_parameter_count: int
    steps: tuple[TrainingStep, ...]
    memory_halving_count: int = 0  # how often a step had to be cut into twice as many parts
    teacher_kept_fraction: float = 1.0  # of its squared norms, in the student's dimension
    trials: tuple[Trial, ...] = ()  # of `interpolation`; the last is the student

    @property
    def skipped_step_count(self) -> int:
        """Steps whose gradient was not finite."""
        return sum(step.is_skipped for step in self.steps)


def read_log(path: Path) -> TrainingLog:
    """Read what `write_log` of `pipeline.training.folder` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    steps = tuple(TrainingStep(**step) for step in content.pop("steps"))
    trials = tuple(Trial(**trial) for trial in content.pop("trials"))
    return TrainingLog(**content, steps=steps, trials=trials)
