import numpy as np
import pytest

from pipeline.encoders import load_encoder
from pipeline.encoders.prefixes import PrefixEncoder
from pipeline.errors import InputError

TEXTS = ["salam", "kitap okadym"]


def test_vectors_are_the_beginnings_of_the_whole_ones_made_unit(tiny_model_folder):
    whole = load_encoder(str(tiny_model_folder))
    short = PrefixEncoder(whole, 8).encode(TEXTS, language="tuk_Latn")
    beginnings = whole.encode(TEXTS, language="tuk_Latn")[:, :8]
    expected = beginnings / np.linalg.norm(beginnings, axis=1, keepdims=True)
    np.testing.assert_allclose(short, expected, atol=1e-6)
    assert short.dtype == np.float32


def test_each_length_is_a_model_of_its_own(tiny_model_folder):
    whole = load_encoder(str(tiny_model_folder))
    names = {whole.fingerprint, *(PrefixEncoder(whole, n).fingerprint for n in (8, 16))}
    assert len(names) == 3


def test_more_dimensions_than_there_are_are_refused(tiny_model_folder):
    with pytest.raises(InputError, match="no 64 dimensions in vectors of 32"):
        PrefixEncoder(load_encoder(str(tiny_model_folder)), 64).encode(TEXTS, language="tuk_Latn")
