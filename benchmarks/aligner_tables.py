"""Tables of what aligners made of sets: Markdown from beads. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.evaluation.measures.bead_scores import (
    Bead,
    BeadScores,
    bead_f1_gain,
    bead_f1_interval,
    bead_scores,
)
from pipeline.statistics import Interval

SEED = 13

_HEAD = """# Aligners on the same vectors

`{command}`; vectors of `{model}`, each sentence encoded once. Where a set's name ends in dX-cY, \
its documents were made from a bitext and the gold beads are known: X per cent of the sentences \
left out on either side, a tenth joined to a neighbour, a chapter of a twentieth lost, Y per cent \
of the source's letters misread. Our weights were fitted on textberg-dev and on other drawings of \
the same texts, see `benchmarks.fit_alignment`. Intervals are of 95 %, \
bootstrapped over blocks of five gold beads, and paired where they are of differences; seconds \
are the processor's, on one thread, without encoding.

## Against the best of the others"""


@dataclass(frozen=True)
class Outcome:
    """What one aligner answered, see `benchmarks.peers.harness`."""

    name: str
    answer: dict[str, Any]

    @property
    def error(self) -> str:
        """Why there are no beads; empty when there are."""
        return str(self.answer.get("error", ""))

    @cached_property
    def beads(self) -> list[Bead]:
        """Pairs of tuples, as scorers take them."""
        return [(tuple(source), tuple(target)) for source, target in self.answer["beads"]]


@dataclass(frozen=True)
class SetResult:
    """Everybody's answers to one set; the first outcome is ours."""

    name: str
    source_count: int
    target_count: int
    gold: Sequence[Bead]
    outcomes: Sequence[Outcome]


def accuracy_tables(results: Sequence[SetResult], command: str, model: str) -> str:
    """A summary against the best of the others, then a table for each set."""
    columns = [
        "set",
        "gold beads",
        "ours",
        "best of the others",
        "its F1",
        "ours less its",
        "errors",
    ]
    summary = _table(columns, [_summary(one) for one in results])
    head = [_HEAD.format(command=command, model=model), summary]
    return "\n\n".join([*head, *(_section(one) for one in results)]) + "\n"


def _section(result: SetResult) -> str:
    title = (
        f"## {result.name}\n\n{result.source_count} x {result.target_count} sentences, "
        f"{len(result.gold)} gold beads."
    )
    columns = ["aligner", "strict P", "R", "F1", "lax F1", "beads", "seconds", "ours less its F1"]
    return f"{title}\n\n" + _table(columns, [_row(result, one) for one in result.outcomes])


def _row(result: SetResult, outcome: Outcome) -> list[str]:
    if outcome.error:
        return [outcome.name, *[""] * 6, outcome.error]
    scores = bead_scores(outcome.beads, result.gold)
    interval = bead_f1_interval([(outcome.beads, result.gold)], seed=SEED)
    return [
        outcome.name,
        f"{scores.strict.precision:.3f}",
        f"{scores.strict.recall:.3f}",
        f"{interval.value:.3f} [{interval.ci_low:.3f}, {interval.ci_high:.3f}]",
        f"{scores.lax.f1:.3f}",
        str(len(outcome.beads)),
        f"{outcome.answer['cpu_seconds']:.2f}",
        _gain(result, outcome),
    ]


def _summary(result: SetResult) -> list[str]:
    """The others are all but ours and our baseline; the best has the highest strict F1."""
    ours = _scores(result, result.outcomes[0])
    others = [one for one in result.outcomes[1:] if not one.error]
    if result.outcomes[0].error or not others:
        return [result.name, str(len(result.gold)), *[""] * 5]
    best = max(others, key=lambda one: _scores(result, one).strict.f1)
    theirs = _scores(result, best).strict.f1
    share = (1 - ours.strict.f1) / (1 - theirs) if theirs < 1 else float("nan")
    return [
        result.name,
        str(len(result.gold)),
        f"{ours.strict.f1:.3f}",
        best.name,
        f"{theirs:.3f}",
        _gain(result, best),
        f"{share:.2f} of its",
    ]


def _scores(result: SetResult, outcome: Outcome) -> BeadScores:
    return bead_scores(outcome.beads, result.gold)


def _gain(result: SetResult, outcome: Outcome) -> str:
    ours = result.outcomes[0]
    if outcome is ours or ours.error:
        return ""
    return signed(bead_f1_gain([(outcome.beads, ours.beads, result.gold)], seed=SEED))


def signed(interval: Interval) -> str:
    """A difference with its interval."""
    return f"{interval.value:+.3f} [{interval.ci_low:+.3f}, {interval.ci_high:+.3f}]"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
