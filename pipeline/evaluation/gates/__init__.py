"""Gates: is a score worth believing, and is a model worth releasing? In sentences for people.

Pure functions. A gate that fails never hides the figures: it says why they must not be relied on
and what to do about it.
"""

from pipeline.evaluation.gates.amount import comparison_gate, sample_size_gate, suite_gate
from pipeline.evaluation.gates.collapse import (
    collapse_gate,
    effective_rank,
    mean_off_diagonal_cosine,
)
from pipeline.evaluation.gates.languages import language_gate
from pipeline.evaluation.gates.prompts import (
    declared_prompt_gate,
    doubled_prompt_gate,
    hits_with,
    measured_prompt_gate,
    read_prompts,
)
from pipeline.evaluation.gates.worth import TO_KEEP_MORE, retention_gate, saturation_gate

__all__ = [
    "TO_KEEP_MORE",
    "collapse_gate",
    "comparison_gate",
    "declared_prompt_gate",
    "doubled_prompt_gate",
    "effective_rank",
    "hits_with",
    "language_gate",
    "mean_off_diagonal_cosine",
    "measured_prompt_gate",
    "read_prompts",
    "retention_gate",
    "sample_size_gate",
    "saturation_gate",
    "suite_gate",
]
