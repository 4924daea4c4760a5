"""What `dutar doctor` looks at: programs, language packs, models, memory and disk."""

import importlib.metadata
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psutil

from pipeline import settings
from pipeline.encoders.embedded import EMBEDDED_NAMES, prepare_embedded
from pipeline.errors import DutarError
from pipeline.languages import language, language_codes
from pipeline.synthesis.generators.embedded import (
    EMBEDDED_GENERATOR,
    prepare_embedded_generator,
)
from pipeline.text.dictionaries import missing_dictionary
from pipeline.textbooks.engines import choose_engine
from pipeline.textbooks.models import installed_model

MIN_PYTHON = (3, 11)
MIN_MEMORY_BYTES = 6 * 2**30
MIN_DISK_BYTES = 5 * 2**30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `details` says how to get what is missing."""

    what: str
    is_fine: bool
    details: str


def examine() -> list[Finding]:
    """Look at everything, in the order in which a newcomer would mend it."""
    looks: list[Callable[[], list[Finding]]] = [
        _python,
        _ocr,
        _dictionaries,
        _torch,
        _models,
        _room,
    ]
    return [finding for look in looks for finding in look()]


def _python() -> list[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return [
        Finding("Python", sys.version_info >= MIN_PYTHON, f"{version}; 3.11 or newer is needed")
    ]


def _ocr() -> list[Finding]:
    program = shutil.which("tesseract")
    if program is None:
        return [Finding("Tesseract", is_fine=False, details="run `make setup`")]
    if subprocess.run([program, "--version"], capture_output=True, check=False).returncode:
        return [
            Finding("Tesseract", is_fine=False, details=f"{program} does not run: reinstall it")
        ]
    return [
        Finding("Tesseract", is_fine=True, details=program),
        Finding(
            "OCR engine", is_fine=True, details=f"{choose_engine('auto')}, see docs/sources.md"
        ),
        *(
            _tried(f"OCR of {one.name} ({one.code})", partial(installed_model, one))
            for one in map(language, language_codes())
        ),
    ]


def _dictionaries() -> list[Finding]:
    """Those that OCR is repaired by; a missing one is told, and no fault."""
    return [
        Finding(
            f"Dictionary of {one.name} ({one.code})",
            is_fine=True,
            details=missing_dictionary(one) or f"{one.dictionary} is here",
        )
        for one in map(language, language_codes())
        if one.dictionary is not None
    ]


def _torch() -> list[Finding]:
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return [Finding("PyTorch", is_fine=False, details="run `make setup`")]
    gpu = "with an NVIDIA GPU" if shutil.which("nvidia-smi") else "on the CPU"
    return [Finding("PyTorch", is_fine=True, details=f"{version}, {gpu}")]


def _models() -> list[Finding]:
    cache = settings.model_cache()
    return [
        *(
            _tried(f"embedded:{name}", partial(prepare_embedded, name, cache))
            for name in EMBEDDED_NAMES
        ),
        _tried(f"embedded:{EMBEDDED_GENERATOR}", partial(prepare_embedded_generator, cache)),
    ]


def _tried(what: str, get: Callable[[], object]) -> Finding:
    """Whether a thing can be had: what it is, or the sentence that says how to get it."""
    try:
        return Finding(what, is_fine=True, details=str(get()))
    except DutarError as error:
        return Finding(what, is_fine=False, details=str(error))


def _room() -> list[Finding]:
    memory = psutil.virtual_memory().total
    free = shutil.disk_usage(settings.project_root()).free
    return [
        Finding("Memory", memory >= MIN_MEMORY_BYTES, f"{memory / 2**30:.0f} GiB; 6 are needed"),
        Finding("Disk", free >= MIN_DISK_BYTES, f"{free / 2**30:.0f} GiB free; 5 are needed"),
    ]
