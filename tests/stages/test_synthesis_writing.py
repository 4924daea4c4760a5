"""Asking about every anchor once, whatever kills the process between."""

import errno
import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import SourceUnavailable
from pipeline.synthesis.generators.protocol import Completion
from pipeline.synthesis.record import GenerationRecord, record_of
from pipeline.synthesis.writing import RECORD_NAME, Writer, first_line, write_triplets
from pipeline.tables import ANCHOR_SENTENCES, as_table, identify

TEXTS = [f"Bu {number}-nji sözlem." for number in range(10)]


def anchors():
    return as_table(
        [
            {
                "anchor_id": identify("tuk_Latn", text),
                "language": "tuk_Latn",
                "text": text,
                "document_key": "monolingual/laws",
                "locator": "{}",
                "licence": "CC0-1.0",
            }
            for text in TEXTS
        ],
        ANCHOR_SENTENCES,
    )


class Echo:
    """Answers with its prompt and seed, and counts how often it was asked."""

    batch_prompts = 3

    def __init__(self):
        self.asked = []

    def complete(self, requests):
        self.asked += [request.key for request in requests]
        return [Completion(f" {r.prompt} {r.seed}\nmore", 5, 7) for r in requests]


class Gone(Echo):
    """A server that goes after two batches."""

    def complete(self, requests):
        if len(self.asked) == 6:
            raise SourceUnavailable("no server")
        return super().complete(requests)


def writer(generator, strategy="in_context"):
    return Writer(
        strategy,
        "f1",
        {"positive": generator, "negative": generator},
        lambda asked, relation: [f"{relation} of {text}" for _, text in asked],
        "eng_Latn",
        13,
    )


def test_every_anchor_gets_a_positive_and_a_negative_in_the_anchors_order(tmp_path):
    written = write_triplets(anchors(), writer(Echo()), tmp_path)
    rows = written.triplets.to_pylist()
    assert [row["anchor_text"] for row in rows] == TEXTS
    assert all(row["positive_text"].startswith("positive of Bu") for row in rows)
    assert all(row["negative_raw"].endswith("\nmore") for row in rows)
    assert written.facts["completion_tokens"] == 2 * 7 * 10
    assert written.facts["prompt_tokens"] == 2 * 5 * 10


@pytest.mark.parametrize("cut", [0, 1, 40, 300, 700, 1500, 10_000])
def test_a_record_torn_anywhere_is_taken_up_without_a_loss_or_a_double(tmp_path, cut):
    whole = write_triplets(anchors(), writer(Echo()), tmp_path / "whole")
    record = (tmp_path / "whole" / RECORD_NAME).read_bytes()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / RECORD_NAME).write_bytes(record[:cut])
    generator = Echo()
    resumed = write_triplets(anchors(), writer(generator), tmp_path / "torn")
    assert resumed.triplets.equals(whole.triplets)
    assert len(generator.asked) == len(set(generator.asked))
    lines = (tmp_path / "torn" / RECORD_NAME).read_text("utf-8").splitlines()[1:]
    keys = [key for line in lines for key in json.loads(line)["keys"]]
    assert len(keys) == len(set(keys)) == 20


def test_a_finished_record_is_not_asked_about_again(tmp_path):
    write_triplets(anchors(), writer(Echo()), tmp_path)
    generator = Echo()
    write_triplets(anchors(), writer(generator), tmp_path)
    assert generator.asked == []


def test_a_batch_that_a_server_left_alone_is_asked_about_by_the_next_call(tmp_path):
    whole = write_triplets(anchors(), writer(Echo()), tmp_path / "whole")
    gone = Gone()
    with pytest.raises(SourceUnavailable):
        write_triplets(anchors(), writer(gone), tmp_path / "taken_up")
    generator = Echo()
    resumed = write_triplets(anchors(), writer(generator), tmp_path / "taken_up")
    assert resumed.triplets.equals(whole.triplets)
    assert len(gone.asked) == 6
    assert sorted(gone.asked + generator.asked) == sorted(set(gone.asked + generator.asked))


def test_a_record_of_another_model_is_replaced(tmp_path):
    path = tmp_path / "answers.jsonl"
    record = GenerationRecord(path, "one")
    record.append(record_of(["a"], [Completion("x")], 1.0))
    assert GenerationRecord(path, "one").batches.keys() == {("a",)}
    assert not GenerationRecord(path, "other").batches


PROGRAM = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_synthesis_writing import Echo, anchors, writer
from pipeline.synthesis import record
from pipeline.synthesis.writing import write_triplets
left = int(sys.argv[2])
plain = record._sync
def dying(file):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)  # before the line is surely on the disk
    plain(file)
record._sync = dying
write_triplets(anchors(), writer(Echo()), Path(sys.argv[1]))
"""


def test_a_process_killed_again_and_again_loses_no_answer_and_ends_with_the_same_table(tmp_path):
    """Killed at its first, second or fifth sync, each time with half a line behind the others."""
    whole = write_triplets(anchors(), writer(Echo()), tmp_path / "whole")
    program = textwrap.dedent(PROGRAM).format(tests=str(Path(__file__).parent))
    folder, kills, answered = tmp_path / "killed", 0, b""
    for sync in (1, 2, 5) * 6:
        command = [sys.executable, "-c", program, str(folder), str(sync)]
        exit_code = subprocess.run(command, check=False).returncode
        record = folder / RECORD_NAME
        content = record.read_bytes() if record.is_file() else b""
        assert content.startswith(answered)
        if exit_code == 0:
            break
        assert exit_code == -signal.SIGKILL
        kills += 1
        answered = content[: content.rfind(b"\n") + 1]
        if answered:
            record.write_bytes(answered + b'{"keys": ["to')
    generator = Echo()
    resumed = write_triplets(anchors(), writer(generator), folder)
    assert kills > 6
    assert generator.asked == []
    assert resumed.triplets.equals(whole.triplets)
    assert pa.compute.count_distinct(resumed.triplets["anchor_id"]).as_py() == 10


def test_a_record_that_cannot_be_begun_leaves_the_older_one(tmp_path, monkeypatch):
    path = tmp_path / "answers.jsonl"
    GenerationRecord(path, "one").append(record_of(["a"], [Completion("x")], 1.0))

    def full_disk(file):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("pipeline.synthesis.record._sync", full_disk)
    with pytest.raises(OSError, match="no space"):
        GenerationRecord(path, "other")
    monkeypatch.undo()
    assert GenerationRecord(path, "one").batches.keys() == {("a",)}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (" Someone plays.\nPremise: x", "Someone plays."),
        ("\n\n Entailment: It rains.", "It rains."),
        ('"It is: a book."', "It is: a book."),
        ("  \n ", ""),
    ],
)
def test_the_first_line_of_an_answer_is_what_was_asked_for(answer, text):
    assert first_line(answer) == text
