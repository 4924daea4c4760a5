"""Adapters for a task and for a language made one, by adding and subtracting what they add.

An adapter adds D = alpha / rank * B A to a weight. Of adapters T for a task in the language of its
examples, L for the focus language and S for the examples' language:

- task arithmetic adds T + w L (Ilharco et al. 2023, "Editing Models with Task Arithmetic");
- AdaMergeX adds T + w (L - S), the task and the way between the languages (Zhao et al. 2024,
  "AdaMergeX: Cross-Lingual Transfer with Large Language Models via Adaptive Adapter Merging").

The sum is kept as an adapter too, exactly: its matrices are theirs side by side, so that its rank
is the sum of their ranks. Imports torch.
"""

from collections.abc import Mapping
from pathlib import Path

from peft import PeftModel

from pipeline.encoders.folders import appearing_whole
from pipeline.parameters import Merging
from pipeline.synthesis.adapters.opening import open_causal

TASK, FOCUS, SOURCE = "task", "focus", "source"
_MERGED = "merged"


def merging_weights(merging: Merging, language_weight: float) -> dict[str, float]:
    """By what each adapter is multiplied before all are added up."""
    if merging == "task_arithmetic":
        return {TASK: 1.0, FOCUS: language_weight}
    return {TASK: 1.0, FOCUS: language_weight, SOURCE: -language_weight}


def merge_adapters(
    base: Path, adapters: Mapping[str, Path], weights: Mapping[str, float], out: Path
) -> None:
    """Write the weighted sum of adapters as an adapter.

    Args:
        base: folder of the model that they were trained on.
        adapters: folders, by name; of one model, over the same layers.
        weights: of those that count, by name.
        out: folder that appears whole.
    """
    model, _ = open_causal(base)
    first, *others = weights
    peft = PeftModel.from_pretrained(model, str(adapters[first]), adapter_name=first)
    for name in others:
        peft.load_adapter(str(adapters[name]), adapter_name=name)
    peft.add_weighted_adapter(list(weights), list(weights.values()), _MERGED, "cat")
    with appearing_whole(out) as unfinished:
        peft.save_pretrained(str(unfinished), selected_adapters=[_MERGED])
        for path in (unfinished / _MERGED).iterdir():
            path.rename(unfinished / path.name)
        (unfinished / _MERGED).rmdir()
