"""Suites whose data lies in a folder laid out like a data set on the hub."""

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.evaluation.suites.bitexts import retrieval_tasks
from pipeline.evaluation.suites.labelled import classification_tasks, few_shot_tasks
from pipeline.evaluation.suites.pairs import similarity_tasks
from pipeline.evaluation.suites.sources import hash_suite
from pipeline.suite_entries import SUITE_MODELS

SAID = {
    "name": "mine",
    "title": "Mine",
    "role": "dev",
    "licence": "MIT",
    "source": "here",
    "revision": "1",
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Writes a split's rows as parquet and names it as an entry does."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def write(split, rows):
        folder = tmp_path / "set"
        (folder / "data").mkdir(parents=True, exist_ok=True)
        path = folder / "data" / f"{split}-00000-of-00001.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path)
        return {"dataset": str(folder), "split": split}

    return write


def suite(task, **entry):
    return SUITE_MODELS[task].model_validate(SAID | {"task": task} | entry)


def test_rated_pairs_are_read_with_their_scores(hub):
    rows = [{"sentence1": "a", "sentence2": "b", "score": 4.5, "genre": "news"}] * 3
    table = {
        "hub": hub("validation", rows),
        "columns": {"first": "sentence1", "second": "sentence2", "score": "score"},
    }
    (task,) = similarity_tasks(suite("similarity", tables={"eng_Latn-ben_Beng": table}))
    assert task.languages == ("eng_Latn", "ben_Beng")
    assert task.gold == [4.5] * 3


def test_columns_named_by_languages_make_a_retrieval_task(hub):
    data = hub("test", [{"tuk_Latn": "kitap", "eng_Latn": "book"}, {"tuk_Latn": "suw"}])
    table = {"hub": data, "columns": {"tuk_Latn": "tuk_Latn", "eng_Latn": "eng_Latn"}}
    with pytest.raises(ValueError, match="row 2 has no column 'eng_Latn'"):
        retrieval_tasks(suite("retrieval", tables=[table]))
    hub("test", [{"tuk_Latn": "kitap", "eng_Latn": "book"}])
    (task,) = retrieval_tasks(suite("retrieval", tables=[table]))
    assert (task.sources, task.targets) == (["kitap"], ["book"])


def test_labels_that_are_numbers_stay_labels(hub):
    train = {"hub": hub("train", [{"text": f"t{n}", "label": n % 2} for n in range(4)])}
    test = {"hub": hub("test", [{"text": "t", "label": 1}])}
    labelled = suite("classification", languages=["ben_Beng"], train=train, test=test)
    (task,) = classification_tasks(labelled, seed=1)
    assert set(task.train.labels) == {"0", "1"}
    assert len(few_shot_tasks(labelled)) == 1


def test_the_hash_of_a_suite_follows_its_rows(hub):
    table = {"hub": hub("train", [{"text": "a", "label": 0}])}
    labelled = suite("classification", languages=["ben_Beng"], train=table)
    before = hash_suite(labelled)
    assert hash_suite(labelled) == before
    hub("train", [{"text": "b", "label": 0}])
    assert hash_suite(labelled) != before
