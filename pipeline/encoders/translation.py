"""Translation models as encoders: one memory of vectors for each source language."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.encoders.planned import PlannedEncoder
from pipeline.encoders.protocol import Role
from pipeline.languages import language as find_language


def translation_dimension(folder: Path) -> int | None:
    """Length of the vectors of a sequence-to-sequence model; None of any other model's folder."""
    path = folder / "config.json"
    if (folder / "modules.json").is_file() or not path.is_file():
        return None
    config = json.loads(path.read_text(encoding="utf-8"))
    return int(config["d_model"]) if config.get("is_encoder_decoder") else None


@dataclass(frozen=True)
class TranslationEncoder:
    """An `Encoder` whose vectors depend on the language that a text is said to be in.

    Attributes:
        fingerprint: of the model; vectors are remembered under one of model and language.
        dimension: length of a vector.
        open_for: the encoder that reads one language, by fingerprint and the language's code.
    """

    fingerprint: str
    dimension: int
    open_for: Callable[[str, str], PlannedEncoder]
    _opened: dict[str, PlannedEncoder] = field(default_factory=dict)

    def encode(self, texts: Sequence[str], *, language: str, role: Role = "query") -> np.ndarray:
        """See `Encoder`.

        Raises:
            InputError: the language is not known here, or not to the model.
        """
        return self._reading(language).encode(texts, language=language, role=role)

    def _reading(self, language: str) -> PlannedEncoder:
        code = find_language(language).code
        if code not in self._opened:
            fingerprint = hashlib.sha256(f"{self.fingerprint}\0{code}".encode()).hexdigest()
            self._opened[code] = self.open_for(fingerprint, code)
        return self._opened[code]
