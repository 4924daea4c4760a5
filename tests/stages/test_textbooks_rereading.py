import pyarrow as pa
import pytest

from pipeline.evaluation.held_out.rereading_scores import score_rereadings
from pipeline.parameters import EvaluationParams, TextbookParams
from pipeline.tables import TEXTBOOK_PAGES
from pipeline.textbooks.rereading import Rereading, read_again

PARAMS = TextbookParams(compared_page_count=0, resolution_dpi=150)


def test_score_rereadings_counts_pages_and_tells_the_engine():
    readings = {
        ("textbooks/a", "rus_Cyrl"): [
            Rereading(1, "rus", "кот спит", "кот  спит"),
            Rereading(2, "rus", "дом", "дым"),
        ],
        ("textbooks/b", "tuk_Latn"): [],
    }
    rows = score_rereadings(readings, EvaluationParams(bootstrap_count=100)).to_pylist()
    assert [(row["metric"], row["n"], row["model"]) for row in rows] == [
        ("cer", 2, "tesseract rus"),
        ("wer", 2, "tesseract rus"),
    ]
    assert rows[0]["value"] == pytest.approx(1 / 11)
    assert rows[1]["value"] == pytest.approx(1 / 3)


def test_a_document_of_scans_is_not_read_again(tmp_path):
    scans = pa.Table.from_pylist(
        [{"document_key": "textbooks/a", "page_number": 1, "method": "ocr", "text": "кот"}],
        schema=TEXTBOOK_PAGES,
    )
    assert read_again(tmp_path / "none.pdf", "rus_Cyrl", scans, PARAMS, 3) == []
