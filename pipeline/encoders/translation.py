"""Translation models as encoders: one memory of vectors for each source language."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.encoders.planned import PlannedEncoder
from pipeline.encoders.protocol import Role
from pipeline.errors import InputError
from pipeline.languages import language as find_language


def is_translation_model(folder: Path) -> bool:
    """Whether the folder holds a sequence-to-sequence model, and no sentence encoder."""
    config = folder / "config.json"
    if (folder / "modules.json").is_file() or not config.is_file():
        return False
    return bool(json.loads(config.read_text(encoding="utf-8")).get("is_encoder_decoder"))


@dataclass(frozen=True)
class TranslationEncoder:
    """An `Encoder` whose vectors depend on the language that a text is said to be in.

    Attributes:
        fingerprint: of the model; vectors are remembered under one of model and language.
        open_for: the encoder that reads one language, by fingerprint and the model's own code.
    """

    fingerprint: str
    open_for: Callable[[str, str], PlannedEncoder]
    _opened: dict[str, PlannedEncoder] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        return self._reading("eng_Latn").dimension

    def encode(self, texts: Sequence[str], *, language: str, role: Role = "query") -> np.ndarray:
        """See `Encoder`.

        Raises:
            InputError: the language is not known here, or not to the model.
        """
        return self._reading(language).encode(texts, language=language, role=role)

    def _reading(self, language: str) -> PlannedEncoder:
        code = find_language(language).nllb
        if code is None:
            raise InputError(f"NLLB does not know {language}: choose another encoder for it")
        if code not in self._opened:
            fingerprint = hashlib.sha256(f"{self.fingerprint}\0{code}".encode()).hexdigest()
            self._opened[code] = self.open_for(fingerprint, code)
        return self._opened[code]
