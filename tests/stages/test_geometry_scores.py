"""Geometry as rows of scores and as a section of the report."""

import pytest

from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.evaluation.baselines import LengthRatio
from pipeline.evaluation.measures.geometry import geometry
from pipeline.evaluation.models import EncoderModel, Texts
from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.evaluation.tasks.geometry import score_geometry
from pipeline.evaluation.tasks.retrieval import ParallelTexts, score_retrieval
from pipeline.parameters import EvaluationParams

PARAMS = EvaluationParams(bootstrap_count=100)
TURKMEN = [f"kitap okadym {number} gün" for number in range(40)]
RUSSIAN = [f"читал книгу {number} дней" for number in range(40)]
TASK = ParallelTexts("own", ("rus_Cyrl", "tuk_Latn"), RUSSIAN, TURKMEN)


@pytest.fixture(scope="module")
def models(tiny_model_folder):
    start = EncoderModel(load_encoder(str(tiny_model_folder)))
    return {"start": start, "student": start, "length": LengthRatio()}


@pytest.fixture(scope="module")
def scores(models):
    return score_geometry([TASK], "tuk_Latn", models, PARAMS)


def test_figures_are_of_the_focus_language_whichever_side_it_stands_on(models, scores):
    sides = Texts("tuk_Latn", TURKMEN), Texts("rus_Cyrl", RUSSIAN)
    expected = geometry(*(models["start"].encode(side) for side in sides))._asdict()
    own = [row for row in scores.to_pylist() if row["model"] == "start"]
    assert {row["metric"]: row["value"] for row in own} == pytest.approx(expected)
    assert {row["direction"] for row in own} == {"tuk_Latn-rus_Cyrl"}


def test_what_has_no_vectors_has_no_geometry_and_nobody_is_compared(scores):
    assert set(scores["model"].to_pylist()) == {"start", "student"}


def test_a_text_that_occurs_twice_counts_once(models):
    twice = ParallelTexts("own", ("tuk_Latn", "rus_Cyrl"), TURKMEN * 2, RUSSIAN * 2)
    assert set(score_geometry([twice], "tuk_Latn", models, PARAMS)["n"].to_pylist()) == {40}


def test_suites_without_the_focus_language_or_with_one_pair_have_no_rows(models):
    one = ParallelTexts("own", ("tuk_Latn", "rus_Cyrl"), TURKMEN[:1], RUSSIAN[:1])
    assert score_geometry([one], "tuk_Latn", models, PARAMS).num_rows == 0
    assert score_geometry([TASK], "azj_Latn", models, PARAMS).num_rows == 0


def test_what_retrieval_has_read_is_not_encoded_again(tiny_model_folder, tmp_path):
    heard = []
    cache = EmbeddingCache(tmp_path)
    folder = str(tiny_model_folder)
    encoder = load_encoder(folder, cache=cache, progress=lambda *said: heard.append(said))
    models = {"start": EncoderModel(encoder)}
    score_retrieval(TASK, models, PARAMS)
    read = len(heard)
    score_geometry([TASK], "tuk_Latn", models, PARAMS)
    assert read > 0
    assert len(heard) == read


def test_the_report_has_a_line_for_each_model_and_calls_none_the_best(scores):
    data = ReportData("A trial", "tuk_Latn", ("rus_Cyrl",), others={"geometry": scores})
    page = render_report(data)
    section = page.partition('<section id="geometry">')[2].partition("</section>")[0]
    assert section.count('<th scope="row">') == 2
    assert all(name in section for name in ("anisotropy", "alignment", "uniformity"))
    assert 'class="best"' not in section
    assert data.boards() == []
