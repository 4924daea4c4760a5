"""Translation models that lack letters of their languages, and are given them."""

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from pipeline.directed_pairs import TextPairs
from pipeline.errors import InputError
from pipeline.parameters import TranslationParams
from pipeline.translation.devices import open_model
from pipeline.translation.directed_tokenizer import DirectedTokenizer
from pipeline.translation.extension import extend_translator
from pipeline.translation.missing_letters import missing_letters
from pipeline.translation.scratch import build_translator
from pipeline.translation.teaching import TranslationCourse, teach_translator
from pipeline.translation.training.running import run_job
from pipeline.translation.training.translator import LORA_FOLDER, TranslatorInTraining
from pipeline.translation.translating import translate_texts
from pipeline.translation_directions import Direction
from pipeline.translation_models import TranslatorSize

DIRECTION = Direction("rus_Cyrl", "tuk_Latn")
PLAIN = ["kitap okadym", "men suw içdim", "gel oglum", "я читал книгу", "вода и хлеб"]
TURKMEN = "Ýagyş ýaganda ňan iýdim, şäheriň žurnaly täze."
PAIRS = TextPairs(["вода и хлеб"] * 10, [TURKMEN] * 10)
SIZE = TranslatorSize(hidden=32, layers=1, heads=2, feed_forward=64, pieces=80, dropout=0.0)


def _write_t5(folder):
    """A random T5, whose Unigram tokenizer has the letters of the plain texts, and spare rows."""
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    letters = sorted({*"".join(PLAIN)} - {" "})
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    vocabulary = [*special, *((letter, -4.0) for letter in letters), ("▁kitap", -3.0)]
    tokenizer = T5Tokenizer(vocab=vocabulary, extra_ids=4)
    torch.manual_seed(2)
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 2}
    config = T5Config(vocab_size=len(tokenizer) + 3, decoder_start_token_id=0, **sizes)
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="module")
def starts(tmp_path_factory):
    """NLLB's architecture with Byte-Pair pieces, and T5's with a Unigram tokenizer."""
    folder = tmp_path_factory.mktemp("lacking")
    build_translator(SIZE, DIRECTION, PLAIN, folder / "nllb", seed=1)
    _write_t5(folder / "t5")
    return {name: folder / name for name in ("nllb", "t5")}


@pytest.fixture(params=["nllb", "t5"])
def start(request, starts):
    return starts[request.param]


def _ids(folder, text):
    return DirectedTokenizer(folder, DIRECTION).targets([text], 512)[0]


def _logits(model, folder, source, target):
    tokenizer = DirectedTokenizer(folder, DIRECTION)
    read = torch.tensor(tokenizer.sources([source], 64))
    said = torch.tensor(tokenizer.targets([target], 64))
    with torch.inference_mode():
        return model(input_ids=read, decoder_input_ids=said).logits[0]


def test_a_turkmen_sentence_is_written_whole_where_it_was_not(start, tmp_path):
    extension = extend_translator(start, DIRECTION, PAIRS, tmp_path / "extended")
    before, after = (AutoTokenizer.from_pretrained(one) for one in (start, extension.folder))
    assert before.unk_token_id in _ids(start, TURKMEN)
    ids = _ids(extension.folder, TURKMEN)
    assert after.unk_token_id not in ids
    assert after.decode(ids, skip_special_tokens=True) == TURKMEN
    assert extension.unknown_share_before > 0.2 > extension.unknown_share_after == 0
    assert {*"ýňşäžÝ,."} <= set(extension.letters)
    assert after.convert_tokens_to_ids(list(extension.letters)) == list(extension.ids)


def test_what_the_model_says_of_its_old_pieces_does_not_change(start, tmp_path):
    extension = extend_translator(start, DIRECTION, PAIRS, tmp_path / "extended")
    cpu = torch.device("cpu")
    before, after = (open_model(one, cpu) for one in (start, extension.folder))
    said = [
        _logits(model, folder, "вода и хлеб", "kitap okadym")[:, : extension.first_id]
        for model, folder in ((before, start), (after, extension.folder))
    ]
    torch.testing.assert_close(said[1], said[0], atol=1e-6, rtol=0)
    old, new = (model.get_input_embeddings().weight for model in (before, after))
    assert torch.equal(new[: extension.first_id], old[: extension.first_id])
    tokenizer = AutoTokenizer.from_pretrained(extension.folder)
    with_mark, without = tokenizer.convert_tokens_to_ids(["ň", "n"])
    assert torch.equal(new[with_mark], old[without])
    assert after.get_output_embeddings().weight.data_ptr() == new.data_ptr()


@pytest.mark.parametrize(
    ("code", "starts_as"),
    [
        ("tuk_Latn", {"ž": "j", "ň": "n", "ö": "o", "ş": "s", "Ý": "Y"}),
        ("tgk_Cyrl", {"ҷ": "ч", "ӣ": "и", "ӯ": "у", "ғ": "г"}),
        ("kaz_Cyrl", {"қ": "к", "ғ": "г", "ң": "н"}),
    ],
)
def test_a_missing_letter_starts_as_its_relative_or_as_itself_without_marks(code, starts_as):
    from tokenizers import Tokenizer, models

    letters = "abcçdefghijklmnoprstuvwxyzYабвгдеёжзийклмнопрстуфхцчшщъыьэюя"
    vocabulary = {letter: number for number, letter in enumerate(["<unk>", *letters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    found = {one.piece: one for one in missing_letters(tokenizer, Direction("eng_Latn", code), [])}
    for letter, known in starts_as.items():
        assert found[letter].parts == (vocabulary[known],)
    assert not found.keys() & set(letters)


def test_only_what_texts_have_often_is_added_beside_alphabets(starts):
    tokenizer = AutoTokenizer.from_pretrained(starts["nllb"]).backend_tokenizer
    found = [one.piece for one in missing_letters(tokenizer, DIRECTION, ["«ş" * 10, "☃" * 9])]
    assert "«" in found
    assert "☃" not in found
    assert found.count("ş") == 1


def test_a_model_that_lacks_nothing_stays_as_it_is(tmp_path, starts):
    first = extend_translator(starts["t5"], DIRECTION, PAIRS, tmp_path / "extended")
    again = extend_translator(first.folder, DIRECTION, PAIRS, tmp_path / "twice")
    assert (again.folder, again.letters, again.ids) == (first.folder, (), ())
    assert not (tmp_path / "twice").exists()


def test_a_tokenizer_that_takes_no_pieces_is_named(tmp_path, starts, monkeypatch):
    from pipeline.translation import extension

    monkeypatch.setattr(extension, "append_pieces", lambda description, new: description)
    with pytest.raises(InputError, match="is_vocabulary_extended: false"):
        extend_translator(starts["nllb"], DIRECTION, PAIRS, tmp_path / "extended")
    assert not (tmp_path / "extended").exists()


def test_a_merged_model_has_the_rows_that_were_trained_beside_its_adapter(start, tmp_path):
    extension = extend_translator(start, DIRECTION, PAIRS, tmp_path / "extended")
    params = TranslationParams(lora_rank=4, lora_dropout=0.0)
    adapted = TranslatorInTraining(extension.folder, params, torch.device("cpu"), extension.ids)
    untouched = open_model(extension.folder, torch.device("cpu"))
    given = (extension.folder, "вода и хлеб", TURKMEN)
    torch.testing.assert_close(
        _logits(adapted.model, *given), _logits(untouched, *given), atol=1e-5, rtol=0
    )
    [rows] = [weight for name, weight in adapted.trained.items() if "lora" not in name]
    assert rows.shape == (len(extension.letters), SIZE.hidden)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in adapted.trained.values():
            weight.add_(torch.randn_like(weight) * 0.1)
    (tmp_path / "model").mkdir()
    adapted.save(tmp_path / "model", DirectedTokenizer(extension.folder, DIRECTION))
    merged = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "model").eval()
    adapted.model.eval()
    torch.testing.assert_close(
        _logits(merged, *given), _logits(adapted.model, *given), atol=1e-4, rtol=0
    )
    untouched.load_adapter(str(tmp_path / "model" / LORA_FOLDER))
    torch.testing.assert_close(
        _logits(untouched, *given), _logits(adapted.model, *given), atol=1e-4, rtol=0
    )


def _taught(start, work, **changes):
    params = TranslationParams(
        **{"lora_rank": 4, "epochs": 2, "batch_pairs": 4, "dev_checks": 1, "max_tokens": 64}
        | {"learning_rate": 1e-2}
        | changes
    )
    course = TranslationCourse(start, DIRECTION, PAIRS, PAIRS.evenly(2), params)
    return teach_translator(course, work, run=lambda files, said: run_job(files.folder, said))


def test_teaching_by_lora_trains_new_letters_and_tells_of_them(start, tmp_path):
    taught = _taught(start, tmp_path)
    assert taught.facts["unknown_token_share_before"] > 0.2
    assert taught.facts["unknown_token_share_after"] == 0
    assert "ž" in taught.facts["added_letters"].split()
    assert taught.log.steps[-1].loss < taught.log.steps[0].loss
    assert len(translate_texts(taught.folder, DIRECTION, ["вода"])) == 1
    assert AutoTokenizer.from_pretrained(taught.folder).convert_tokens_to_ids("ž") > 0


def test_with_the_switch_off_a_model_is_trained_as_it_is(starts, tmp_path):
    taught = _taught(starts["nllb"], tmp_path, is_vocabulary_extended=False)
    assert "added_letters" not in taught.facts
    assert len(AutoTokenizer.from_pretrained(taught.folder)) == len(
        AutoTokenizer.from_pretrained(starts["nllb"])
    )
