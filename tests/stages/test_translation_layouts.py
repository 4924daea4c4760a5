"""Translation models that recipes may name, in small: folders as the hub has them, random weights.

Marian knows one direction, and keeps a sentencepiece model for either side; M2M100 calls Russian
`__ru__`, and its tokenizer has ids for languages beside its vocabulary; mBART-50 calls it `ru_RU`.
"""

import json

import numpy as np
import pytest
import sentencepiece
import torch
from huggingface_hub.utils import filter_repo_objects

from pipeline.directed_pairs import TextPairs
from pipeline.encoders import load_encoder
from pipeline.encoders.loading import HUB_FILES
from pipeline.errors import InputError
from pipeline.parameters import TranslationParams
from pipeline.translation.directed_tokenizer import DirectedTokenizer
from pipeline.translation.teaching import TranslationCourse, teach_translator
from pipeline.translation.training.running import run_job
from pipeline.translation.translating import translate_texts
from pipeline.translation_directions import Direction

WAY = Direction("kaz_Cyrl", "rus_Cyrl")
SOURCES = ["кітап оқыдым", "су ішті", "үй үлкен", "нан жедім", "жол ұзақ"]
TARGETS = ["я читал книгу", "он пил воду", "дом большой", "я ел хлеб", "дорога длинная"]
SIZES = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 128,
}


def _train_pieces(texts, model_file):
    with model_file.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=file,
            vocab_size=45,
            hard_vocab_limit=False,
            minloglevel=2,
        )
    model = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
    return [model.id_to_piece(number) for number in range(3, len(model))]


def _write_vocabulary(path, pieces):
    known = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    path.write_text(json.dumps(known), encoding="utf-8")
    return known


def _write_marian(folder, asked=()):
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    pieces = [
        *_train_pieces(SOURCES, folder / "source.spm"),
        *_train_pieces(TARGETS, folder / "target.spm"),
    ]
    known = _write_vocabulary(folder / "vocab.json", ["</s>", "<unk>", *asked, *pieces, "<pad>"])
    names = ("source.spm", "target.spm", "vocab.json")
    MarianTokenizer(*(str(folder / name) for name in names)).save_pretrained(folder)
    pad = known["<pad>"]
    starts = {"pad_token_id": pad, "decoder_start_token_id": pad, "eos_token_id": 0}
    config = MarianConfig(vocab_size=len(known), **SIZES, **starts, forced_eos_token_id=0)
    MarianMTModel(config).save_pretrained(folder)


def _write_m2m100(folder):
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    pieces = _train_pieces([*SOURCES, *TARGETS], folder / "sentencepiece.bpe.model")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    known = _write_vocabulary(folder / "vocab.json", [*special, *pieces])
    files = (str(folder / name) for name in ("vocab.json", "sentencepiece.bpe.model"))
    tokenizer = M2M100Tokenizer(*files)
    tokenizer.save_pretrained(folder)
    size = len(known) + len(tokenizer.lang_code_to_id) + tokenizer.num_madeup_words
    M2M100ForConditionalGeneration(M2M100Config(vocab_size=size, **SIZES)).save_pretrained(folder)


def _write_mbart(folder):
    from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration

    letters = sorted({*"".join([*SOURCES, *TARGETS])} - {" "})
    tokenizer = MBart50Tokenizer(
        vocab=[("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), ("▁", -2.0)]
        + [(letter, -4.0) for letter in letters]
    )
    tokenizer.save_pretrained(folder)
    config = MBartConfig(vocab_size=len(tokenizer), decoder_start_token_id=2, **SIZES)
    MBartForConditionalGeneration(config).save_pretrained(folder)


WRITERS = {"marian": _write_marian, "m2m100": _write_m2m100, "mbart50": _write_mbart}
RUSSIAN = {"marian": None, "m2m100": "__ru__", "mbart50": "ru_RU"}


@pytest.fixture(scope="module", params=WRITERS)
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / request.param
    folder.mkdir()
    torch.manual_seed(0)
    WRITERS[request.param](folder)
    return folder


def test_every_file_is_fetched_from_the_hub(folder):
    names = [path.name for path in folder.iterdir()]
    assert sorted(filter_repo_objects(names, allow_patterns=HUB_FILES)) == sorted(names)


def test_the_target_stands_behind_its_language_where_the_model_has_languages(folder):
    tokenizer, name = DirectedTokenizer(folder, WAY), RUSSIAN[folder.name]
    [read], [said] = tokenizer.sources(["үй үлкен"], 64), tokenizer.targets(["дом большой"], 64)
    known = tokenizer.tokenizer
    assert (read[-1], said[-1]) == (known.eos_token_id, known.eos_token_id)
    assert known.unk_token_id not in {*read, *said}
    if name is None:
        assert tokenizer.target_token is None
    else:
        assert said[0] == tokenizer.target_token == known.convert_tokens_to_ids(name)
        assert read[0] != said[0]
    assert tokenizer.texts([said]) == ["дом большой"]


@pytest.mark.parametrize("rank", [0, 4])
def test_it_learns_and_translates(folder, tmp_path, rank):
    params = TranslationParams(
        lora_rank=rank, epochs=2, batch_pairs=5, dev_pairs=2, dev_checks=1, learning_rate=1e-2
    )
    pairs = TextPairs(SOURCES, TARGETS)
    taught = teach_translator(
        TranslationCourse(folder, WAY, pairs, pairs.evenly(2), params),
        tmp_path,
        run=lambda files, said: run_job(files.folder, said),
    )
    losses = [step.loss for step in taught.log.steps]
    assert losses[-1] < losses[0]
    [said] = translate_texts(taught.folder, WAY, ["үй үлкен"], beams=1)
    assert not {"__ru__", "ru_RU", "</s>"} & set(said.split())


def test_its_encoder_is_an_encoder(folder):
    encoder = load_encoder(str(folder))
    vectors = {code: encoder.encode(SOURCES, language=code) for code in WAY}
    assert vectors[WAY.source].shape == (len(SOURCES), encoder.dimension)
    assert np.allclose(np.linalg.norm(vectors[WAY.source], axis=1), 1, atol=1e-5)
    are_apart = not np.allclose(vectors[WAY.source], vectors[WAY.target], atol=1e-4)
    assert are_apart == (RUSSIAN[folder.name] is not None)


def test_two_languages_that_it_does_not_know_are_refused(folder):
    unknown = Direction("tuk_Latn", "tuk_Cyrl")
    if RUSSIAN[folder.name] is None:
        assert DirectedTokenizer(folder, unknown).target_token is None
        return
    with pytest.raises(InputError, match=r"no token for tuk_Latn, only for .*rus_Cyrl"):
        DirectedTokenizer(folder, unknown)


def test_a_model_of_one_direction_does_not_translate_back(tmp_path):
    _write_marian(tmp_path)
    params = TranslationParams(back_translated=2)
    pairs = TextPairs(SOURCES, TARGETS)
    course = TranslationCourse(tmp_path, WAY, pairs, pairs, params, ["дом"])
    with pytest.raises(InputError, match="cannot translate rus_Cyrl back into kaz_Cyrl"):
        teach_translator(course, tmp_path / "work")


ASKED = [">>aze_Latn<<", ">>rus<<", ">>tuk<<", ">>tuk_Latn<<", ">>kaz_Cyrl<<"]


@pytest.mark.parametrize(
    ("target", "token"),
    [("tuk_Latn", ">>tuk_Latn<<"), ("azj_Latn", ">>aze_Latn<<"), ("rus_Cyrl", ">>rus<<")],
)
def test_marian_is_asked_by_the_source_for_one_of_the_languages_it_writes(tmp_path, target, token):
    _write_marian(tmp_path, ASKED)
    tokenizer = DirectedTokenizer(tmp_path, Direction("kaz_Cyrl", target))
    [read], [said] = tokenizer.sources(["үй үлкен"], 64), tokenizer.targets(["дом большой"], 64)
    assert read[0] == tokenizer.tokenizer.convert_tokens_to_ids(token)
    assert tokenizer.target_token is None
    assert tokenizer.texts([said]) == ["дом большой"]
    assert len(translate_texts(tmp_path, WAY, ["үй үлкен"], beams=1)) == 1


def test_marian_is_not_asked_for_a_language_that_it_does_not_write(tmp_path):
    _write_marian(tmp_path, ASKED)
    with pytest.raises(InputError, match="asked to write tgk_Cyrl, only >>aze_Latn<<"):
        DirectedTokenizer(tmp_path, Direction("rus_Cyrl", "tgk_Cyrl"))


def test_marian_of_several_languages_translates_back(tmp_path):
    model, work = tmp_path / "model", tmp_path / "work"
    model.mkdir()
    work.mkdir()
    _write_marian(model, ASKED)
    params = TranslationParams(
        back_translated=2, epochs=1, batch_pairs=5, dev_pairs=2, dev_checks=1, lora_rank=4
    )
    pairs = TextPairs(SOURCES, TARGETS)
    course = TranslationCourse(model, WAY, pairs, pairs.evenly(2), params, ["дом", "хлеб"])
    taught = teach_translator(course, work, run=lambda files, said: run_job(files.folder, said))
    assert taught.log.steps
