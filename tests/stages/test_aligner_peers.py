import json

import numpy as np
import pytest

from benchmarks.aligner_tables import Outcome, SetResult, accuracy_tables
from benchmarks.hard_documents import DISTURBANCES, alignment_sets
from benchmarks.peers.harness import (
    Documents,
    Side,
    block_vectors,
    centred,
    read_documents,
    serve,
    write_documents,
)
from benchmarks.peers.registry import OURS, PEERS, Peer, python_of, run_peer
from benchmarks.peers.with_margin import greedy_best, mutual_best
from pipeline import settings
from pipeline.text.lines import read_lines


def side(count, seed=1):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Side([f"söz {n} " * (n + 1) for n in range(count)], vectors)


def test_documents_come_back_as_they_were_written(tmp_path):
    given = Documents(Side(["bir", "", "ü" * 300], side(3).vectors), Side([], side(0).vectors))
    write_documents(tmp_path / "a.npz", given)
    read = read_documents(tmp_path / "a.npz")
    assert (read.source.texts, read.target.texts) == (given.source.texts, [])
    assert np.array_equal(read.source.vectors, given.source.vectors)


def test_a_block_is_the_mean_of_its_sentences_weighted_by_their_characters():
    given = side(5)
    blocks = block_vectors(given, 3)
    lengths = [len(text) for text in given.texts]
    mean = sum(lengths[row] * given.vectors[row] for row in (1, 2, 3))
    assert blocks.shape == (3, 5, 8)
    assert blocks[2, 3] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
    assert blocks[0] == pytest.approx(given.vectors, abs=1e-5)
    assert not blocks[1, 0].any()  # no two sentences end with the first
    assert not blocks[2, :2].any()


def test_more_sentences_in_a_block_than_in_the_document_make_no_block():
    assert not block_vectors(side(2), 4)[2:].any()


def test_each_side_is_centred_on_its_own_mean():
    moved = side(40).vectors + 3
    both = centred(Documents(Side([""] * 40, moved), side(30, seed=2)))
    assert np.linalg.norm(both.source.vectors.mean(axis=0)) < 0.2
    assert np.linalg.norm(both.source.vectors, axis=1) == pytest.approx(1)


def test_serving_times_the_aligner_and_writes_what_it_refuses(tmp_path):
    for name, count in (("few", 3), ("many", 50)):
        write_documents(tmp_path / f"{name}.npz", Documents(side(count), side(count)))

    def align(documents):
        if len(documents.source.texts) > 40:
            raise ValueError("too many sentences")
        return [([n], [n]) for n in range(len(documents.source.texts))]

    paths = [str(tmp_path / name) for name in ("few.npz", "few.json", "many.npz", "many.json")]
    serve(lambda documents: documents, align, paths)
    answers = [json.loads((tmp_path / name).read_text()) for name in ("few.json", "many.json")]
    assert answers[0]["beads"] == [[[0], [0]], [[1], [1]], [[2], [2]]]
    assert {"seconds", "cpu_seconds", "peak_bytes"} < answers[0].keys()
    assert answers[1] == {"error": "ValueError: too many sentences"}


def test_mutual_best_and_greedy_best_differ_where_a_sentence_is_wanted_twice():
    margins = np.array([[1.5, 1.2, 0.1], [1.4, 1.3, 0.1], [0.2, 0.1, 0.9]], np.float32)
    assert mutual_best(margins) == [([0], [0]), ([2], [2])]
    assert greedy_best(margins) == [([0], [0]), ([1], [1])]  # a margin below 1 is none


def test_our_aligner_answers_in_a_process_of_its_own(tmp_path):
    given = side(12)
    write_documents(tmp_path / "a.npz", Documents(given, given))
    (answer,) = run_peer(OURS, [(tmp_path / "a.npz", tmp_path / "a.json")], tmp_path)
    assert answer["beads"] == [[[n], [n]] for n in range(12)]


def test_an_aligner_without_its_environment_is_not_installed(tmp_path):
    peer = next(peer for peer in PEERS if peer.environment)
    assert python_of(peer, tmp_path) is None
    assert run_peer(peer, [(tmp_path / "a", tmp_path / "b")], tmp_path) == [
        {"error": "not installed"}
    ]


def test_an_aligner_that_falls_over_says_so_for_each_job(tmp_path):
    broken = Peer("broken", ("no_such_module",))
    (answer,) = run_peer(broken, [(tmp_path / "a", tmp_path / "b")], tmp_path)
    assert "status 1" in answer["error"]
    assert "no_such_module" in answer["error"]


def outcome(name, beads):
    return Outcome(name, {"beads": beads, "cpu_seconds": 0.5})


def test_tables_set_our_errors_beside_the_best_of_the_others():
    gold = [((n,), (n,)) for n in range(40)]
    ours = outcome("ours", [bead for bead in gold if bead[0][0] % 10])
    better = outcome("better", [bead for bead in gold if bead[0][0] % 20])
    worse = outcome("worse", gold[:20])
    missing = Outcome("missing", {"error": "not installed"})
    result = SetResult("toy", 40, 40, gold, [ours, worse, better, missing])
    table = accuracy_tables([result], "command", "model")
    assert "| toy | 40 | 0.947 | better | 0.974 | -0.027 [" in table
    assert "| 2.05 of its |" in table
    assert "| missing |  |  |  |  |  |  | not installed |" in table


@pytest.mark.skipif(not settings.test_data().exists(), reason="the shared data are not here")
def test_hard_sets_hold_every_sentence_once_and_never_the_labour_code():
    sets = {one.name: one for one in alignment_sets()}
    assert len(sets) == 1 + 4 * len(DISTURBANCES)
    for one in sets.values():
        for place, sentences in enumerate((one.sources, one.targets)):
            held = [number for bead in one.gold for number in bead[place]]
            assert sorted(held) == sorted(set(held))
            assert set(held) == set(range(len(sentences))) or not any(one.plain)
    labour_code = read_lines(settings.test_data() / "tds_gov_tm" / "text" / "20.tm.txt")
    long = {line for line in labour_code if len(line) > 60}
    assert long
    assert long.isdisjoint(sets["tds-tuk-rus-d10-c0"].plain[0])
