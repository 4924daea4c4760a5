import json

from pipeline.evaluation.report.facts import SuiteFacts
from pipeline.evaluation.report.folder import write_report
from pipeline.evaluation.report.page import ReportData
from pipeline.evaluation.report.summary import summary_lines
from pipeline.storage import GateVerdict
from pipeline.tables import FUNNEL, SCORES, as_table

FORWARD, BACKWARD = "tuk_Latn-rus_Cyrl", "rus_Cyrl-tuk_Latn"


def score(metric, value, **changes):
    row = {
        "suite": "held_out",
        "model": "student",
        "model_fingerprint": "hash",
        "direction": FORWARD,
        "metric": metric,
        "value": value,
        "n": 118,
        "pool_size": 0,
        "ci_low": value - 0.05,
        "ci_high": value + 0.05,
        "confidence_level_fraction": 0.95,
        "seed": 13,
    }
    return row | changes


def data(**tables):
    return ReportData("Türkmençe", "tuk_Latn", ("rus_Cyrl",), **tables)


def test_the_summary_has_one_line_for_each_stage_and_the_worst_of_several():
    before, after = score("p_at_1", 0.4, model="start"), score("p_at_1", 0.7)
    change = score("p_at_1", 0.3, model="difference")
    beads = {"suite": "camel", "n": 323}
    pages = {"suite": "camel", "model": "ocr", "direction": "tuk_Latn", "n": 16}
    tables = {
        "scores": [before, after, change, score("p_at_1", 0.6, direction=BACKWARD)],
        "retention": [
            score("retention_spearman", value, direction=pivot)
            for value, pivot in ((0.99, "rus_Cyrl"), (0.98, "eng_Latn"))
        ],
        "alignment": [
            score("strict_f1", 0.5, model="length only", **beads),
            score("strict_f1", 0.9, model="aligner", **beads),
        ],
        "reading": [score("cer", 0.06, **pages), score("wer", 0.3, **pages)],
    }
    counted = [{"split": "train", "pair_count": 1200}, {"split": "test", "pair_count": 118}]
    made = {name: as_table(rows, SCORES) for name, rows in tables.items()}
    others = {"retention": made.pop("retention"), "reading": made.pop("reading")}
    lines = summary_lines(data(**made, others=others, funnel=as_table(counted, FUNNEL)))
    assert lines == [
        "reading    6.0% of characters wrong (1.0% to 11.0%, 16 pages) in camel, Turkmen",
        "alignment  strict F1 0.900 (0.850 to 0.950, 323 beads) in camel; by length only 0.500",
        "corpus     1\u202f200 pairs to train on, 0 to tune on, 118 held out",
        (
            "retrieval  Turkmen to Russian, P@1 0.700 (0.650 to 0.750, 118 queries);"
            " before 0.400, so +30.0 points (+25.0 to +35.0)"
        ),
        "retention  0.980 (0.930 to 1.030, 118 sentences) of English, the worst of 2",
    ]


def test_a_summary_of_nothing_says_so_in_every_line():
    lines = summary_lines(data())
    assert len(lines) == 5
    assert all(line.endswith("not scored") for line in lines)


def test_a_report_is_a_page_the_rows_and_a_summary(tmp_path):
    scores = as_table([score("p_at_1", 0.7)], SCORES)
    folder = write_report(data(scores=scores), tmp_path / "new" / "report")
    assert {path.name for path in folder.iterdir()} == {
        "report.html",
        "scores.json",
        "summary.txt",
    }
    rows = json.loads((folder / "scores.json").read_text())["rows"]
    assert rows == [{"section": "retrieval", **row} for row in scores.to_pylist()]
    assert "Türkmençe" in (folder / "report.html").read_text(encoding="utf-8")
    assert "Not scored" not in (folder / "report.html").read_text(encoding="utf-8")
    assert (folder / "summary.txt").read_text().count("\n") == 5


def test_a_report_without_gold_says_what_was_not_scored(tmp_path):
    scores = as_table([score("p_at_1", 0.7)], SCORES)
    empty = SCORES.empty_table()
    folder = write_report(data(scores=scores, alignment=empty, others={"reading": empty}), tmp_path)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert (
        "Not scored, for there is no gold or no held-out text for it: alignment, reading." in page
    )
    summary = (folder / "summary.txt").read_text()
    assert "reading    not scored\nalignment  not scored\n" in summary


def test_a_report_of_nothing_has_no_rows(tmp_path):
    folder = write_report(data(), tmp_path)
    assert json.loads((folder / "scores.json").read_text())["rows"] == []


def test_the_json_tells_models_suites_gates_and_the_leaderboard(tmp_path):
    start = score("p_at_1", 0.5, model="start", model_fingerprint="start hash", dataset_hash="ab")
    rows = [start, score("p_at_1", 0.7, dataset_hash="ab"), score("p_at_1", 0.1, model="bm25")]
    part = score("p_at_1", 0.9, slice="length: 1-5 words")
    gate = GateVerdict("saturation", is_passed=False, reason="Too easy.")
    mined = [
        score(name, float("nan"), suite="heaps") for name in ("mining_f1", "average_precision")
    ]
    told = data(
        scores=as_table([*rows, part, *mined], SCORES),
        suites={"held_out": SuiteFacts("Held out", "retrieval", "test", "MIT", "books", "v1")},
        gates=(gate,),
        facts={"seed": "13"},
    )
    found = json.loads((write_report(told, tmp_path) / "scores.json").read_text())
    assert (found["schema_version"], found["facts"]) == (1, {"seed": "13"})
    kinds = [(one["name"], one["kind"]) for one in found["models"]]
    assert kinds == [("start", "start"), ("student", "model"), ("bm25", "baseline")]
    held_out, heaps = found["suites"]
    assert (held_out["role"], held_out["licence"], held_out["n_least"]) == ("test", "MIT", 118)
    assert held_out["dataset_hashes"] == {FORWARD: "ab"}
    assert (heaps["name"], heaps["task"]) == ("heaps", "mining")
    assert [row["section"] for row in found["rows"]] == ["retrieval"] * 4 + ["mining"] * 2
    assert found["gates"] == [{"name": "saturation", "is_passed": False, "reason": "Too easy."}]
    assert [row["value"] for row in found["rows"]] == [0.5, 0.7, 0.1, 0.9, None, None]
    (board,) = found["leaderboard"]["boards"]
    assert board["models"] == ["start", "student", "bm25"]
    cells = board["columns"][0]["cells"]
    assert [cells[name]["is_best"] for name in board["models"]] == [False, True, False]


def test_a_report_written_again_has_the_same_bytes(tmp_path):
    scores = as_table([score("p_at_1", 0.7)], SCORES)
    first, second = (
        write_report(data(scores=scores), tmp_path / name) for name in ("first", "second")
    )
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()
