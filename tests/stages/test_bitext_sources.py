import pytest
from pydantic import ValidationError

from pipeline.bitext_source import BitextSource
from pipeline.errors import InputError
from pipeline.recipe import Recipe
from pipeline.recipe_files import load_recipe
from pipeline.settings import project_root

KNOWN = {"licence": "MIT", "provenance": "a friend"}


@pytest.mark.parametrize(
    ("entry", "format_name", "languages"),
    [
        ({"catalogue": "debian"}, "debian", ()),
        ({"file": "m.tmx.gz", **KNOWN}, "tmx", ()),
        ({"file": "m.tsv", "columns": {"uz": "uzn_Latn", "ru": "rus_Cyrl"}, **KNOWN}, "tsv", 2),
        ({"file": "m.tsv", "columns": ["-", "uzn_Latn", "rus_Cyrl"], **KNOWN}, "tsv", 2),
        ({"file": "m.po", "languages": ["eng_Latn", "uzn_Latn"], **KNOWN}, "po", 2),
        ({"files": {"uzn_Latn": "a.uz", "rus_Cyrl": "a.ru"}, **KNOWN}, "moses", 2),
    ],
)
def test_an_entry_knows_its_format_and_stated_languages(entry, format_name, languages):
    source = BitextSource(**entry)
    assert source.format == format_name
    assert len(source.stated_languages) == (languages or 0)
    assert all(path.is_relative_to(project_root()) for path in source.paths)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({}, "one of `catalogue`, `file`, `files` and `hub`; found none"),
        ({"catalogue": "django", "file": "a.tmx"}, "found `catalogue` and `file`"),
        ({"file": "a.docx", **KNOWN}, "ends in .tmx, .tmx.gz, .tsv, .tsv.gz, .po, .mo"),
        ({"file": "a.tmx"}, "tmx needs `licence` and `provenance`"),
        ({"file": "a.po", **KNOWN}, "po needs `languages`"),
        ({"catalogue": "django", "licence": "MIT"}, "`licence` is not for django"),
        (
            {"file": "a.tmx", "has_header": True, **KNOWN},
            "`has_header` is not for tmx, but for tsv",
        ),
        ({"file": "a.tsv", "columns": ["uzn_Latn"], **KNOWN}, "uzn_Latn alone"),
        ({"file": "a.tsv", "columns": ["uzn_Latn"] * 2, **KNOWN}, "names a language twice"),
        ({"file": "a.tsv", "columns": ["uzn_Latn", "rus_Cyr"], **KNOWN}, "did you mean 'rus_Cyrl'"),
        ({"files": {"uzn_Latn": "a"}, **KNOWN}, "takes two or more"),
        ({"files": {"uz": "a", "rus_Cyrl": "b"}, **KNOWN}, "unknown language code 'uz'"),
        ({"file": "a.tmx", "codes": {"tkm": ["tk"]}, **KNOWN}, "unknown language code 'tkm'"),
    ],
)
def test_a_wrong_entry_is_explained(entry, sentence):
    with pytest.raises(ValidationError) as caught:
        BitextSource(**entry)
    assert sentence in str(caught.value)


@pytest.fixture
def recipe(tmp_path):
    def write(entry):
        path = tmp_path / "trial.yaml"
        head = "name: trial\ntitle: A trial\nfocus: uzn_Latn\npivots: [rus_Cyrl]\n"
        path.write_text(f"{head}bitexts: {{ own: {entry} }}\n", encoding="utf-8")
        return load_recipe(str(path))

    return write


def test_a_recipe_takes_a_bitext_of_its_languages(recipe):
    loaded = recipe(
        "{file: a.tsv, columns: [uzn_Latn, eng_Latn, rus_Cyrl], licence: MIT, provenance: x}"
    )
    assert isinstance(loaded, Recipe)
    assert loaded.bitexts["own"].format == "tsv"


@pytest.mark.parametrize("codes", ["[tuk_Latn, rus_Cyrl]", "[uzn_Latn, eng_Latn]"])
def test_a_bitext_of_other_languages_is_refused_when_the_recipe_loads(recipe, codes):
    with pytest.raises(InputError, match=r"bitexts\.own is in .*uzn_Latn and in one of rus_Cyrl"):
        recipe(f"{{file: a.tsv, columns: {codes}, licence: MIT, provenance: x}}")


def test_a_mistyped_key_of_a_bitext_is_named_with_the_right_one(recipe):
    with pytest.raises(InputError, match=r"'bitexts\.own\.colums'; did you mean 'columns'"):
        recipe("{file: a.tsv, colums: [uzn_Latn, rus_Cyrl], licence: MIT, provenance: x}")
