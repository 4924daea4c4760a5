import csv
import gzip
import io
import json
import tarfile

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError, SourceUnavailable
from pipeline.evaluation.suites.tables import (
    hash_file,
    read_columns,
    read_json_lines,
    read_text_lines,
)
from pipeline.hub_data import HubData
from pipeline.suite_entries import Table

ROWS = [{"tk": "bir", "ru": "один, раз"}, {"tk": 'iki "söz"', "ru": "два"}]
WANTED = {"a": ["bir", 'iki "söz"'], "b": ["один, раз", "два"]}
COLUMNS = {"a": "tk", "b": "ru"}
COMMIT = "805090dc28bf78897da9641cdf08b61287580df9"


def _write(path, kind):
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n\n" for row in ROWS), encoding="utf-8")
    elif kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["tk", "ru"])
            writer.writeheader()
            writer.writerows(ROWS)
    else:
        lines = ["tk\tru", *("\t".join(row.values()) for row in ROWS)]
        path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv", "tsv"])
def test_every_format_gives_the_same_columns(tmp_path, kind):
    path = tmp_path / f"pairs.{kind}"
    _write(path, kind)
    assert read_columns(Table(path=str(path), columns=COLUMNS), ["a", "b"]) == WANTED


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_compressed_files_are_read_as_they_are(tmp_path, ending):
    path = tmp_path / "pairs.tsv"
    _write(path, "tsv")
    packed = tmp_path / f"pairs.tsv{ending}"
    if ending == ".gz":
        packed.write_bytes(gzip.compress(path.read_bytes()))
    else:
        with pa.output_stream(str(packed), compression="zstd") as stream:
            stream.write(path.read_bytes())
    assert read_columns(Table(path=str(packed), columns=COLUMNS), ["a", "b"]) == WANTED


def test_members_of_an_archive_are_named_by_language(tmp_path):
    path = tmp_path / "dev.tar"
    with tarfile.open(path, "w") as archive:
        for code, text in (("tk", "bir\niki\n"), ("ru", "один\nдва\n")):
            member = tarfile.TarInfo(f"dev/{code}.dev")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    table = Table(path=f"{path}!dev/{{language}}.dev", codes={"tuk_Latn": "tk", "rus_Cyrl": "ru"})
    assert read_columns(table, ["text"], language="rus_Cyrl") == {"text": ["один", "два"]}
    assert read_columns(table, ["text"], language="tuk_Latn") == {"text": ["bir", "iki"]}
    with pytest.raises(InputError, match=r"no member 'dev/en.dev', but dev/ru.dev, dev/tk.dev"):
        read_text_lines(f"{path}!dev/en.dev")


def test_columns_without_a_header_go_by_their_places(tmp_path):
    path = tmp_path / "sts.csv"
    path.write_text('"a, b",c,4.5\n', encoding="utf-8")
    table = Table(path=str(path), has_header=False, columns={"first": 0, "second": 1, "score": 2})
    columns = read_columns(table, ["first", "second", "score"])
    assert columns == {"first": ["a, b"], "second": ["c"], "score": ["4.5"]}


def test_questions_come_out_of_nested_squad_files(tmp_path):
    one = {"id": "q1", "question": "Kim?", "answers": []}
    paragraph = {"context": "Ol geldi.", "qas": [one, one | {"id": "q2"}]}
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "t", "paragraphs": [paragraph]}]}))
    columns = read_columns(Table(path=str(path), format="squad"), ["id", "passage"])
    assert columns == {"id": ["q1", "q2"], "passage": ["Ol geldi."] * 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file"),
        (b"tk\tru\n", "holds no rows"),
        (b"tk\ten\na\tb\n", "row 1 has no column 'ru'"),
        (b"tk\tru\na\n", "row 1 has no column 'ru'"),
        (b"tk\tru\n\xff\xfe\tb\n", "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_file(tmp_path, content, message):
    path = tmp_path / "pairs.tsv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_columns(Table(path=str(path), columns=COLUMNS), ["a", "b"])
    assert "pairs.tsv" in str(caught.value)


def test_torn_archives_and_json_are_refused(tmp_path):
    torn, lines = tmp_path / "x.tar.gz", tmp_path / "x.jsonl"
    torn.write_bytes(gzip.compress(b"no archive"))
    lines.write_text('{"a": 1}\n{"a"', encoding="utf-8")
    with pytest.raises(InputError, match="no readable tar archive"):
        read_text_lines(f"{torn}!member")
    with pytest.raises(InputError, match="not JSON lines"):
        read_json_lines(str(lines))


def test_a_file_changes_its_hash_and_a_missing_one_has_none(tmp_path):
    path = tmp_path / "x.txt"
    assert hash_file(str(path)) == ""
    path.write_text("a")
    before = hash_file(f"{path}!member")
    path.write_text("b")
    assert hash_file(str(path)) != before


def test_rows_of_the_hub_are_read_at_their_revision(monkeypatch):
    asked = []

    def load_dataset(name, config, *, split, revision, streaming):
        asked.append((name, config, split, revision))
        return datasets.Dataset.from_list(ROWS)

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    hub = HubData(dataset="a/b", config="{language}", split="test", revision=COMMIT)
    table = Table(hub=hub, columns=COLUMNS, codes={"tuk_Latn": "tk"})
    assert read_columns(table, ["a", "b"], language="tuk_Latn") == WANTED
    assert asked == [("a/b", "tk", "test", COMMIT)]


def test_a_hub_that_cannot_be_reached_may_be_tried_again(monkeypatch):
    def load_dataset(*_, **__):
        raise ConnectionError("no route")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    table = Table(hub=HubData(dataset="a/b", split="test", revision=COMMIT))
    with pytest.raises(SourceUnavailable, match="a/b cannot be fetched"):
        read_columns(table, ["a"])


def test_separators_of_unicode_stay_inside_a_sentence(tmp_path):
    lines, objects = tmp_path / "x.txt", tmp_path / "x.jsonl"
    lines.write_text("bir\u2028iki\r\nüç\n", encoding="utf-8")
    objects.write_text(json.dumps({"a": "bir\u2028iki"}, ensure_ascii=False), encoding="utf-8")
    assert read_text_lines(str(lines)) == ["bir\u2028iki", "üç"]
    assert read_json_lines(str(objects)) == [{"a": "bir\u2028iki"}]
