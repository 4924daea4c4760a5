"""An inbox in a bucket: an S3-like server on loopback, and fsspec's own memory."""

import os
from types import SimpleNamespace

import fsspec
import pytest
import yaml

from pipeline.errors import InputError, SourceUnavailable
from pipeline.textbooks import inbox_files
from pipeline.textbooks.inbox import (
    edition_keys,
    find_edition,
    inbox_state,
    pdf_finder,
    scan_inbox,
)
from pipeline.textbooks.inbox_files import open_inbox

SIDECAR = yaml.safe_dump(
    {
        "title": "Biziň dünýämiz",
        "book": "our_world",
        "language": "tuk_Latn",
        "edition": 2,
        "licence": "Apache-2.0",
        "origin": "written for this test",
    }
).encode()


@pytest.fixture(scope="module")
def s3():
    """Address of an S3-like server that anybody may use."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["s3", "memory"])
def bucket(request, tmp_path, monkeypatch):
    """An empty bucket, and its files as fsspec gives them."""
    monkeypatch.setenv("DUTAR_CACHE", str(tmp_path / "cache"))
    name = f"books-{os.urandom(4).hex()}"
    if request.param == "s3":
        pytest.importorskip("s3fs")
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    files = fsspec.filesystem(request.param, skip_instance_cache=request.param == "s3")
    files.mkdir(f"/{name}" if request.param == "memory" else name)
    type(files).clear_instance_cache()
    url = f"{request.param}://{name}/inbox"
    return SimpleNamespace(
        url=url,
        cache=tmp_path / "cache",
        put=lambda key, content: files.pipe_file(f"{name}/inbox/{key}", content),
        remove=lambda key: files.rm_file(f"{name}/inbox/{key}"),
    )


@pytest.fixture
def downloads(monkeypatch):
    """Names of what is downloaded from now on."""
    names = []
    download = inbox_files._Bucket._download

    def noted(self, file):
        names.append(file.name)
        return download(self, file)

    monkeypatch.setattr(inbox_files._Bucket, "_download", noted)
    return names


def test_a_buckets_editions_are_those_of_a_folder(bucket, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    books = {"b.pdf": b"%PDF-b", "b.yaml": SIDECAR, "a.pdf": b"%PDF-a", "notes.txt": b"no book"}
    for name, content in books.items():
        bucket.put(name, content)
        (folder / name).write_bytes(content)
    bucket.put("deeper/c.pdf", b"%PDF-c")
    facts = [
        [(one.key, one.pdf_sha256, one.title, one.problem, one.pdf.name) for one in scan_inbox(at)]
        for at in (bucket.url, folder)
    ]
    assert facts[0] == facts[1]
    assert [key for key, *_ in facts[0]] == ["a", "b"]
    assert find_edition(bucket.url, "b").pdf.read_bytes() == b"%PDF-b"


def test_a_file_is_downloaded_once_until_it_changes(bucket, downloads):
    bucket.put("a.pdf", b"%PDF-a")
    bucket.put("a.yaml", SIDECAR)
    before = inbox_state(bucket.url)
    assert edition_keys(bucket.url) == ["a"]
    assert downloads == []
    first = find_edition(bucket.url, "a")
    assert sorted(downloads) == ["a.pdf", "a.yaml"]
    assert find_edition(bucket.url, "a") == first
    assert inbox_state(bucket.url) == before
    assert len(downloads) == 2
    bucket.put("a.pdf", b"%PDF-A")
    assert inbox_state(bucket.url) != before
    second = find_edition(bucket.url, "a")
    assert downloads[2:] == ["a.pdf"]
    assert (first.pdf.read_bytes(), second.pdf.read_bytes()) == (b"%PDF-a", b"%PDF-A")


def test_what_was_lost_from_the_cache_is_downloaded_again(bucket, downloads):
    bucket.put("a.pdf", b"%PDF-a")
    find_edition(bucket.url, "a").pdf.unlink()
    assert find_edition(bucket.url, "a").pdf.read_bytes() == b"%PDF-a"
    assert downloads == ["a.pdf", "a.pdf"]


def test_pdfs_are_fetched_when_they_are_asked_for(bucket, downloads):
    for key in ("a", "b"):
        bucket.put(f"{key}.pdf", b"%PDF")
        bucket.put(f"{key}.yaml", SIDECAR)
    find = pdf_finder(bucket.url)
    assert downloads == []
    assert find("textbooks/b").name == "b.pdf"
    assert find("textbooks/c") is None
    assert sorted(downloads) == ["b.pdf", "b.yaml"]


def test_a_bucket_that_holds_nothing_is_an_input_error(bucket):
    with pytest.raises(InputError, match="holds nothing"):
        edition_keys(bucket.url)


def test_a_file_that_goes_while_it_is_read_is_a_problem_of_its_edition_alone(bucket):
    bucket.put("a.pdf", b"%PDF-a")
    bucket.put("b.pdf", b"%PDF-b")
    opened = open_inbox(bucket.url)
    listed = opened.list()
    bucket.remove("a.pdf")
    gone, there = listed
    with pytest.raises(FileNotFoundError):
        opened.fetch(gone)
    assert opened.fetch(there).path.read_bytes() == b"%PDF-b"


def test_a_bucket_that_does_not_answer_is_a_source_unavailable(monkeypatch, tmp_path):
    s3fs = pytest.importorskip("s3fs")
    monkeypatch.setenv("DUTAR_CACHE", str(tmp_path))
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # the port where nobody listens
        "AWS_ACCESS_KEY_ID": "anybody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(SourceUnavailable, match="s3://books/inbox does not answer"):
        scan_inbox("s3://books/inbox")


def test_a_protocol_that_nobody_speaks_is_an_input_error():
    with pytest.raises(InputError, match="nobody://books cannot be opened"):
        scan_inbox("nobody://books")
