"""An encoder that reads some languages in the spelling of a relative it knows better."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.encoders.protocol import Encoder, Role
from pipeline.text.respelling import known_letters, respell


@dataclass(frozen=True)
class RespellingEncoder:
    """An `Encoder` behind `respell`; languages without a known spelling read as before.

    Vectors are remembered under the encoder's own fingerprint, by the text as it was respelt.

    Attributes:
        encoder: what encodes.
        fingerprint: of the encoder and every spelling, see `respelling_fingerprint`.
    """

    encoder: Encoder
    fingerprint: str

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.encoder.dimension

    def encode(self, texts: Sequence[str], *, language: str, role: Role = "query") -> np.ndarray:
        """See `Encoder`.

        Raises:
            InputError: a language with a spelling of its own is not known here.
        """
        respelt = [respell(text, language) for text in texts]
        return self.encoder.encode(respelt, language=language, role=role)


def respelling_fingerprint(fingerprint: str, codes: Sequence[str]) -> str:
    """Fingerprint of an encoder that respells the languages `codes`."""
    digest = hashlib.sha256(f"{fingerprint}\0respelled".encode())
    for code in codes:
        digest.update(f"\0{code}{sorted(known_letters(code).items())}".encode())
    return digest.hexdigest()
