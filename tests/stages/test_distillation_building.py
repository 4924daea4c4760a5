import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pipeline.distillation.students.building import Readership, build_student, suited_params
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.student_kind import StudentKind

READERS = Readership(
    texts=["salam kitap", "привет", "ýaşaýyş"],
    focus="tuk_Latn",
    focus_texts=["salam kitap", "ýaşaýyş"],
    samples={"rus_Cyrl": ["привет", "книга"], "tuk_Latn": ["salam", "okadym"]},
)
PLAIN = {"is_vocabulary_extended": False}
SMALL = {"hidden": 16, "layers": 2, "heads": 2, "feed_forward": 32, "pieces": 100}


def built(kind, start, folder):
    return build_student(StudentKind.model_validate(kind), start, READERS, folder, seed=1)


def pieces(folder):
    return json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]


def test_a_kind_that_changes_nothing_is_the_start_model_itself(tiny_model_folder, tmp_path):
    kind = PLAIN | {"is_vocabulary_pruned": False}
    assert built(kind, tiny_model_folder, tmp_path / "work").folder == tiny_model_folder


def test_by_default_the_vocabulary_grows_for_a_focus_with_a_relative_and_is_pruned(
    tiny_model_folder, tmp_path
):
    made = built({}, tiny_model_folder, tmp_path / "work")
    assert made.facts["respelt_piece_count"] >= 0
    assert made.facts["vocabulary_extension"] == "done"
    assert made.facts["kept_piece_count"] < made.facts["original_piece_count"]
    assert made.facts["layer_count"] == 2
    load_encoder(str(made.folder)).encode(["ýaşaýyş"], language="tuk")


def test_what_was_not_asked_for_is_not_done(tiny_model_folder, tmp_path):
    made = built(PLAIN, tiny_model_folder, tmp_path / "work")
    assert "respelt_piece_count" not in made.facts
    whole = built({"is_vocabulary_pruned": False}, tiny_model_folder, tmp_path / "other")
    assert "kept_piece_count" not in whole.facts


def test_the_facts_tell_what_is_left_of_each_language(tiny_model_folder, tmp_path):
    facts = built(PLAIN, tiny_model_folder, tmp_path / "work").facts
    # seen: привет and salam; unseen: книга is one piece, okadym too
    assert facts["rus_Cyrl_unchanged_text_fraction"] == 0.5
    assert facts["rus_Cyrl_kept_token_fraction"] == 0.5
    assert facts["tuk_Latn_sample_text_count"] == 2


def test_layers_are_dropped_before_the_vocabulary_is_pruned(tiny_model_folder, tmp_path):
    made = built(PLAIN | {"layers": 1}, tiny_model_folder, tmp_path / "work")
    names = load_file(made.folder / "model.safetensors")
    assert not [name for name in names if ".layer.1." in name]
    assert made.facts["layer_count"] == 1
    assert len(pieces(made.folder)) < len(pieces(tiny_model_folder))


def test_a_wordpiece_vocabulary_is_left_unextended_and_the_facts_say_why(tmp_path):
    made = built({}, wordpiece_folder(tmp_path / "start"), tmp_path / "work")
    assert "respelt_piece_count" not in made.facts
    assert "is WordPiece, not Unigram" in made.facts["vocabulary_extension"]
    assert "kept_piece_count" in made.facts


def test_subwords_that_a_wordpiece_vocabulary_cannot_get_are_refused(tmp_path):
    with pytest.raises(InputError, match="only a Unigram vocabulary can be extended"):
        built({"frequent_subwords": 9}, wordpiece_folder(tmp_path / "start"), tmp_path / "work")


@pytest.mark.parametrize(
    ("readers", "kind", "reason"),
    [
        ({}, PLAIN, "not asked for"),
        ({"focus": "rus_Cyrl"}, {}, "no relative of rus_Cyrl"),
        ({"focus_texts": ["12"]}, {}, "no words of the focus language"),
        ({}, {"scratch": SMALL}, "trained on the lessons"),
    ],
)
def test_the_facts_say_why_a_vocabulary_was_not_extended(
    readers, kind, reason, tiny_model_folder, tmp_path
):
    asked = StudentKind.model_validate(kind), tiny_model_folder, replace(READERS, **readers)
    made = build_student(*asked, tmp_path / "work", seed=1)
    assert made.facts["vocabulary_extension"].startswith("none: ")
    assert reason in made.facts["vocabulary_extension"]


def test_a_language_without_a_relative_is_given_the_subwords_that_are_asked_for(
    tiny_model_folder, tmp_path
):
    readers = replace(READERS, focus="rus_Cyrl", focus_texts=["приветка книгоприветка"] * 3)
    kind = StudentKind(frequent_subwords=40)
    made = build_student(kind, tiny_model_folder, readers, tmp_path / "work", seed=1)
    assert made.facts["vocabulary_extension"] == "done"
    assert made.facts["frequent_piece_count"] > 0


def wordpiece_folder(folder):
    """What is looked at in a WordPiece model: its files, without any that torch would need."""
    vocabulary = {piece: number for number, piece in enumerate(["[UNK]", "a", "salam", "##s"])}
    description = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }
    folder.mkdir()
    (folder / "tokenizer.json").write_text(json.dumps(description))
    (folder / "config.json").write_text(json.dumps({"num_hidden_layers": 1}))
    tables = {"embeddings.word_embeddings.weight": np.zeros((4, 2), np.float32)}
    save_file(tables, folder / "model.safetensors")
    return folder


def test_a_student_from_scratch_owes_nothing_to_the_start(tmp_path):
    made = built({"scratch": SMALL}, tmp_path / "there is none", tmp_path / "work")
    vectors = load_encoder(str(made.folder)).encode(["salam"], language="tuk")
    assert vectors.shape == (1, 16)


@pytest.mark.parametrize("kind", [{}, {"layers": 1}, {"scratch": SMALL}])
def test_the_same_inputs_give_the_same_bytes_over_what_was_left_behind(
    kind, tiny_model_folder, tmp_path
):
    first = hash_model_folder(built(kind, tiny_model_folder, tmp_path / "work").folder)
    again = built(kind, tiny_model_folder, tmp_path / "work")
    assert hash_model_folder(again.folder) == first


def test_parameters_suit_the_kind():
    params = DistillationParams(lora_rank=4, retention_floor=0.99)
    cases = {
        "plain": ({}, (4, 5e-4, 0.99, True)),
        "all weights": ({"lora_rank": 0}, (0, 1e-4, 0.99, True)),
        "shallow": ({"layers": 6}, (4, 5e-4, 0.0, True)),
        "scratch": ({"scratch": {}}, (0, 1e-4, 0.0, False)),
        "eager scratch": ({"scratch": {}, "learning_rate": 1e-3}, (0, 1e-3, 0.0, False)),
        "slow lora": ({"lora_rank": 4, "learning_rate": 1e-5}, (4, 1e-5, 0.99, True)),
    }
    for kind, expected in cases.values():
        suited = suited_params(StudentKind.model_validate(kind), params)
        assert expected == (
            suited.lora_rank,
            suited.learning_rate,
            suited.retention_floor,
            suited.is_word_embedding_frozen,
        )


def test_a_kind_may_have_epochs_of_its_own():
    params = DistillationParams(epochs=2)
    assert suited_params(StudentKind(), params).epochs == 2
    assert suited_params(StudentKind(epochs=7), params).epochs == 7
