import hashlib
import json

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation import command
from pipeline.parameters import EvaluationParams

PARAMS = EvaluationParams(bootstrap_count=100)
WANTED = {
    "suite", "metric", "direction", "value", "n", "pool_size", "ci_low", "ci_high", "seed",
    "model", "model_fingerprint", "dataset_hash",
}  # fmt: skip


class WordHashes:
    """A bag of hashed words: equal texts are equal, texts that share words are near."""

    fingerprint = "word-hashes"
    dimension = 64

    def encode(self, texts, *, language, role="query"):
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.split():
                vector[hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def evaluate_bitext(first, second):
    languages = "tuk_Latn", "rus_Cyrl"
    return command.evaluate_bitext(
        "toy", first, second, PARAMS, languages=languages, load=lambda _: WordHashes()
    )


def evaluate_sts(path):
    return command.evaluate_sts("toy", path, PARAMS, load=lambda _: WordHashes())


def _file(folder, name, lines, end="\n"):
    path = folder / name
    path.write_bytes(end.join([*lines, ""]).encode())
    return path


def _bitext(folder, count=30, **options):
    lines = [f"w{i} x{i * 7} y{i * 13}" for i in range(count)]
    return _file(folder, "a.txt", lines, **options), _file(folder, "b.txt", lines, **options)


def test_a_bitext_gives_all_metrics_in_both_directions_as_json(tmp_path):
    rows = evaluate_bitext(*_bitext(tmp_path))
    assert {(row["direction"], row["metric"]) for row in rows} == {
        (direction, metric)
        for direction in ("tuk_Latn-rus_Cyrl", "rus_Cyrl-tuk_Latn")
        for metric in ("p_at_1", "mrr", "xsim_error")
    }
    for row in json.loads(json.dumps(rows)):
        assert row.keys() >= WANTED
        assert row["n"] == row["pool_size"] == 30
        assert row["value"] < 0.2 if row["metric"] == "xsim_error" else row["value"] > 0.8


def test_a_baseline_is_measured_by_its_name(tmp_path):
    first, second = _bitext(tmp_path)
    rows = command.evaluate_bitext("bm25", first, second, PARAMS, load=lambda _: None)
    assert {row["model"] for row in rows} == {"bm25"}
    assert min(row["value"] for row in rows if row["metric"] == "p_at_1") > 0.8


def test_few_lines_are_scored_with_a_warning(tmp_path):
    rows = evaluate_bitext(*_bitext(tmp_path))
    assert all("N = 30 is small" in row["note"] for row in rows)
    rows = evaluate_bitext(*_bitext(tmp_path, count=100))
    assert not any("small" in row["note"] for row in rows)


def test_windows_line_ends_change_nothing(tmp_path):
    unix = evaluate_bitext(*_bitext(tmp_path))
    windows = evaluate_bitext(*_bitext(tmp_path, end="\r\n"))
    assert unix == windows


def test_a_line_separator_inside_a_sentence_does_not_end_it(tmp_path):
    first = _file(tmp_path, "a.txt", ["one\u2028two", "three"])
    second = _file(tmp_path, "b.txt", ["one two", "three"])
    assert evaluate_bitext(first, second)[0]["n"] == 2


def test_unequal_line_counts_are_named(tmp_path):
    first = _file(tmp_path, "a.txt", ["a", "b", "c"])
    second = _file(tmp_path, "b.txt", ["a", "b"])
    with pytest.raises(InputError, match=r"has 3 lines and .* has 2"):
        evaluate_bitext(first, second)


def test_a_blank_line_is_named(tmp_path):
    first = _file(tmp_path, "a.txt", ["a", " ", "c"])
    with pytest.raises(InputError, match="line 2 is blank"):
        evaluate_bitext(first, first)


@pytest.mark.parametrize("content", [b"", b"one line\n", b"\xff\xfe\x00"])
def test_empty_single_and_undecodable_files_are_refused(tmp_path, content):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError):
        evaluate_bitext(path, path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="absent"):
        evaluate_sts(tmp_path / "absent.tsv")


def test_sts_scores_may_have_any_scale(tmp_path):
    values = []
    for scale in (1, 20):
        lines = [f"a b c d\t{' '.join('abcdefgh'[i : i + 4])}\t{scale * (5 - i)}" for i in range(5)]
        rows = evaluate_sts(_file(tmp_path, "s.tsv", lines))
        values.append({row["metric"]: row["value"] for row in rows})
    assert set(values[0]) == {"pearson", "spearman"}
    assert values[0] == pytest.approx(values[1])
    assert values[0]["spearman"] > 0.8


@pytest.mark.parametrize(
    ("line", "message"),
    [("a\tb", "line 2 has 2 fields"), ("a\tb\tmuch", "'much'"), ("a\tb\tnan", "'nan'")],
)
def test_a_wrong_sts_line_is_named(tmp_path, line, message):
    path = _file(tmp_path, "s.tsv", ["a\tb\t1", line])
    with pytest.raises(InputError, match=message):
        evaluate_sts(path)
