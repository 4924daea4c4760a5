"""Data sets in the hub's layout, in a folder of this machine; the hub itself is never asked."""

import datasets
import httpx
import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from pipeline.errors import InputError, SourceUnavailable
from pipeline.hub_data import HubData, hub_rows, hub_version

COMMIT = "805090dc28bf78897da9641cdf08b61287580df9"
CARD = """---
license: mit
configs:
- config_name: en-tk
  data_files:
  - {split: train, path: en-tk/train-*}
  - {split: test, path: en-tk/test-*}
- config_name: en-az
  data_files:
  - {split: train, path: en-az/train-*}
---
"""
PAIRS = [{"translation": {"en": "A book.", "tk": "Kitap."}}, {"translation": {"en": "", "tk": "B"}}]


@pytest.fixture
def data_set(tmp_path, monkeypatch):
    """A folder as OPUS-100 has it: parquet by configuration and split, told by the card."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "opus"
    for name in ("en-tk/train-00000-of-00002", "en-tk/train-00001-of-00002", "en-tk/test-0"):
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([row | {"part": name[-1]} for row in PAIRS]), path)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


def rows_of(folder, language="", **changes):
    entry = {"dataset": str(folder), "config": "en-{language}", "split": "train"} | changes
    return list(hub_rows(HubData(**entry), language or "tk"))


def test_rows_come_in_order_with_their_nested_columns_named(data_set):
    rows = rows_of(data_set)
    assert [row["part"] for row in rows] == ["2", "2", "2", "2"]
    assert rows[0]["translation.en"] == "A book."
    assert rows[1]["translation.tk"] == "B"


@pytest.mark.parametrize("count", [1, 3])
def test_the_first_rows_are_the_same_as_of_the_whole(data_set, count):
    assert rows_of(data_set, most_rows=count) == rows_of(data_set)[:count]


def test_a_split_is_read_alone(data_set):
    assert len(rows_of(data_set, split="test")) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"split": "dev"}, "train.*test"),
        ({"config": "en-xx"}, r"'en-xx' not found\. Available: \['en-tk', 'en-az'\]"),
        ({"dataset": "/no/such/folder"}, "/no/such/folder cannot be used"),
    ],
)
def test_what_a_data_set_lacks_is_told_with_what_it_has(data_set, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        rows_of(data_set, **changes)


def test_a_data_set_that_a_script_makes_is_read_from_its_conversion(monkeypatch):
    def load_dataset(*_, **__):
        raise RuntimeError("Dataset scripts are no longer supported, but found BanglaNMT.py")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(InputError, match="refs/convert/parquet"):
        rows_of("a/b", revision=COMMIT)


@pytest.mark.parametrize("error", [ConnectionError("no route"), OSError("torn"), TimeoutError()])
def test_a_hub_that_does_not_answer_is_worth_a_retry(monkeypatch, error):
    def rows():
        yield {"a": 1}
        raise error

    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: rows())
    with pytest.raises(SourceUnavailable, match="a/b cannot be fetched"):
        rows_of("a/b", revision=COMMIT)


def test_what_the_reader_of_rows_does_wrong_stays_as_it_is(data_set):
    rows = hub_rows(HubData(dataset=str(data_set), config="en-tk", split="train"))
    with pytest.raises(KeyError):
        next(rows)["uz"]
    assert next(rows)["translation.tk"] == "B"


def test_an_offline_machine_does_not_wait_for_the_hub(monkeypatch):
    monkeypatch.setenv("DUTAR_OFFLINE", "1")
    with pytest.raises(SourceUnavailable, match="DUTAR_OFFLINE=1"):
        rows_of("a/b", revision=COMMIT)


def test_an_offline_machine_reads_its_folders(data_set, monkeypatch):
    monkeypatch.setenv("DUTAR_OFFLINE", "1")
    assert len(rows_of(data_set)) == 4


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"dataset": "a/b"}, "needs its `revision`"),
        ({"dataset": "a/b", "revision": COMMIT[:7]}, "no shortened commits"),
        ({"dataset": "./data/set", "revision": COMMIT}, "folders have no `revision`"),
    ],
)
def test_data_on_the_hub_has_a_revision_in_full_and_folders_have_none(entry, sentence):
    with pytest.raises(ValidationError, match=sentence):
        HubData(split="train", **entry)


def test_the_version_of_a_folder_is_its_content(data_set, tmp_path):
    hub = HubData(dataset=str(data_set), split="train")
    before = hub_version(hub)
    moved = data_set.rename(tmp_path / "elsewhere")
    assert hub_version(HubData(dataset=str(moved), split="train")) == before
    (moved / "README.md").write_text(CARD + "changed", encoding="utf-8")
    assert hub_version(HubData(dataset=str(moved), split="train")) != before
    with pytest.raises(InputError, match="there is no folder"):
        hub_version(hub)


def test_the_version_of_a_commit_is_known_without_the_hub(monkeypatch):
    monkeypatch.setenv("DUTAR_OFFLINE", "1")
    hub = HubData(dataset="a/b", split="train", revision=COMMIT)
    assert hub_version(hub) == f"a/b@{COMMIT}"
    assert COMMIT in hub.address


def test_where_a_branch_stands_is_asked_of_the_hub(monkeypatch):
    class Api:
        def dataset_info(self, name, *, revision):
            if (name, revision) != ("a/b", "refs/convert/parquet"):
                raise httpx.ConnectError("no route")
            return huggingface_hub.DatasetInfo(id="a/b", sha=COMMIT)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    hub = HubData(dataset="a/b", split="train", revision="refs/convert/parquet")
    assert hub_version(hub) == f"a/b@{COMMIT}"
    with pytest.raises(SourceUnavailable, match="no route"):
        hub_version(HubData(dataset="a/c", split="train", revision="refs/convert/parquet"))
