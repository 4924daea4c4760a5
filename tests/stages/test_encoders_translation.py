"""The encoder of a random NLLB of two layers, with a tokenizer of words."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.errors import InputError

TEXTS = ["salam kitap", "kitap", "salam salam salam kitap okadym"]
WORDS = ("▁salam", "▁kitap", "▁okadym", "▁", "s", "a")
LANGUAGES = ["eng_Latn", "rus_Cyrl", "tuk_Latn"]


@pytest.fixture(scope="module")
def nllb_folder(tmp_path_factory):
    """A folder as `save_pretrained` leaves it."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    folder = tmp_path_factory.mktemp("models") / "tiny_nllb"
    pieces = ("<s>", "<pad>", "</s>", "<unk>", *WORDS)
    tokenizer = NllbTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)},
        merges=[],
        src_lang="eng_Latn",
        additional_special_tokens=LANGUAGES,
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=len(tokenizer),
        d_model=16,
        encoder_layers=2,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=600,
    )
    M2M100ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def by_hand(folder, text, code):
    """Mean of the encoder's states over language, words and end."""
    tokenizer = AutoTokenizer.from_pretrained(folder, src_lang=code)
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    assert ids[0, 0] == tokenizer.convert_tokens_to_ids(code)
    assert ids[0, -1] == tokenizer.eos_token_id
    encoder = AutoModelForSeq2SeqLM.from_pretrained(folder).get_encoder().eval()
    with torch.inference_mode():
        mean = encoder(ids).last_hidden_state[0].mean(dim=0)
    return (mean / mean.norm()).numpy()


@pytest.mark.parametrize("code", ["tuk_Latn", "rus_Cyrl"])
def test_a_vector_is_the_mean_state_behind_the_token_of_the_language(nllb_folder, code):
    vectors = load_encoder(str(nllb_folder)).encode(TEXTS, language=code)
    assert vectors.dtype == np.float32
    expected = np.stack([by_hand(nllb_folder, text, code) for text in TEXTS])
    assert np.allclose(vectors, expected, atol=1e-6)


def test_languages_are_remembered_apart(nllb_folder, tmp_path):
    encoder = load_encoder(str(nllb_folder), cache=EmbeddingCache(tmp_path))
    turkmen, russian = (encoder.encode(TEXTS, language=code) for code in ("tuk_Latn", "rus_Cyrl"))
    assert np.abs(turkmen - russian).max() > 1e-3
    again = load_encoder(str(nllb_folder), cache=EmbeddingCache(tmp_path))
    assert again.encode(TEXTS, language="tuk_Latn").tobytes() == turkmen.tobytes()


def test_no_texts_give_no_rows_of_the_right_width(nllb_folder):
    assert load_encoder(str(nllb_folder)).encode([], language="tuk_Latn").shape == (0, 16)


@pytest.mark.parametrize("code", ["tuk_Cyrl", "kaz_Cyrl"])
def test_a_language_the_model_does_not_read_is_refused(nllb_folder, code):
    with pytest.raises(InputError, match=code):
        load_encoder(str(nllb_folder)).encode(TEXTS, language=code)
