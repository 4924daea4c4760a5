"""What a training leaves besides the student: its log; torch is not imported."""

import json
from dataclasses import dataclass, replace
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

    def followed_by(self, later: "TrainingLog") -> "TrainingLog":
        """One log of two trainings of a student, whose steps are counted through.

        The counts of pairs and tokens are sums; what is said of the student is the later one's.
        """
        begun = len(self.steps)
        further = (replace(step, step=begun + step.step) for step in later.steps)
        return replace(
            later,
            pair_count=self.pair_count + later.pair_count,
            token_count=self.token_count + later.token_count,
            steps=(*self.steps, *further),
            memory_halving_count=self.memory_halving_count + later.memory_halving_count,
            trials=(*self.trials, *later.trials),
        )


def read_log(path: Path) -> TrainingLog:
    """Read what `write_log` of `pipeline.training.folder` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    steps = tuple(TrainingStep(**step) for step in content.pop("steps"))
    trials = tuple(Trial(**trial) for trial in content.pop("trials"))
    return TrainingLog(**content, steps=steps, trials=trials)
