import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline import cli
from pipeline.corpus.command import trace_lines
from pipeline.corpus.trace import ArticlePlace, EntryPlace, PagePlace, places_of, trace
from pipeline.errors import InputError
from pipeline.storage import Address, Fingerprint, Store
from pipeline.tables import PARALLEL_CORPUS, SCORED_PAIRS, as_table

ROW = {
    "pair_id": "a" * 24,
    "origin": "textbooks",
    "source_document": "textbooks/b.tuk_Latn",
    "target_document": "news/orient/5",
    "source_language": "tuk_Latn",
    "target_language": "rus_Cyrl",
    "source_text": "Kitap bar",
    "target_text": "Книга есть",
    "licence": "CC0-1.0",
    "cosine": 0.9,
    "is_reviewed": True,
    "split": "dev",
}
PAGE = {"page": 3, "box": [72.0, 90.5, 310.25, 104.0]}
PARAGRAPH = {"url": "https://orient.test/ru/post/5", "paragraph": 2}


def located(locator):
    return ROW | {"locator": locator if locator is None else json.dumps(locator)}


def test_a_mined_pair_leads_to_a_page_and_to_an_article():
    row = located({"source": [PAGE, PAGE | {"box": None}], "target": [PARAGRAPH]})
    assert places_of(row) == [
        PagePlace("source", "textbooks/b.tuk_Latn", 3, (72.0, 90.5, 310.25, 104.0)),
        PagePlace("source", "textbooks/b.tuk_Latn", 3, None),
        ArticlePlace("target", "news/orient/5", "https://orient.test/ru/post/5", 2),
    ]


@pytest.mark.parametrize(
    ("locator", "file", "entry"),
    [
        ("django/auth/django.po#Save #1", "django/auth/django.po", "Save #1"),
        ("memory.tmx#unit 12", "memory.tmx", "unit 12"),
        ("page 3", "page 3", ""),
        ('{"a": 1}#b', '{"a": 1}', "b"),
        ("12", "12", ""),
        ('{"source": []}', '{"source": []}', ""),
    ],
)
def test_a_plain_locator_is_a_file_and_an_entry(locator, file, entry):
    place = EntryPlace("textbooks/b.tuk_Latn", file, entry)
    assert places_of(ROW | {"locator": locator}) == [place]


@given(st.text())
def test_any_plain_text_is_a_locator(text):
    for place in places_of(ROW | {"locator": text}):
        assert (place.file + "#" + place.entry).startswith(text)


@pytest.mark.parametrize("locator", [None, {"source": [], "target": []}])
def test_a_pair_without_places_has_none(locator):
    assert places_of(located(locator)) == []


@pytest.mark.parametrize(
    "place", [{"line": 3}, {"page": "three"}, {"page": 3, "box": [1, 2]}, 3, {"page": None}]
)
def test_a_place_that_is_neither_page_nor_url_is_named(place):
    with pytest.raises(InputError, match=r"pair a+ of textbooks/b.tuk_Latn has a locator"):
        places_of(located({"source": [place], "target": []}))


def test_every_row_of_a_pair_is_traced():
    rows = [located({"source": [PAGE | {"page": n}], "target": []}) for n in (1, 2)]
    table = as_table([*rows, rows[0] | {"pair_id": "b"}], PARALLEL_CORPUS)
    found = trace(ROW["pair_id"], table)
    assert [one.places[0].page_number for one in found] == [1, 2]
    assert trace("c", table) == []


@pytest.fixture
def store(tmp_path):
    store = Store(str(tmp_path / "store"))
    kept = located({"source": [PAGE], "target": [PARAGRAPH]})
    bitext = {"pair_id": "b", "locator": "x.po#y", "split": None, "licence": None}
    corpus = as_table([kept, ROW | bitext | {"reject_reason": "not scored"}], PARALLEL_CORPUS)
    store.publish(Address("demo", "parallel_corpus"), corpus, fingerprint=Fingerprint("1"))
    rows = [{name: kept[name] for name in kept if name in SCORED_PAIRS.names} | {"pair_id": "c"}]
    scored = as_table(rows, SCORED_PAIRS)
    store.publish(Address("demo", "scored_pairs"), scored, fingerprint=Fingerprint("1"))
    return store


def test_trace_prints_texts_fate_scores_licence_and_places(store):
    assert list(trace_lines(store, "demo", ROW["pair_id"])) == [
        f"pair {ROW['pair_id']}",
        "  tuk_Latn: Kitap bar",
        "  rus_Cyrl: Книга есть",
        "  kept for dev, reviewed; origin textbooks; licence CC0-1.0",
        "  cosine 0.900",
        "  source: textbooks/b.tuk_Latn, page 3, box 72 90.5 310.25 104",
        "  target: news/orient/5, https://orient.test/ru/post/5, paragraph 2",
    ]


def test_a_rejected_pair_tells_why_and_one_of_a_text_since_mended_is_found_too(store):
    lines = list(trace_lines(store, "demo", "b"))
    assert "  rejected: not scored; origin textbooks; licence unknown" in lines
    assert lines[-1] == "  both sides: textbooks/b.tuk_Latn, x.po, entry y"
    assert "  scored; origin textbooks; licence CC0-1.0" in list(trace_lines(store, "demo", "c"))


def test_a_pair_or_corpus_that_is_not_there_is_named(store):
    with pytest.raises(InputError, match="no pair 'zz' in the corpus of 'demo'"):
        list(trace_lines(store, "demo", "zz"))
    with pytest.raises(InputError, match="'other' has no corpus here"):
        list(trace_lines(store, "other", "b"))


def test_the_command_line_reads_the_store(store, tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_STORE", str(tmp_path / "store"))
    traced = CliRunner().invoke(cli.app, ["trace", "b"])
    assert traced.stdout.splitlines() == list(trace_lines(store, "demo", "b"))
    used = CliRunner().invoke(cli.app, ["uses", "b.tuk_Latn", "--recipe", "demo"])
    assert used.stdout.startswith("versions of the corpus with pairs of b.tuk_Latn: 1\n")
