"""A comparison of encoders as aligners, as Markdown. Pure."""

from collections.abc import Mapping, Sequence

from pipeline.aligner_comparison.comparison import Beads, Comparison, EncoderCost, Standing, rank
from pipeline.evaluation.tasks.alignment_f1 import AlignmentTask
from pipeline.parameters import EvaluationParams
from pipeline.statistics import Interval

_HEAD = """# Encoders as aligners

Intervals are of 95 %, bootstrapped over blocks of five gold beads; a lead is paired. Encoding is
timed on one core."""
_MEGA = 1e6
_F1_COLUMNS = ("", "model", "strict F1", "lax F1", "lead of the first")
_COST_COLUMNS = ("encoding s", "peak MB", "million parameters", "MB on disk")


def comparison_report(
    tasks: Sequence[AlignmentTask], comparison: Comparison, params: EvaluationParams
) -> str:
    """The ranking on all tasks together with the costs, then one for each task."""
    parts = [_HEAD]
    if len(tasks) > 1:
        parts += ["## All together", _table(tasks, comparison.beads, comparison.costs, params)]
    for place, task in enumerate(tasks):
        beads = {model: [found[place]] for model, found in comparison.beads.items()}
        costs = comparison.costs if len(tasks) == 1 else {}
        parts += [_title(task), _table([task], beads, costs, params)]
    return "\n\n".join(parts) + "\n"


def _title(task: AlignmentTask) -> str:
    note = f"; {task.note}" if task.note else ""
    return (
        f"## {task.suite}, {'-'.join(task.languages)}\n\n"
        f"{len(task.sources)} x {len(task.targets)} sentences, {len(task.gold)} gold beads{note}."
    )


def _table(
    tasks: Sequence[AlignmentTask],
    beads: Mapping[str, Beads],
    costs: Mapping[str, EncoderCost],
    params: EvaluationParams,
) -> str:
    columns = (*_F1_COLUMNS, *(_COST_COLUMNS if costs else ()))
    rows = [
        [str(place), *_f1_cells(one), *(_cost_cells(costs.get(one.model)) if costs else ())]
        for place, one in enumerate(rank(tasks, beads, params), 1)
    ]
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _f1_cells(one: Standing) -> list[str]:
    lead = _with_ends(one.lead, "+.3f") if one.lead else ""
    return [one.model, _with_ends(one.strict, ".3f"), _with_ends(one.lax, ".3f"), lead]


def _cost_cells(cost: EncoderCost | None) -> list[str]:
    if cost is None:  # the baseline
        return [""] * len(_COST_COLUMNS)
    figures = (cost.peak_memory_bytes, cost.parameter_count, cost.disk_bytes)
    return [f"{cost.seconds:.0f}", *(f"{figure / _MEGA:,.0f}" for figure in figures)]


def _with_ends(interval: Interval, form: str) -> str:
    ends = f"{interval.ci_low:{form}}, {interval.ci_high:{form}}"
    return f"{interval.value:{form}} [{ends}]"
