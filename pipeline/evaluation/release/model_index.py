"""A model's scores as hubs read them: the `model-index` of a model card's head. Pure.

The format is Hugging Face's (docs/hub/model-cards, "Evaluation results"); task types are those of
the MTEB leaderboard (Muennighoff et al. 2023), where it has the task.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipeline.evaluation.report.facts import SuiteFacts, Suites, facts_of
from pipeline.evaluation.report.sections import SECTIONS
from pipeline.evaluation.report.views import Comparison, Score, compared
from pipeline.evaluation.report.words import metric_name

_TASK_TYPES = {
    "retrieval": "BitextMining",
    "mining": "BitextMining",
    "similarity": "STS",
    "paraphrase": "PairClassification",
    "classification": "Classification",
    "passages": "Retrieval",
}
_OTHER_TASK_TYPE = "feature-extraction"
_DEFAULT_CONFIG = "default"
_OWN_SPLIT = "test"  # a corpus's own suites are held out
_HASH_CHARACTERS = 16
_ARGUMENTS = ("n", "ci_low", "ci_high", "confidence_level_fraction")


def model_index(
    name: str, model: str, scores: Mapping[str, pa.Table], suites: Suites
) -> list[dict[str, Any]]:
    """The model's results: one for each data set and direction, with all its metrics.

    A figure's N and interval are the arguments (`args`) of its metric; parts of data sets are left
    out, and so is what is not defined.

    Args:
        name: of the released model.
        model: its name in the scores.
        scores: tables of schema `SCORES`, by a key of `SECTIONS`.
        suites: what is known of the data sets.
    """
    results: dict[tuple[str, str, str], dict[str, Any]] = {}
    for task, table in scores.items():
        for comparison in compared(table):
            score = comparison.by_model.get(model)
            if score is None or score["value"] is None:
                continue
            key = task, comparison.suite, comparison.direction
            facts = facts_of(suites, comparison.suite)
            result = results.setdefault(key, _result(task, comparison, score, facts))
            result["metrics"].append(_metric(comparison.metric, score))
    return [{"name": name, "results": list(results.values())}]


def _result(task: str, one: Comparison, score: Score, facts: SuiteFacts) -> dict[str, Any]:
    label = SECTIONS[task].label if task in SECTIONS else task
    return {
        "task": {"type": _TASK_TYPES.get(task, _OTHER_TASK_TYPE), "name": label},
        "dataset": {
            "name": facts.title,
            "type": one.suite,
            "config": one.direction or _DEFAULT_CONFIG,
            "split": facts.role or _OWN_SPLIT,
            "revision": facts.revision or (score["dataset_hash"] or "")[:_HASH_CHARACTERS],
        },
        "metrics": [],
    }


def _metric(metric: str, score: Score) -> dict[str, Any]:
    arguments = {name: score[name] for name in _ARGUMENTS if score[name] is not None}
    value = {"type": metric, "value": score["value"], "name": metric_name(metric)}
    return {**value, "args": arguments}
