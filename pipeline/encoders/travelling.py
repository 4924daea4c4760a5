"""Models that are loaded where they are needed, which may be another machine.

A model is pickled with its files. Whoever unpickles it writes them only where no equal folder lies
at the same path, as it does on a shared disk. Torch is not imported before a model is loaded.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from pipeline import settings
from pipeline.encoders.folders import (
    appearing_whole,
    exclusive,
    hash_model_folder,
    model_files,
)
from pipeline.encoders.planned import Model

Files = dict[str, npt.NDArray[np.uint8]]
"""Contents by path inside the folder; arrays, for Ray shows them to a process without a copy."""


@dataclass(frozen=True)
class FolderModel:
    """Loads the encoder of a model folder, wherever it is called.

    Attributes:
        folder: its files on this machine.
        fingerprint: their hash.
        source_code: of a translation model, the language it is to read.
    """

    folder: Path
    fingerprint: str
    source_code: str | None = None

    def __call__(self) -> Model:
        """Load it."""
        if self.source_code is not None:
            from pipeline.encoders.translation_model import (  # noqa: PLC0415 - imports torch
                TranslationModel,
            )

            return TranslationModel(self.folder, self.source_code)
        from pipeline.encoders.transformer import TransformerModel  # noqa: PLC0415 - imports torch

        return TransformerModel(self.folder)

    def __reduce__(self) -> tuple[object, ...]:
        """What travels: see the module's docstring."""
        files = {
            path.relative_to(self.folder).as_posix(): np.fromfile(path, np.uint8)
            for path in model_files(self.folder)
        }
        return self.received, (self.folder, self.fingerprint, self.source_code, files)

    @classmethod
    def received(
        cls, folder: Path, fingerprint: str, source_code: str | None, files: Files
    ) -> Self:
        """Find the folder on this machine, or write it into the cache of models."""
        if not folder.is_dir() or hash_model_folder(folder) != fingerprint:
            folder = settings.model_cache() / f"received-{fingerprint[:12]}"
            _write_once(files, folder)
        return cls(folder, fingerprint, source_code)


def _write_once(files: Files, folder: Path) -> None:
    """Fill a folder; of two processes that try at once, the second waits for the first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder.with_name(f".{folder.name}.lock")):
        if folder.is_dir():
            return
        with appearing_whole(folder) as unfinished:
            for name, content in files.items():
                path = unfinished / name
                path.parent.mkdir(parents=True, exist_ok=True)
                content.tofile(path)
