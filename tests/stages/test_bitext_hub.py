"""Bitexts that are data sets on the hub, read from folders in its layout."""

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from pipeline.bitext_source import BitextSource
from pipeline.bitexts import bitext_version, read_bitext
from pipeline.distillation.command import corpus_of
from pipeline.distillation.lessons.lesson_table import make_lessons
from pipeline.errors import InputError
from pipeline.learning_sources import with_documents_of_bitexts
from pipeline.parameters import LessonParams
from pipeline.recipe_files import load_recipe
from pipeline.tables import NEIGHBOUR_TEXTS

NESTED = {"translation.tk": "tuk_Latn", "translation.ru": "rus_Cyrl", "translation.en": "eng_Latn"}
ROWS = [
    {"translation": {"tk": "Men kitap okadym.", "ru": "Я прочитал книгу.", "en": None}},
    {"translation": {"tk": "Biz <b>geldik</b>.", "ru": "Мы пришли.", "en": "We have come."}},
    {"translation": {"tk": "", "ru": "Пусто.", "en": "Empty."}},
]
ARTICLES = [
    {
        "title": "Suw",
        "az": "Su mayedir.\n\nO, şəffafdır.",
        "en": "Water is a liquid.\nIt flows.",
    },
    {"title": "Daş", "az": "Daş bərkdir.", "en": "Stone is hard.\nIt is heavy."},
]


@pytest.fixture
def data_set(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def write(rows):
        folder = tmp_path / "set" / "data"
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows), folder / "train-00000-of-00001.parquet")
        return str(folder.parent)

    return write


def source_of(folder, named_columns, **changes):
    hub = {"dataset": folder, "split": "train"}
    return BitextSource(**{"hub": hub, "columns": named_columns, "licence": "MIT"} | changes)


def test_a_data_set_gives_the_focus_beside_every_pivot(data_set):
    source = source_of(data_set(ROWS), NESTED)
    pairs = read_bitext(source, "tuk_Latn", ["rus_Cyrl", "eng_Latn"], "bitexts/opus").to_pylist()
    assert [pair["target_language"] for pair in pairs] == ["rus_Cyrl"] * 3 + ["eng_Latn"] * 3
    kept = [(p["source_text"], p["target_text"]) for p in pairs if p["reject_reason"] is None]
    assert kept == [
        ("Men kitap okadym.", "Я прочитал книгу."),
        ("Biz geldik.", "Мы пришли."),
        ("Biz geldik.", "We have come."),
    ]
    assert {pair["reject_reason"] for pair in pairs} == {None, "no translation"}


def test_every_pair_knows_its_row_licence_and_data_set(data_set):
    source = source_of(data_set(ROWS), NESTED)
    pair = read_bitext(source, "tuk_Latn", ["rus_Cyrl"], "bitexts/opus").to_pylist()[1]
    assert pair["locator"] == "set/train#row 2"
    assert (pair["licence"], pair["provenance"]) == ("MIT", "set")


def test_a_provenance_in_the_recipe_goes_before_the_address(data_set):
    source = source_of(data_set(ROWS), NESTED, provenance="OPUS")
    assert set(read_bitext(source, "tuk_Latn", ["rus_Cyrl"], "b")["provenance"].to_pylist()) == {
        "OPUS"
    }


def test_documents_give_their_lines_where_these_match(data_set):
    columns = {"az": "azj_Latn", "en": "eng_Latn"}
    source = source_of(data_set(ARTICLES), columns, are_documents=True)
    pairs = read_bitext(source, "azj_Latn", ["eng_Latn"], "bitexts/wikipedia").to_pylist()
    assert [(pair["source_text"], pair["target_text"]) for pair in pairs[:2]] == [
        ("Su mayedir.", "Water is a liquid."),
        ("O, şəffafdır.", "It flows."),
    ]
    assert pairs[1]["locator"] == "set/train#row 1, line 2"
    assert pairs[0]["group_key"] == pairs[1]["group_key"] != pairs[2]["group_key"]
    assert pairs[2]["reject_reason"] == (
        "documents differ in their numbers of lines: azj_Latn 1, eng_Latn 2"
    )


def test_lines_of_documents_are_taught_as_paragraphs(data_set):
    columns = {"az": "azj_Latn", "en": "eng_Latn"}
    lines = ["Su mayedir.", "O, şəffafdır.", "Su axır.", "Su buxarlanır.", "Su donur."]
    english = ["Water is liquid.", "It is clear.", "Water flows.", "It dries.", "It freezes."]
    article = {"az": "\n".join(lines), "en": "\n".join(english)}
    source = source_of(data_set([article]), columns, are_documents=True)
    corpus = corpus_of(read_bitext(source, "azj_Latn", ["eng_Latn"], "bitexts/wikipedia"))
    params = with_documents_of_bitexts(LessonParams(), {"wikipedia": source})
    taught = make_lessons(corpus, NEIGHBOUR_TEXTS.empty_table(), params).to_pylist()
    texts = [row["source_text"] for row in taught if row["kind"] == "paragraph"]
    assert texts
    assert all(text in article["az"].replace("\n", " ") for text in texts)


def test_a_column_that_is_not_there_is_told_with_those_that_are(data_set):
    source = source_of(data_set(ARTICLES), {"aze": "azj_Latn", "en": "eng_Latn"})
    with pytest.raises(InputError, match="row 1 has no column 'aze', but 'title', 'az', 'en'"):
        read_bitext(source, "azj_Latn", ["eng_Latn"], "b")


def test_a_data_set_without_a_pivot_is_refused(data_set):
    source = source_of(data_set(ROWS), NESTED)
    with pytest.raises(InputError, match="none in azj_Latn"):
        read_bitext(source, "tuk_Latn", ["azj_Latn"], "b")


def test_the_version_follows_the_data_and_the_entry(data_set):
    folder = data_set(ROWS)
    versions = [
        bitext_version(source_of(folder, NESTED, **change), ["tuk_Latn", "rus_Cyrl"])
        for change in ({}, {"licence": "unknown"})
    ]
    assert versions[0]["hub"] == versions[1]["hub"]
    assert versions[0]["entry"] != versions[1]["entry"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"licence": ""}, "hub needs `licence`"),
        ({"columns": None}, "hub needs `columns`"),
        ({"columns": ["tuk_Latn", "rus_Cyrl"]}, "go by their names"),
        ({"columns": {"tk": "tuk_Latn"}}, "tuk_Latn alone"),
        ({"file": "a.tsv"}, "exactly one of `catalogue`, `file`, `files` and `hub`"),
        ({"has_header": True}, "`has_header` is not for hub, but for tsv"),
    ],
)
def test_a_wrong_entry_is_explained(change, sentence):
    with pytest.raises(ValidationError, match=sentence):
        source_of("./set", NESTED, **change)


def test_a_sample_fetches_no_more_rows_than_it_needs(tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text(
        "name: trial\ntitle: A trial\nfocus: tuk_Latn\npivots: [rus_Cyrl]\n"
        "bitexts:\n  own:\n    hub: { dataset: ./set, split: train }\n"
        "    columns: { tk: tuk_Latn, ru: rus_Cyrl }\n    licence: MIT\n",
        encoding="utf-8",
    )
    recipe = load_recipe(str(path))
    assert recipe.bitexts["own"].hub.most_rows is None
    assert recipe.sampled(50).bitexts["own"].hub.most_rows == 1000
