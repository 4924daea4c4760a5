"""Where translation models run, and in which numbers: bfloat16 on a GPU, float32 on a CPU."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM
from transformers.utils import logging


def usual_device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device) -> AbstractContextManager[Any]:
    """Matrix products in bfloat16 on a GPU; on a CPU nothing changes.

    CPUs without matrix units for bfloat16 are several times slower with it.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def open_model(
    folder: Path,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> Any:  # noqa: ANN401 - transformers has no types
    """Load a sequence-to-sequence model from safetensors alone, ready for inference."""
    logging.disable_progress_bar()
    model = AutoModelForSeq2SeqLM.from_pretrained(
        str(folder), local_files_only=True, use_safetensors=True, dtype=dtype
    )
    return model.eval().to(device)
