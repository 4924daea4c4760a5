"""Steps of a training: what is told of each, how fast it learns, when it is given up. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import InputError

_MAX_SKIPPED_IN_A_ROW = 5
_NO_LOSSES = ("mean_cosine", "spread")  # measures beside them, on scales of their own


@dataclass(frozen=True)
class TrainingStep:
    """One optimiser step.

    Attributes:
        step: 0-based.
        loss: what was minimised.
        learning_rate: used.
        is_skipped: the gradient was not finite, so nothing was learnt.
        terms: what the loss is made of, and measures beside it, by name.
    """

    step: int
    loss: float
    learning_rate: float
    is_skipped: bool
    terms: dict[str, float]


def learning_rate(step: int, step_count: int, peak: float, warmup_fraction: float) -> float:
    """Return the rate of 0-based `step`: a linear rise to `peak`, then a linear fall to zero."""
    warmup_steps = round(step_count * warmup_fraction)
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    return peak * (step_count - step) / max(1, step_count - warmup_steps)


def refuse_divergence(steps: Sequence[TrainingStep], peak: float) -> None:
    """Give a training up whose latest steps were all skipped.

    Raises:
        InputError: five steps in a row had no finite gradient.
    """
    latest = [step.is_skipped for step in steps[-_MAX_SKIPPED_IN_A_ROW:]]
    if len(latest) == _MAX_SKIPPED_IN_A_ROW and all(latest):
        raise InputError(
            f"training diverged: no finite gradient up to step {steps[-1].step}; lower "
            f"learning_rate (now {peak:g}) or look at the texts"
        )


def loss_curves(steps: Iterable[TrainingStep]) -> dict[str, dict[float, float]]:
    """The loss and its terms by step, ready to plot."""
    losses = {step.step: {"loss": step.loss, **step.terms} for step in steps}
    names = dict.fromkeys(name for terms in losses.values() for name in terms)
    return {
        name: {step: terms[name] for step, terms in losses.items() if name in terms}
        for name in names
        if name not in _NO_LOSSES
    }
