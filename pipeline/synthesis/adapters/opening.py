"""Opening a causal language model for writing and for training. Imports torch and transformers."""

from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging


def open_causal(folder: Path, adapter: Path | None = None) -> tuple[Any, Any]:
    """Load from safetensors alone; ready for inference.

    In bfloat16 on a GPU, where there is one; in float32 on a CPU, where bfloat16 is slower.

    Args:
        folder: of the model and its tokenizer.
        adapter: folder of a low-rank adapter, whose product is added to the weights.

    Returns:
        The model, and its tokenizer, which pads on the left.
    """
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    is_gpu = torch.cuda.is_available()
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.bfloat16 if is_gpu else torch.float32,
        use_safetensors=True,
        local_files_only=True,
    )
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left", local_files_only=True)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model.to("cuda" if is_gpu else "cpu").eval(), tokenizer
