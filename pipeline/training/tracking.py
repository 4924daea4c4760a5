"""Trainings logged where people already look: TensorBoard or Weights & Biases, if installed."""

from collections.abc import Callable
from pathlib import Path

from pipeline.errors import InputError
from pipeline.tables import identify
from pipeline.training.telemetry import Measures, Watch

_Log = Callable[[int, dict[str, float]], None]
_Open = Callable[[int], _Log]


def tracked_by(name: str, folder: Path) -> Watch:
    """A watch that hands each step on.

    Args:
        name: `tensorboard` or `wandb`.
        folder: for their files; a resumed run goes on in it.

    Raises:
        InputError: another name, or the tracker is not installed.
    """
    openers = {"tensorboard": _tensorboard, "wandb": _wandb}
    if name not in openers:
        raise InputError(f"`{name}` is no tracker of trainings; known: {', '.join(openers)}")
    try:
        opened = openers[name](folder)
    except ImportError as error:
        raise InputError(f"{name} is not installed: `pip install 'dutar[tracking]'`") from error
    log: _Log | None = None

    def watch(measures: Measures) -> None:
        nonlocal log
        log = log or opened(measures.step.step)
        log(measures.step.step, numbers_of(measures))

    return watch


def numbers_of(measures: Measures) -> dict[str, float]:
    """What is drawn of a step, by name."""
    step = measures.step
    return {
        "loss": step.loss,
        "learning_rate": step.learning_rate,
        "is_skipped": float(step.is_skipped),
        "tokens_per_second": measures.tokens_per_second,
        **{f"terms/{name}": value for name, value in step.terms.items()},
    }


def _tensorboard(folder: Path) -> _Open:
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - optional

    def opened(first_step: int) -> _Log:
        writer = SummaryWriter(str(folder), purge_step=first_step)

        def log(step: int, numbers: dict[str, float]) -> None:
            for name, value in numbers.items():
                writer.add_scalar(name, value, step)
            writer.flush()  # a kill loses nothing

        return log

    return opened


def _wandb(folder: Path) -> _Open:
    import wandb  # noqa: PLC0415 - optional

    def opened(first_step: int) -> _Log:
        del first_step  # a run of the same id goes on where it was
        folder.mkdir(parents=True, exist_ok=True)
        name = identify(str(folder.resolve()))[:16]
        run = wandb.init(project="dutar", dir=str(folder), id=name, resume="allow")

        def log(step: int, numbers: dict[str, float]) -> None:
            run.log(numbers, step=step)

        return log

    return opened
