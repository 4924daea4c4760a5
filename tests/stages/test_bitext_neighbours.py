import pytest

from pipeline.bitext_source import BitextSource
from pipeline.bitexts import neighbour_sources, read_neighbours
from pipeline.errors import InputError
from pipeline.recipe_files import load_recipe

OURS = ("tuk_Latn", "rus_Cyrl", "eng_Latn")


@pytest.fixture
def strings(tmp_path):
    path = tmp_path / "strings.tsv"
    path.write_text(
        "tk\tru\taz\tkk\n"
        "Suw\tВода\tSu\tСу\n"
        "Kitap\tКнига\tKitap\t\n"
        "On iki\t12\t12\tон екі\n"
        "Bir\tОдин\tBir|Birlər\tбір\n",
        encoding="utf-8",
    )
    columns = {"tk": "tuk_Latn", "ru": "rus_Cyrl", "az": "azj_Latn", "kk": "kaz_Cyrl"}
    return BitextSource(file=path, columns=columns, licence="MIT", provenance="a friend")


def test_texts_of_neighbours_are_read_with_their_place_and_licence(strings):
    rows = read_neighbours({"ui": strings}, ["kaz_Cyrl"], OURS).to_pylist()
    assert [row["text"] for row in rows] == ["Су", "он екі", "бір"]
    assert rows[0] == {
        "language": "kaz_Cyrl",
        "text": "Су",
        "document_key": "bitexts/ui",
        "locator": "strings.tsv#line 2",
        "licence": "MIT",
        "reject_reason": None,
    }


def test_what_was_never_translated_or_has_no_words_says_so(strings):
    rows = read_neighbours({"ui": strings}, ["azj_Latn"], OURS).to_pylist()
    assert {row["text"]: row["reject_reason"] for row in rows} == {
        "Su": None,
        "Kitap": "not translated",
        "12": "no words",
        "Bir|Birlər": "several texts divided by |",
    }


def test_catalogues_of_this_machine_hold_neighbours_too():
    source = BitextSource(catalogue="babel")
    table = read_neighbours({"cldr": source}, ["azj_Latn", "uzn_Latn"], OURS)
    kept = table.filter(table["reject_reason"].is_null())
    counts = {code: kept["language"].to_pylist().count(code) for code in ("azj_Latn", "uzn_Latn")}
    assert min(counts.values()) > 300


def test_without_neighbours_nothing_is_read(tmp_path):
    missing = BitextSource(file=tmp_path / "no.tmx", licence="MIT", provenance="x")
    assert read_neighbours({"own": missing}, [], OURS).num_rows == 0


def test_a_source_that_states_other_languages_alone_is_not_read(strings, tmp_path):
    columns = ("tuk_Latn", "rus_Cyrl")
    missing = BitextSource(file=tmp_path / "no.tsv", columns=columns, licence="MIT", provenance="x")
    sources = {"other": missing, "ui": strings}
    assert list(neighbour_sources(sources, ["kaz_Cyrl"])) == ["ui"]
    assert read_neighbours(sources, ["kaz_Cyrl"], OURS).num_rows == 3
    assert neighbour_sources(sources, []) == {}


def test_a_recipe_names_its_neighbours_by_known_codes(tmp_path):
    path = tmp_path / "trial.yaml"
    head = "name: trial\ntitle: A trial\nfocus: tuk_Latn\npivots: [rus_Cyrl]\n"
    path.write_text(f"{head}students: {{ neighbours: [azj_Latn, kaz_Cyrl] }}\n", encoding="utf-8")
    assert load_recipe(str(path)).students.neighbours == ("azj_Latn", "kaz_Cyrl")
    path.write_text(f"{head}students: {{ neighbours: [az] }}\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown language code 'az'"):
        load_recipe(str(path))
