"""`dutar score`, with a stand-in for the model."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipeline import cli, encoders
from pipeline.errors import InputError


class LetterEncoder:
    """A text is the sum of its letters' directions, whatever its language."""

    fingerprint = "letters"
    dimension = 32

    def encode(self, texts, *, language, role="query"):
        del language, role
        directions = np.random.default_rng(0).normal(size=(128, 32))
        rows = [sum(directions[ord(sign) % 128] for sign in text) for text in texts]
        matrix = np.array(rows, dtype=np.float32).reshape(-1, 32)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.fixture
def bitext(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "load_encoder", lambda name, cache: LetterEncoder())
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("abdegiklmnoprstuyz"), 6)) for _ in range(90)]
    texts = [" ".join(rng.choice(words, 4, replace=False)) for _ in range(80)]
    (tmp_path / "a.tuk").write_text("\n".join(texts) + "\n", encoding="utf-8")
    (tmp_path / "a.eng").write_text(
        "\n".join(f"{text} x" for text in texts) + "\n", encoding="utf-8"
    )
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(
        cli.app, ["score", *map(str, arguments), "--source-lang", "tuk", "--target-lang", "eng"]
    )


def test_two_texts_are_scored_line_by_line_and_the_threshold_is_told_apart(bitext):
    result = run(bitext / "a.tuk", bitext / "a.eng", "--target-precision", "0.9")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("cosine\tmargin\tprobability")
    assert len(lines) == 81
    assert "precision 0.9: " in result.stderr
    assert "best F1: " in result.stderr


def test_a_table_takes_everything_and_print_nothing(bitext):
    out = bitext / "scores.parquet"
    result = run(bitext / "a.tuk", bitext / "a.eng", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert {"cosine", "margin", "probability"} <= set(pq.read_table(out).column_names)


def test_a_file_that_is_no_calibration_is_refused(bitext):
    result = run(bitext / "a.tuk", bitext / "a.eng", "--calibration", bitext / "a.tuk")
    assert isinstance(result.exception, InputError)
    assert "is no calibration" in str(result.exception)
