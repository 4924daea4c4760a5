"""Translation models taught for real: tiny ones, on sentences of a toy language."""

import dataclasses
import itertools
import signal

import numpy as np
import psutil
import pytest
import torch
from pyarrow import parquet
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pipeline.directed_pairs import TextPairs
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError, SourceUnavailable
from pipeline.parameters import TranslationParams
from pipeline.progress import silent
from pipeline.training.telemetry import read_telemetry
from pipeline.translation.devices import open_model
from pipeline.translation.directed_tokenizer import DirectedTokenizer
from pipeline.translation.scratch import build_translator
from pipeline.translation.teaching import (
    BACK_TRANSLATED_NAME,
    TranslationCourse,
    read_translation_log,
    teach_translator,
)
from pipeline.translation.training import run
from pipeline.translation.training.job import (
    TranslationFolder,
    TranslationJob,
    read_job,
    read_log,
    write_job,
)
from pipeline.translation.training.process import train_in_process
from pipeline.translation.training.running import run_job
from pipeline.translation.training.step_loss import TokenisedPairs
from pipeline.translation.training.trainer import train
from pipeline.translation.training.translator import LORA_FOLDER, TranslatorInTraining
from pipeline.translation.translating import Translator, translate_texts
from pipeline.translation_directions import Direction
from pipeline.translation_models import TranslatorSize

DIRECTION = Direction("tuk_Latn", "rus_Cyrl")
WORDS = {"kitap": "книга", "suw": "вода", "öý": "дом", "gök": "синий", "ňan": "хлеб"}
SIZE = TranslatorSize(hidden=32, layers=1, heads=2, feed_forward=64, pieces=60, dropout=0.1)
SHORT = TranslationParams(
    preset="scratch", epochs=2, batch_tokens=128, dev_pairs=5, dev_checks=2, max_tokens=24
)


def _reversed_sentences():
    """Every sentence of two or three words, and its words translated in the opposite order."""
    rows = [words for count in (2, 3) for words in itertools.product(WORDS, repeat=count)]
    sources = [" ".join(words) for words in rows]
    return TextPairs(sources, [" ".join(WORDS[word] for word in words[::-1]) for words in rows])


def _split(pairs):
    """Every seventh pair for development."""
    held = [number % 7 == 3 for number in range(len(pairs))]
    sides = [
        TextPairs(
            list(itertools.compress(pairs.sources, choice)),
            list(itertools.compress(pairs.targets, choice)),
        )
        for choice in ([not one for one in held], held)
    ]
    return tuple(sides)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A random model that knows the pieces of the toy language."""
    folder = tmp_path_factory.mktemp("translation") / "start"
    pairs = _reversed_sentences()
    build_translator(SIZE, DIRECTION, [*pairs.sources, *pairs.targets], folder, seed=1)
    return folder


@pytest.fixture
def job(start):
    pairs, dev = _split(_reversed_sentences())
    return TranslationJob(
        start, DIRECTION, pairs, dev, SHORT, 2e-3, checkpoint_steps=3, checkpoint_seconds=0
    )


def _trained(job, folder, **options):
    return train(job, folder / "model", folder / "checkpoint.pt", **options)


def test_translating_in_reverse_order_is_learnt(tmp_path):
    pairs, dev = _split(_reversed_sentences())
    params = SHORT.model_copy(update={"epochs": 60, "batch_tokens": 256, "learning_rate": 5e-3})
    size = SIZE.model_copy(update={"hidden": 64, "heads": 4, "dropout": 0.0})
    taught = teach_translator(
        TranslationCourse(size, DIRECTION, pairs, dev, params), tmp_path / "work"
    )
    said = translate_texts(taught.folder, DIRECTION, dev.sources)
    right = sum(one == wanted for one, wanted in zip(said, dev.targets, strict=True))
    assert right >= 0.7 * len(dev)
    assert taught.log.best.chrf2pp > 70 > taught.log.dev_scores[0].chrf2pp
    assert read_translation_log(taught.folder) == taught.log


def test_a_run_stopped_anywhere_ends_with_the_weights_and_the_log_of_an_undisturbed_one(
    job, tmp_path
):
    calm = _trained(job, tmp_path / "calm")
    assert len(calm.steps) > 12
    stops = [2, 5, len(calm.steps) // 2, len(calm.steps) - 1]

    class StoppedError(Exception):
        pass

    for stop in stops:

        def interrupt(measures, stop=stop):
            if measures.step.step == stop:
                raise StoppedError

        with pytest.raises(StoppedError):
            _trained(job, tmp_path / "stopped", watches=[interrupt])
    log = _trained(job, tmp_path / "stopped")
    assert log == calm
    assert hash_model_folder(tmp_path / "stopped" / "model") == hash_model_folder(
        tmp_path / "calm" / "model"
    )


@pytest.mark.slow
def test_a_trainer_killed_by_signals_anywhere_resumes_to_the_curve_of_an_undisturbed_run(
    job, tmp_path
):
    calm = _trained(job, tmp_path / "calm")
    anywhere = np.random.default_rng(8).choice(np.arange(1, len(calm.steps)), 2, replace=False)
    for stop in sorted(anywhere):

        def kill(done, _total, message, stop=stop):
            if done == stop and message.startswith("training"):
                [trainer] = [
                    child
                    for child in psutil.Process().children()
                    if "pipeline.translation" in child.cmdline()
                ]
                trainer.send_signal(signal.SIGKILL)

        with pytest.raises(SourceUnavailable, match="signal 9"):
            train_in_process(job, tmp_path / "killed", kill)
    assert train_in_process(job, tmp_path / "killed") == calm
    told = [one.step for one in read_telemetry(TranslationFolder(tmp_path / "killed").telemetry)]
    assert told == list(calm.steps)
    assert hash_model_folder(tmp_path / "killed" / "model") == hash_model_folder(
        tmp_path / "calm" / "model"
    )


def test_steps_without_a_finite_gradient_change_nothing_and_are_counted(job, tmp_path, monkeypatch):
    real, calls = run.step_loss, []

    def sometimes_not_a_number(*arguments):
        calls.append(1)
        loss = real(*arguments)
        return loss * float("nan") if len(calls) in {3, 4} else loss

    monkeypatch.setattr(run, "step_loss", sometimes_not_a_number)
    log = _trained(job, tmp_path)
    assert [step.step for step in log.steps if step.is_skipped] == [2, 3]
    assert log.skipped_step_count == 2
    weights = open_model(tmp_path / "model", torch.device("cpu")).parameters()
    assert all(bool(weight.isfinite().all()) for weight in weights)


def test_a_training_that_diverges_is_given_up(job, tmp_path, monkeypatch):
    real = run.step_loss
    monkeypatch.setattr(run, "step_loss", lambda *given: real(*given) * float("inf"))
    with pytest.raises(InputError, match="diverged"):
        _trained(job, tmp_path)


def test_a_merged_adapter_says_what_the_model_beside_its_adapter_says(start, tmp_path, job):
    params = SHORT.model_copy(update={"lora_rank": 4, "lora_alpha": 8.0, "lora_dropout": 0.1})
    adapted = TranslatorInTraining(start, params, torch.device("cpu"))
    assert all("lora" in name for name in adapted.trained)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in adapted.trained.values():
            weight.copy_(torch.randn_like(weight) * 0.1)
    tokenizer = DirectedTokenizer(start, DIRECTION)
    (tmp_path / "model").mkdir()
    adapted.save(tmp_path / "model", tokenizer)
    merged = open_model(tmp_path / "model", torch.device("cpu"))
    loaded = open_model(start, torch.device("cpu"))
    loaded.load_adapter(str(tmp_path / "model" / LORA_FOLDER))
    pairs = TokenisedPairs(
        tokenizer.sources(job.dev.sources, 24), tokenizer.targets(job.dev.targets, 24), 1
    )
    batch = pairs.batch(range(len(job.dev)), merged.config.decoder_start_token_id)
    batch.pop("labels")
    adapted.model.eval()
    with torch.inference_mode():
        beside, inside, put_on, before = (
            model(**batch).logits
            for model in (adapted.model, merged, loaded, open_model(start, torch.device("cpu")))
        )
    torch.testing.assert_close(inside, beside, atol=1e-4, rtol=0)
    torch.testing.assert_close(put_on, beside, atol=1e-4, rtol=0)
    assert float((before - beside).abs().max()) > 0.01


def test_lora_teaches_beside_all_linear_layers_and_the_published_preset_two_of_them(start):
    def adapted_layers(params):
        names = TranslatorInTraining(start, params, torch.device("cpu")).trained
        return {name.split(".lora_")[0].rsplit(".", 1)[1] for name in names}

    assert adapted_layers(TranslationParams(lora_rank=2)) == {
        "q_proj",
        "k_proj",
        "v_proj",
        "out_proj",
        "fc1",
        "fc2",
    }
    published = TranslationParams(preset="published_lora")
    assert adapted_layers(published) == {"q_proj", "v_proj"}
    assert (published.lora_rank, published.lora_alpha, published.learning_rate) == (16, 32, 1e-5)


def test_lora_learns_and_leaves_a_whole_model(job, tmp_path):
    params = TranslationParams(
        lora_rank=4, epochs=2, batch_tokens=128, dev_pairs=5, dev_checks=1, max_tokens=24
    )
    log = _trained(dataclasses.replace(job, params=params, learning_rate=5e-3), tmp_path)
    assert log.steps[-1].loss < log.steps[0].loss
    assert (tmp_path / "model" / LORA_FOLDER / "adapter_model.safetensors").is_file()
    assert len(translate_texts(tmp_path / "model", DIRECTION, ["kitap suw"])) == 1


def test_of_several_learning_rates_the_best_on_development_pairs_is_kept(start, job, tmp_path):
    params = SHORT.model_copy(update={"rate_factors": "0.00001,4"})
    course = TranslationCourse(start, DIRECTION, job.pairs, job.dev, params)
    taught = teach_translator(course, tmp_path, run=lambda files, said: run_job(files.folder, said))
    logs = [read_log(tmp_path / f"rate_{rate:g}" / "log.json") for rate in params.rates]
    assert taught.log == max(logs, key=lambda log: log.best.chrf2pp)
    assert not list(tmp_path.rglob("checkpoint.pt*"))


def test_curves_go_where_they_are_to_be_kept(job, tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_TRAINING_TRACKER", "tensorboard")
    kept = tmp_path / "kept" / "training"
    files = TranslationFolder(tmp_path / "job")
    files.folder.mkdir()
    write_job(job, files)
    assert run_job(files.folder, silent, kept) == 0
    losses = EventAccumulator(str(kept)).Reload().Scalars("loss")
    assert [event.step for event in losses] == list(range(len(read_log(files.log).steps)))
    assert not files.tracking.exists()


def test_a_training_that_does_harm_leaves_the_start(job, tmp_path):
    harmful = dataclasses.replace(job, learning_rate=1e-12)
    log = _trained(harmful, tmp_path)
    assert log.best == log.dev_scores[0]
    before = open_model(job.start_folder, torch.device("cpu")).state_dict()
    after = open_model(tmp_path / "model", torch.device("cpu")).state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_text_stands_behind_the_token_of_its_language(start):
    tokenizer = DirectedTokenizer(start, DIRECTION)
    names = tokenizer.tokenizer.convert_ids_to_tokens
    [read], [said] = tokenizer.sources(["kitap"], 24), tokenizer.targets(["книга"], 24)
    assert (names(read)[0], names(read)[-1]) == ("tuk_Latn", "</s>")
    assert (names(said)[0], names(said)[-1]) == ("rus_Cyrl", "</s>")
    assert tokenizer.target_token == said[0]
    assert tokenizer.texts([said]) == ["книга"]
    assert len(tokenizer.sources(["kitap " * 99], 24)[0]) == 24


@pytest.mark.parametrize("source", ["tuk_Latn", "azj_Latn"])
def test_a_language_without_a_token_is_refused(start, source):
    with pytest.raises(InputError, match=r"no token for \w+, only for tuk_Latn, rus_Cyrl"):
        DirectedTokenizer(start, Direction(source, "eng_Latn"))


def test_blank_lines_stay_blank_and_equal_lines_are_translated_alike(start):
    said = translate_texts(start, DIRECTION, ["kitap suw", "", "öý", "  ", "kitap suw"], beams=1)
    assert (said[1], said[3]) == ("", "")
    assert said[0] == said[4]


def test_a_translation_does_not_depend_on_its_neighbours(start):
    translator = Translator.opened(start, DIRECTION, beams=1)
    texts = ["kitap", "kitap suw öý gök", "ňan öý"]
    assert translator.translate(texts) == [translator.translate([text])[0] for text in texts]


def test_the_encoder_of_a_translation_model_is_an_encoder(start):
    vectors = load_encoder(str(start)).encode(["kitap", "suw"], language="tuk_Latn")
    assert vectors.shape == (2, SIZE.hidden)


def test_a_job_reads_back_as_it_was_written(job, tmp_path):
    files = TranslationFolder(tmp_path)
    write_job(job, files)
    again = read_job(files)
    assert again.params == job.params
    assert (list(again.pairs.sources), list(again.dev.targets)) == (
        list(job.pairs.sources),
        list(job.dev.targets),
    )
    files.pairs.write_bytes(b"torn")
    with pytest.raises(InputError, match="holds no translation job"):
        read_job(files)


def test_without_pairs_there_is_nothing_to_train(start):
    with pytest.raises(InputError, match="0 pairs to learn from"):
        TranslationJob(start, DIRECTION, TextPairs(), TextPairs(["a"], ["b"]), SHORT, 1e-3)


def test_texts_translated_back_by_the_start_model_are_learnt_too(start, job, tmp_path):
    params = SHORT.model_copy(update={"back_translated": 3, "epochs": 1, "dev_checks": 1})
    mono = [*job.dev.targets[:4], "хлеб хлеб"]
    course = TranslationCourse(start, DIRECTION, job.pairs, job.dev, params, mono)
    taught = teach_translator(course, tmp_path, run=lambda files, said: run_job(files.folder, said))
    added = taught.facts["back_translated_count"]
    assert 1 <= added <= 3
    assert taught.log.pair_count == len(job.pairs) + added
    table = parquet.read_table(taught.folder / BACK_TRANSLATED_NAME)
    assert set(table["origin"].to_pylist()) == {"back_translated"}
    assert len(table) == added
    assert set(table["target_text"].to_pylist()) <= set(mono)


def test_texts_that_were_wanted_and_are_not_there_are_told(start, job, tmp_path):
    params = SHORT.model_copy(update={"back_translated": 7, "epochs": 1, "dev_checks": 1})
    course, said = TranslationCourse(start, DIRECTION, job.pairs, job.dev, params), []
    taught = teach_translator(
        course,
        tmp_path,
        lambda *words: said.append(words),
        lambda files, tell: run_job(files.folder, tell),
    )
    told = "texts of rus_Cyrl alone, which the start model translates back"
    assert (0, 7, told) in said
    assert taught.facts["back_translated_wanted"] == 7
    assert taught.facts["back_translated_count"] == 0


def test_a_model_from_scratch_is_not_asked_to_translate_back(job, tmp_path):
    params = SHORT.model_copy(update={"back_translated": 3})
    course = TranslationCourse(SIZE, DIRECTION, job.pairs, job.dev, params, ["хлеб"])
    with pytest.raises(InputError, match="a model from scratch cannot translate"):
        teach_translator(course, tmp_path)


def test_dutar_translate_prints_a_line_for_each(start):
    from typer.testing import CliRunner

    from pipeline.cli import app

    result = CliRunner().invoke(
        app, ["translate", str(start), "tuk", "rus", "--beams", "1"], input="kitap suw\n\nöý\n"
    )
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 3
    assert result.stdout.splitlines()[1] == ""
