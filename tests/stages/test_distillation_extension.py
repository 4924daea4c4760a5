import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from pipeline.distillation.students.extension import extend_vocabulary
from pipeline.distillation.students.subwords import frequent_subwords
from pipeline.distillation.students.vocabulary import prune_vocabulary
from pipeline.encoders import load_encoder, resolve_model_folder
from pipeline.encoders.pieces import NewPiece, append_pieces, piece_scores
from pipeline.errors import InputError
from pipeline.text.respelling import respell

WORDS = {"ýaşaýyş": 5, "žurnal": 2, "kitap": 3, "boldy": 4}
TURKMEN = "tuk_Latn"


def cut(folder, text):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return tokenizer.encode(text, add_special_tokens=False)


def vector_of(folder, text):
    return load_encoder(str(folder)).encode([text], language="und")[0]


@pytest.fixture(scope="module")
def extended(e5_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("extended") / "student"
    return folder, extend_vocabulary(e5_folder, WORDS, TURKMEN, folder)


def test_a_word_is_understood_as_its_respelling_was(extended, e5_folder):
    folder, _ = extended
    after, before = vector_of(folder, "žurnal"), vector_of(e5_folder, respell("žurnal", TURKMEN))
    assert after @ before >= 1 - 1e-5
    assert vector_of(e5_folder, "žurnal") @ before < 1 - 1e-3


def test_a_word_is_cut_where_its_respelling_is(extended, e5_folder):
    folder, _ = extended
    respelt = cut(e5_folder, respell("ýaşaýyş", TURKMEN))
    assert cut(folder, "ýaşaýyş").offsets == respelt.offsets


def test_texts_of_other_languages_keep_their_vectors(extended, e5_folder):
    folder, _ = extended
    for text in ("My only wish was a journey.", "Моё единственное желание", "Yalnız bir dilek"):
        assert vector_of(folder, text) @ vector_of(e5_folder, text) >= 1 - 1e-6


def test_a_spelling_that_means_something_else_already_is_counted_and_not_changed(
    extended, e5_folder
):
    folder, report = extended
    assert report.taken_piece_count > 0  # such as the "dy" of "boldy", which would be "dı"
    old = load_file(e5_folder / "model.safetensors")
    new = load_file(folder / "model.safetensors")
    name = next(name for name in old if name.endswith("word_embeddings.weight"))
    known = Tokenizer.from_file(str(e5_folder / "tokenizer.json")).get_vocab_size()
    assert np.array_equal(new[name][:known], old[name][:known])
    assert len(new[name]) == known + report.respelt_piece_count


def test_words_are_cut_into_fewer_pieces(extended):
    _, report = extended
    assert report.pieces_per_word_after < report.pieces_per_word_before


def test_frequent_subwords_start_from_the_mean_of_their_parts(e5_folder, tmp_path):
    words = {f"{stem}{end}": 20 for stem in ("hökümdar", "geçirimli") for end in ("lyk", "lygy")}
    report = extend_vocabulary(e5_folder, words, TURKMEN, tmp_path / "new", 60)
    assert report.frequent_piece_count > 0
    assert report.pieces_per_word_after < report.pieces_per_word_before
    ids = cut(tmp_path / "new", "hökümdarlyk").ids
    known = Tokenizer.from_file(str(e5_folder / "tokenizer.json")).get_vocab_size()
    assert max(ids) >= known


def test_a_language_without_a_known_spelling_gets_frequent_subwords_alone(e5_folder, tmp_path):
    report = extend_vocabulary(e5_folder, {"ташкил": 9}, "tgk_Cyrl", tmp_path / "new", 100)
    assert report.respelt_piece_count == 0
    assert report.taken_piece_count == 0


def test_new_pieces_survive_pruning(extended, tmp_path):
    folder, _ = extended
    prune_vocabulary(folder, list(WORDS), tmp_path / "pruned")
    assert cut(tmp_path / "pruned", "ýaşaýyş").tokens == cut(folder, "ýaşaýyş").tokens
    before, after = vector_of(folder, "žurnal"), vector_of(tmp_path / "pruned", "žurnal")
    assert before @ after >= 1 - 1e-5


def test_a_tokenizer_without_scores_is_refused(tmp_path):
    minilm = resolve_model_folder("embedded:minilm")
    with pytest.raises(InputError, match="cannot extend a WordPiece tokenizer"):
        extend_vocabulary(minilm, WORDS, TURKMEN, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_pieces_beyond_the_unigram_table_keep_their_numbers():
    description = {
        "model": {"type": "Unigram", "vocab": [["a", -1.0], ["b", -2.0]]},
        "added_tokens": [{"id": 2, "content": "<mask>"}],
    }
    vocabulary = append_pieces(description, [NewPiece("ň", (), -3.0)])["model"]["vocab"]
    assert vocabulary == [["a", -1.0], ["b", -2.0], ["<mask>", 0.0], ["ň", -3.0]]
    assert piece_scores(description) == {0: -1.0, 1: -2.0}


def test_subwords_are_those_that_words_share():
    subwords = frequent_subwords({"kitaplar": 9, "kitapdan": 9, "kitapda": 9, "depderler": 9}, 40)
    assert "▁kitapda" in subwords
    assert subwords == frequent_subwords(
        {"depderler": 9, "kitapda": 9, "kitapdan": 9, "kitaplar": 9}, 40
    )
