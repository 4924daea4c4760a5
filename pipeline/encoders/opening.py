"""Opening a sentence-transformers folder, in one way for encoding and for training."""

from pathlib import Path

from sentence_transformers import SentenceTransformer
from transformers.utils import logging


def open_folder(folder: Path) -> SentenceTransformer:
    """Load from safetensors alone, in fp32, onto the GPU where there is one; ready for inference.

    bf16 is not used: on CPUs without matrix units for it, it is several times slower than fp32.
    """
    logging.disable_progress_bar()  # our own progress is reported by batch
    logging.set_verbosity_error()  # a folder may lack a pooler, which nothing here uses
    model = SentenceTransformer(
        str(folder),
        local_files_only=True,
        model_kwargs={"use_safetensors": True, "dtype": "float32"},
    )
    return model.eval()
