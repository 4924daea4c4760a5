import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.encoders import encoder_fingerprint, load_encoder, resolve_model_folder
from pipeline.languages import language_codes
from pipeline.text.respelling import respell


def test_turkmen_is_written_with_the_letters_of_turkish():
    assert respell("Ýaşaýyş jaýynyň žurnaly, wezipe: ähli", "tuk_Latn") == (
        "Yaşayış cayının jurnalı, vezipe: ehli"
    )


@given(st.text())
def test_a_language_without_a_known_spelling_stays_as_it_is(text):
    assert respell(text, "eng_Latn") == text


@given(st.sampled_from(language_codes()), st.text(), st.text())
def test_letters_are_replaced_one_by_one(code, left, right):
    assert respell(left + right, code) == respell(left, code) + respell(right, code)


def test_a_respelling_encoder_reads_turkmen_as_the_encoder_reads_its_respelling(e5_folder):
    plain, respelling = load_encoder(str(e5_folder)), load_encoder(f"respelled:{e5_folder}")
    read = respelling.encode(["ýaşaýyş"], language="tuk_Latn")
    assert np.array_equal(read, plain.encode(["yaşayış"], language="tuk_Latn"))
    english = respelling.encode(["my joy"], language="eng_Latn")
    assert np.array_equal(english, plain.encode(["my joy"], language="eng_Latn"))
    assert respelling.dimension == plain.dimension


def test_a_respelling_encoder_has_a_fingerprint_and_a_folder(e5_folder):
    name = f"respelled:{e5_folder}"
    assert load_encoder(name).fingerprint == encoder_fingerprint(name)
    assert encoder_fingerprint(name) != encoder_fingerprint(str(e5_folder))
    assert resolve_model_folder(name) == e5_folder
