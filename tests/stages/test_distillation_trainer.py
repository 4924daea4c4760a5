import dataclasses

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from pipeline.distillation.training.batch_encoding import BatchEncoder
from pipeline.distillation.training.interpolation import least_kept
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.job_files import (
    JobFolder,
    read_job,
    read_projection,
    write_job,
)
from pipeline.distillation.training.log import read_log
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams
from pipeline.training import checkpoint as checkpoint_module
from pipeline.training.folder import write_log

SOURCES = [f"{a} {b}" for a in ("salam", "kitap", "okadym", "suw") for b in "äöüýňş"]
TARGETS = [f"{a} {b}" for a in ("привет", "книга", "читал", "вода") for b in "абвгде"]
SAVE_OFTEN = {"checkpoint_steps": 5, "checkpoint_seconds": 0.0}
PARAMS = DistillationParams(epochs=8, batch_pairs=6, learning_rate=1e-3, max_tokens=16)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads that wait for one another cost more than they bring on a model this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def job(tiny_model_folder):
    teacher = load_encoder(str(tiny_model_folder)).encode(TARGETS, language="rus")
    return TrainingJob(tiny_model_folder, SOURCES, TARGETS, teacher, PARAMS, **SAVE_OFTEN)


@pytest.fixture(scope="module")
def undisturbed(job, tmp_path_factory):
    """Folder of the student, and the log, of a run that nothing stopped."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder / "student", train(job, folder / "student", folder / "checkpoint.pt")


def cosine_to_teacher(folder, job):
    vectors = load_encoder(str(folder)).encode(SOURCES, language="tuk")
    return (vectors * job.teacher_vectors).sum(axis=1).mean()


def stop_after(steps):
    def listen(done, _total, _message):
        if done == steps:
            raise KeyboardInterrupt

    return listen


def test_the_focus_side_comes_nearer_and_the_pivot_side_stays(job, tmp_path):
    folder = tmp_path / "student"
    train(dataclasses.replace(job, objective="mse"), folder, tmp_path / "c.pt")
    gap_before = 1 - cosine_to_teacher(job.start_folder, job)
    assert 1 - cosine_to_teacher(folder, job) < gap_before / 2
    pivot = load_encoder(str(folder)).encode(TARGETS, language="rus")
    assert 1 - (pivot * job.teacher_vectors).sum(axis=1).mean() < gap_before / 2


def test_the_log_tells_every_step(undisturbed):
    _, log = undisturbed
    assert [step.step for step in log.steps] == list(range(8 * 4))
    assert log.steps[-1].terms["distance"] < log.steps[0].terms["distance"]
    assert log.steps[0].terms["retention"] == pytest.approx(0, abs=1e-6)
    assert max(step.learning_rate for step in log.steps) == pytest.approx(1e-3, rel=0.1)
    assert log.pair_count == len(SOURCES)
    assert log.skipped_step_count == 0


def test_the_student_is_a_plain_sentence_transformers_folder(undisturbed):
    folder, _ = undisturbed
    model = SentenceTransformer(str(folder))
    assert model.prompts["query"] == "query: "
    assert np.linalg.norm(model.encode("salam")) == pytest.approx(1, abs=1e-5)
    assert not [path for path in folder.rglob("*") if path.suffix in {".bin", ".pt"}]


@pytest.mark.parametrize("objective", ["mse", "mnr"])
def test_another_objective_is_logged_with_its_own_loss_which_falls(job, tmp_path, objective):
    params = PARAMS.model_copy(update={"balance": 0.6})
    one = dataclasses.replace(job, params=params, objective=objective)
    log = train(one, tmp_path / "student", tmp_path / "c.pt")
    for step in log.steps:
        focus = step.terms[objective] * (1 if objective == "mse" else params.ranking_weight)
        retention = 0.4 * step.terms["retention"]
        assert step.loss == pytest.approx(0.6 * focus + retention, abs=1e-5)
    assert log.steps[-1].terms[objective] < log.steps[0].terms[objective]


def test_mse_is_mse_and_mnr_without_any_weight_on_ranking(job, tmp_path):
    params = PARAMS.model_copy(update={"ranking_weight": 0.0, "epochs": 1})
    for objective in ("mse", "mse+mnr"):
        one = dataclasses.replace(job, params=params, objective=objective)
        train(one, tmp_path / objective, tmp_path / "c.pt")
    assert hash_model_folder(tmp_path / "mse") == hash_model_folder(tmp_path / "mse+mnr")


def test_frozen_word_embeddings_do_not_move(job, undisturbed, tmp_path):
    def table(folder):
        return SentenceTransformer(str(folder)).transformers_model.get_input_embeddings().weight

    assert (table(undisturbed[0]) == table(job.start_folder)).all()
    free = PARAMS.model_copy(update={"is_word_embedding_frozen": False, "epochs": 1})
    train(dataclasses.replace(job, params=free), tmp_path / "student", tmp_path / "checkpoint.pt")
    assert (table(tmp_path / "student") != table(job.start_folder)).any()


def test_all_weight_on_retention_leaves_the_model_where_it_was(job, tmp_path):
    params = PARAMS.model_copy(update={"balance": 0.0, "epochs": 1})
    start = cosine_to_teacher(job.start_folder, job)
    train(dataclasses.replace(job, params=params), tmp_path / "student", tmp_path / "c.pt")
    assert cosine_to_teacher(tmp_path / "student", job) == pytest.approx(start, abs=0.02)


def test_the_student_goes_back_until_it_keeps_the_order_of_the_retained_texts(job, tmp_path):
    floor = 0.999
    strict = dataclasses.replace(
        job,
        params=PARAMS.model_copy(update={"retention_floor": floor, "epochs": 2, "balance": 1.0}),
        reference_folder=job.start_folder,
        retained_texts=[TARGETS, SOURCES[:9]],
    )
    log = train(strict, tmp_path / "student", tmp_path / "c.pt")
    assert log.trials[0].retention < floor <= log.trials[-1].retention
    assert 0 < log.trials[-1].trained_fraction < 1
    models = [load_encoder(str(folder)) for folder in (job.start_folder, tmp_path / "student")]
    groups = [
        [model.encode(texts, language="rus") for texts in strict.retained_texts] for model in models
    ]
    assert least_kept(*groups) == pytest.approx(log.trials[-1].retention, abs=1e-3)


@pytest.mark.parametrize("steps", [1, 7, 20])
def test_a_resumed_run_ends_with_the_same_weights_and_log(job, undisturbed, tmp_path, steps):
    paths = (tmp_path / "student", tmp_path / "checkpoint.pt")
    with pytest.raises(KeyboardInterrupt):
        train(job, *paths, stop_after(steps))
    assert not paths[0].exists()
    heard = []
    log = train(job, *paths, lambda done, _total, _message: heard.append(done))
    assert heard[0] == (steps - 1) // 5 * 5 + 1
    assert log == undisturbed[1]
    assert hash_model_folder(paths[0]) == hash_model_folder(undisturbed[0])


@pytest.fixture(scope="module")
def narrow_job(job):
    """The teacher has half as many dimensions as the student."""
    half = job.teacher_vectors[:, :16]
    long = PARAMS.model_copy(update={"epochs": 12})
    return dataclasses.replace(job, teacher_vectors=half, params=long)


def test_a_resumed_run_learns_the_same_projection(narrow_job, tmp_path):
    calm, killed = (tmp_path / name / "student" for name in ("calm", "killed"))
    log = train(narrow_job, calm, tmp_path / "calm.pt")
    with pytest.raises(KeyboardInterrupt):
        train(narrow_job, killed, tmp_path / "killed.pt", stop_after(7))
    assert train(narrow_job, killed, tmp_path / "killed.pt") == log
    learnt = read_projection(calm.parent)
    assert learnt.shape == (16, 32)
    assert (read_projection(killed.parent) == learnt).all()
    assert hash_model_folder(killed) == hash_model_folder(calm)


def test_a_later_training_is_not_pulled_into_another_space(narrow_job, tmp_path):
    log = train(narrow_job, tmp_path / "first" / "student", tmp_path / "first.pt")
    later = dataclasses.replace(
        narrow_job,
        start_folder=tmp_path / "first" / "student",
        params=PARAMS.model_copy(update={"epochs": 1}),
    )

    def first_distance(projection):
        one = dataclasses.replace(later, earlier_projection=projection)
        folder = tmp_path / ("anew" if projection is None else "on")
        return train(one, folder / "student", folder.with_suffix(".pt")).steps[0].terms["distance"]

    anew, on = first_distance(None), first_distance(read_projection(tmp_path / "first"))
    assert on == pytest.approx(log.steps[-1].terms["distance"], rel=0.2)
    assert anew > 1.5 * on


def test_spaces_of_one_dimension_leave_no_projection_not_even_an_older_one(job, tmp_path):
    (tmp_path / "projection.npy").write_bytes(b"of another job")
    short = PARAMS.model_copy(update={"epochs": 1})
    train(dataclasses.replace(job, params=short), tmp_path / "student", tmp_path / "c.pt")
    assert read_projection(tmp_path) is None


def test_a_run_that_has_ended_is_not_made_again(job, undisturbed, tmp_path):
    folder, log = undisturbed
    heard = []
    again = train(
        job,
        tmp_path / "student",
        folder.parent / "checkpoint.pt",
        lambda done, total, _message: heard.append((done, total)),
    )
    assert heard == [(len(log.steps), len(log.steps))]
    assert again == log
    assert hash_model_folder(tmp_path / "student") == hash_model_folder(folder)


def test_the_checkpoint_of_another_job_is_ignored(job, tmp_path):
    other = dataclasses.replace(job, objective="mse")
    with pytest.raises(KeyboardInterrupt):
        train(other, tmp_path / "student", tmp_path / "checkpoint.pt", stop_after(7))
    heard = []
    short = dataclasses.replace(job, params=PARAMS.model_copy(update={"epochs": 1}))
    train(
        short,
        tmp_path / "student",
        tmp_path / "checkpoint.pt",
        lambda done, _total, _message: heard.append(done),
    )
    assert heard[0] == 1


def test_a_kill_while_saving_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    checkpoint_module.save_checkpoint(path, {"job_fingerprint": "a", "steps": [1]})

    def torn(_state, file):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(checkpoint_module.torch, "save", torn)
    with pytest.raises(OSError, match="disk full"):
        checkpoint_module.save_checkpoint(path, {"job_fingerprint": "a", "steps": [2]})
    assert checkpoint_module.load_checkpoint(path, "a")["steps"] == [1]


def test_a_gradient_that_is_not_finite_skips_its_step_and_many_stop_the_run(
    job, tmp_path, monkeypatch
):
    paths = (tmp_path / "student", tmp_path / "checkpoint.pt")
    embed, calls = BatchEncoder.embed, []

    def broken_now_and_then(encoder, texts):
        calls.append(texts)
        return embed(encoder, texts) * (np.nan if len(calls) in broken_calls else 1)

    monkeypatch.setattr(BatchEncoder, "embed", broken_now_and_then)
    broken_calls = {3, 4, 20}
    log = train(job, *paths)
    assert [step.step for step in log.steps if step.is_skipped] == [2, 3, 19]
    assert log.skipped_step_count == 3
    assert np.isfinite(load_encoder(str(paths[0])).encode(["salam"], language="tuk")).all()
    broken_calls = range(10**9)
    paths[1].unlink()
    with pytest.raises(InputError, match="diverged"):
        train(job, *paths)


def test_vectors_that_are_not_finite_are_refused_by_name(job):
    broken = job.teacher_vectors.copy()
    broken[7, 3] = np.inf
    with pytest.raises(InputError, match="teacher_vectors has numbers in row 7"):
        dataclasses.replace(job, teacher_vectors=broken)


def test_sides_of_different_length_are_refused(job):
    with pytest.raises(InputError, match="not one of each"):
        dataclasses.replace(job, source_texts=SOURCES[:-1])


def test_a_job_and_its_log_survive_their_files(job, undisturbed, tmp_path):
    files = JobFolder(tmp_path)
    projection = np.ones((32, 32), np.float32)
    extras = {"retained_texts": [TARGETS], "earlier_projection": projection}
    write_job(dataclasses.replace(job, objective="mnr", **extras), files)
    again = read_job(files)
    assert (again.start_folder, again.source_texts, again.params) == (
        job.start_folder,
        job.source_texts,
        job.params,
    )
    assert (again.retained_texts, again.objective) == ([TARGETS], "mnr")
    assert (again.teacher_vectors == job.teacher_vectors).all()
    assert (again.earlier_projection == projection).all()
    write_log(undisturbed[1], files.log)
    assert read_log(files.log) == undisturbed[1]
