import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from pipeline.distillation.students.tokenizer_file import indispensable_ids, renumber
from pipeline.distillation.students.vocabulary import prune_vocabulary
from pipeline.encoders import load_encoder, resolve_model_folder
from pipeline.encoders.pieces import list_pieces
from pipeline.errors import InputError

SEEN = ["Salam, kitap okadym!", "я читал книгу", "A cat sits on the mat.", "12 ýyl"]


def vectors(folder, texts):
    return load_encoder(str(folder)).encode(texts, language="mul")


@pytest.mark.parametrize("name", ["tiny_model_folder", "e5_folder"])
def test_texts_that_were_seen_keep_their_vectors(name, request, tmp_path):
    start = request.getfixturevalue(name)
    report = prune_vocabulary(start, SEEN, tmp_path / "student")
    cosines = (vectors(start, SEEN) * vectors(tmp_path / "student", SEEN)).sum(axis=1)
    assert cosines.min() >= 1 - 1e-5
    assert report.kept_piece_count < report.original_piece_count
    assert report.parameter_count < report.original_parameter_count


def test_wordpiece_models_are_pruned_too(tmp_path):
    start = resolve_model_folder("embedded:minilm")
    prune_vocabulary(start, SEEN[2:3], tmp_path / "student")
    before, after = vectors(start, SEEN[2:3]), vectors(tmp_path / "student", SEEN[2:3])
    assert (before * after).sum() >= 1 - 1e-5


def test_unseen_words_can_still_be_spelt(tiny_model_folder, tmp_path):
    prune_vocabulary(tiny_model_folder, ["salam"], tmp_path / "student")
    tokenizer = Tokenizer.from_file(str(tmp_path / "student" / "tokenizer.json"))
    encoding = tokenizer.encode("kitap книга")
    assert "<unk>" not in encoding.tokens
    assert encoding.tokens[:7] == ["<s>", "▁", "k", "i", "t", "a", "p"]


def test_numbers_and_signs_are_kept_for_they_belong_to_no_language():
    pieces = ["▁2016", "%", "▁(", "salam", "▁25.", "3-nji", "..."]
    description = {"model": {"type": "WordPiece"}, "added_tokens": []}
    kept = indispensable_ids(description, pieces)
    assert [pieces[number] for number in sorted(kept)] == ["▁2016", "%", "▁(", "▁25.", "..."]


def test_unused_letters_stay_but_not_the_thousands_that_stand_for_words_or_syllables():
    pieces = ["ж", "ക", "▁q", "字", "각", "ꀀ"]
    description = {"model": {"type": "WordPiece"}, "added_tokens": []}
    kept = indispensable_ids(description, pieces)
    assert [pieces[number] for number in sorted(kept)] == ["ж", "ക", "▁q"]


def test_special_tokens_keep_their_part_under_new_numbers(e5_folder, tmp_path):
    prune_vocabulary(e5_folder, ["salam"], tmp_path / "student")
    tokenizer = Tokenizer.from_file(str(tmp_path / "student" / "tokenizer.json"))
    config = json.loads((tmp_path / "student" / "config.json").read_text())
    assert config["vocab_size"] == tokenizer.get_vocab_size()
    assert tokenizer.token_to_id("<mask>") == config["vocab_size"] - 1
    assert tokenizer.token_to_id("<pad>") == config["pad_token_id"]


def test_pruning_gives_equal_bytes_every_time(tiny_model_folder, tmp_path):
    prune_vocabulary(tiny_model_folder, SEEN, tmp_path / "a")
    prune_vocabulary(tiny_model_folder, SEEN[::-1], tmp_path / "b")
    for path in (tmp_path / "a").rglob("*.*"):
        if path.is_file():
            assert (
                path.read_bytes()
                == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()
            )


def test_the_report_tells_for_each_language_what_is_cut_as_before(tiny_model_folder, tmp_path):
    samples = {"tuk_Latn": ["kitap", "okadym", "salam"], "rus_Cyrl": ["книга suw"], "kaz_Cyrl": []}
    report = prune_vocabulary(tiny_model_folder, ["kitap salam"], tmp_path / "student", samples)
    turkmen, russian, kazakh = report.coverages
    assert (turkmen.language, turkmen.text_count) == ("tuk_Latn", 3)
    assert turkmen.unchanged_text_fraction == turkmen.kept_token_fraction == pytest.approx(2 / 3)
    # ▁книга is gone; ▁, s, u and w are single characters, which always stay
    assert (russian.unchanged_text_fraction, russian.kept_token_fraction) == (0, 4 / 5)
    assert (kazakh.text_count, kazakh.unchanged_text_fraction) == (0, 1)
    assert report.facts["tuk_Latn_kept_token_fraction"] == turkmen.kept_token_fraction
    assert report.facts["kept_piece_count"] == report.kept_piece_count


@settings(deadline=None, max_examples=15)
@given(st.lists(st.text("salmkitpокнг ", max_size=9), min_size=1, max_size=4))
def test_a_text_counted_as_unchanged_is_cut_as_before(tiny_model_folder, tmp_path_factory, texts):
    out = tmp_path_factory.mktemp("pruned") / "student"
    report = prune_vocabulary(tiny_model_folder, ["kitap"], out, {"und": texts})
    before, after = (
        Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (tiny_model_folder, out)
    )
    same = [before.encode(text).tokens == after.encode(text).tokens for text in texts]
    assert report.coverages[0].unchanged_text_fraction == pytest.approx(np.mean(same))


def test_a_folder_without_a_tokenizer_is_refused(tiny_model_folder, tmp_path):
    copy = shutil.copytree(tiny_model_folder, tmp_path / "copy")
    (copy / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"no tokenizer\.json"):
        prune_vocabulary(copy, SEEN, tmp_path / "student")
    assert not (tmp_path / "student").exists()


def test_a_byte_pair_tokenizer_is_refused():
    with pytest.raises(InputError, match="BPE"):
        indispensable_ids({"model": {"type": "BPE"}, "added_tokens": []}, [])


@settings(deadline=None)  # a busy machine proves nothing
@given(st.lists(st.text("abc ", max_size=12), min_size=1, max_size=5))
def test_seen_texts_are_cut_into_the_same_pieces(tiny_model_folder, texts):
    path = tiny_model_folder / "tokenizer.json"
    description = json.loads(path.read_text())
    # two-letter pieces of uneven worth make cuts that depend on each other
    description["model"]["vocab"] += [["ab", -1.5], ["▁bc", -4.0], ["ca", -2.5], ["▁▁", -30.0]]
    before = Tokenizer.from_str(json.dumps(description))
    pieces = list_pieces(description)
    used = {number for text in texts for number in before.encode(text).ids}
    kept = np.array(sorted(used | indispensable_ids(description, pieces)))
    after = Tokenizer.from_str(json.dumps(renumber(description, pieces, kept)))
    for text in texts:
        assert after.encode(text).tokens == before.encode(text).tokens


@pytest.mark.parametrize("kind", ["BertProcessing", "RobertaProcessing"])
def test_older_post_processors_are_renumbered(kind):
    description = {
        "model": {"type": "WordPiece", "vocab": {"a": 0, "bb": 1, "[CLS]": 2, "[SEP]": 3}},
        "added_tokens": [{"id": 2, "content": "[CLS]"}, {"id": 3, "content": "[SEP]"}],
        "post_processor": {"type": kind, "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]},
    }
    pieces = list_pieces(description)
    pruned = renumber(description, pieces, np.array([0, 2, 3]))
    assert pruned["model"]["vocab"] == {"a": 0, "[CLS]": 1, "[SEP]": 2}
    assert pruned["post_processor"] == {"type": kind, "cls": ["[CLS]", 1], "sep": ["[SEP]", 2]}
