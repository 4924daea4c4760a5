"""Bars on real pages; see `benchmarks/news_sites.py` for the whole and its intervals."""

from statistics import fmean

import pytest

from benchmarks import news_sites
from benchmarks.document_sets import COPIED, FALLBACK
from benchmarks.rebuilt_site import OWN_SELECTORS, SIGNS, documents
from pipeline import settings
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.news_site import Selectors

pytestmark = pytest.mark.skipif(
    not (settings.test_data() / "tds_gov_tm").is_dir(),
    reason="the shared evaluation data are not here",
)

MIN_F1 = 0.97
MIN_COMPLETE = 0.95
COPIES = ["57", "58", "59", "60", COPIED, "62", "63"]


@pytest.mark.parametrize("selectors", [OWN_SELECTORS, Selectors()], ids=["own", "general rules"])
def test_the_main_text_of_real_pages_is_read(selectors):
    scores = news_sites.text_scores(documents()[::3], selectors)
    assert fmean(scores.values()) >= MIN_F1


def test_pages_that_fall_back_to_turkmen_are_caught():
    articles = news_sites.read_site(SIGNS, [FALLBACK, "15"]).to_pylist()
    assert {row["page_id"]: row["reject_reason"] for row in articles if row["reject_reason"]} == {
        f"{FALLBACK}.ru": "fallback: tuk_Latn text on a rus_Cyrl page",
        f"{FALLBACK}.en": "fallback: tuk_Latn text on a eng_Latn page",
    }


def found(signs, names, encoder):
    pairs = news_sites.paired(news_sites.read_site(signs, names), encoder)
    return {(row["source"], row["target"]) for row in pairs if row["reject_reason"] is None}


def test_a_translation_that_repeats_another_articles_is_caught(e5_folder):
    twins = found(("id",), COPIES, load_encoder(str(e5_folder)))
    assert twins <= news_sites.gold(COPIES)
    assert {("60.tm", "60.ru"), ("60.tm", "60.en")} <= twins


@pytest.mark.slow
def test_twins_of_real_pages_are_found_and_nothing_else(e5_folder, tmp_path):
    encoder = load_encoder(str(e5_folder), cache=EmbeddingCache(tmp_path))
    names = documents()
    expected = news_sites.gold(names)
    for sign in SIGNS:
        twins = found((sign,), names, encoder)
        assert twins <= expected, sign
        assert len(twins) >= MIN_COMPLETE * len(expected), sign
