import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alignment.commands import align as align_command
from pipeline.alignment.commands.align import align_files, align_texts
from pipeline.errors import InputError
from pipeline.parameters import AlignmentParams

PARAMS = AlignmentParams()


class TextHashes:
    """Equal texts get equal vectors, others almost orthogonal ones; it notes what it was asked."""

    fingerprint = "text-hashes"
    dimension = 64

    def __init__(self):
        self.asked = []

    def encode(self, texts, *, language, role="query"):
        self.asked.append((language, role))
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        rows = [np.random.default_rng(seed).normal(size=64) for seed in seeds]
        matrix = np.array(rows, dtype=np.float32).reshape(len(texts), 64)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.fixture
def align(tmp_path, monkeypatch):
    """Align two texts through files."""
    encoder = TextHashes()
    monkeypatch.setattr(align_command, "load_encoder", lambda name: encoder)

    def call(source, target):
        paths = tmp_path / "a.txt", tmp_path / "b.txt"
        for path, text in zip(paths, (source, target), strict=True):
            path.write_text(text, encoding="utf-8")
        return align_files(*paths, "tuk_Latn", "rus_Cyrl", "toy", PARAMS)

    call.encoder = encoder
    return call


def test_lines_are_aligned_by_number_from_zero(align):
    assert align("bir\niki\nüç\n", "bir\niki\nüç\n") == ["[0]:[0]", "[1]:[1]", "[2]:[2]"]
    assert align.encoder.asked == [("tuk_Latn", "query"), ("rus_Cyrl", "query")]


def test_an_empty_line_is_a_sentence_and_keeps_its_number(align):
    beads = align("bir dört\n\nbäş alty\n", "bir dört\n\nbäş alty\n")
    assert beads == ["[0]:[0]", "[1]:[1]", "[2]:[2]"]


def test_a_file_without_lines_leaves_the_other_without_counterparts(align):
    assert align("", "bir\niki\n") == ["[]:[0]", "[]:[1]"]
    assert align("bir\n", "") == ["[0]:[]"]
    assert align("", "") == []


def test_a_missing_file_is_named_before_any_model_is_asked(align, tmp_path):
    with pytest.raises(InputError, match=r"absent\.txt"):
        align_files(
            tmp_path / "absent.txt", tmp_path / "b.txt", "tuk_Latn", "rus_Cyrl", "toy", PARAMS
        )
    assert align.encoder.asked == []


@settings(deadline=None)
@given(st.lists(st.text("ab 1", max_size=6), max_size=9), st.lists(st.text("ab 1"), max_size=9))
def test_every_sentence_is_in_exactly_one_bead_in_order(source, target):
    beads = align_texts(("tuk_Latn", source), ("rus_Cyrl", target), TextHashes(), PARAMS)
    assert [n for bead in beads for n in bead.source] == list(range(len(source)))
    assert [n for bead in beads for n in bead.target] == list(range(len(target)))
