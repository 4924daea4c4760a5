"""The gate `language` on names and labels: what is passed over, and that nothing wrong passes."""

import csv
import itertools
import re
from functools import cache

import pytest

from pipeline import settings
from pipeline.bitext_source import BitextSource
from pipeline.bitexts.cldr_names import cldr_units
from pipeline.evaluation.gates import language_gate
from pipeline.evaluation.models import Texts

TATOEBA = {
    "tuk_Latn": "eng-tuk",
    "azj_Latn": "aze-tur",
    "tur_Latn": "tur-uzb",
    "eng_Latn": "ben-eng",
}
TATOEBA |= {"kaz_Cyrl": "kaz-rus", "rus_Cyrl": "rus-tat", "tat_Cyrl": "rus-tat"}


@cache
def cldr_names(category, code):
    """Names of a category of CLDR in a language, as babel has them."""
    units = cldr_units(BitextSource(catalogue="babel"), [code])
    return [unit.texts[code] for unit in units if unit.group_key == f"cldr/{category}"]


@pytest.fixture(scope="module")
def tatoeba():
    """Everyday sentences by language."""
    folder = settings.test_data() / "tatoeba_challenge"
    if not folder.is_dir():
        pytest.skip(f"needs {folder}")
    found = {}
    for code, name in TATOEBA.items():
        with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            column = next(one for one in rows.fieldnames if code.startswith(one[:2]))
            found[code] = [row[column] for row in rows]
    return found


def test_names_of_places_are_passed_over_and_counted():
    verdict = language_gate({"cities": Texts("tuk_Latn", cldr_names("time_zones", "tuk_Latn"))})
    assert verdict.is_passed
    assert re.search(
        r"cities in Turkmen \(2\d\d of 3\d\d texts, names, passed over\)", verdict.reason
    )


@pytest.mark.parametrize("category", ["languages", "time_zones", "territories", "currencies"])
def test_labels_in_a_wrong_language_of_the_same_script_are_refused(category):
    latin = ("tuk_Latn", "eng_Latn", "tur_Latn", "azj_Latn", "uzn_Latn")
    cyrillic = ("rus_Cyrl", "kaz_Cyrl", "kir_Cyrl", "tat_Cyrl", "tgk_Cyrl")
    for script in (latin, cyrillic):
        for code, stated in itertools.permutations(script, 2):
            verdict = language_gate({"texts": Texts(stated, cldr_names(category, code)[:120])})
            assert not verdict.is_passed, (code, stated, verdict.reason)


@pytest.mark.parametrize("code", ["tuk_Latn", "rus_Cyrl", "kaz_Cyrl", "uzn_Latn", "ben_Beng"])
def test_names_of_languages_and_places_are_in_their_language(code):
    for category in ("time_zones", "territories"):
        texts = cldr_names(category, code)
        assert language_gate({"texts": Texts(code, texts)}).is_passed, category


def test_names_alone_are_refused_as_not_judged_where_they_read_otherwise():
    names = ["San-Tome", "Kankun", "Bogota", "Santyýago", "Buenos-Aýres", "Ottawa", "Tegusigalpa"]
    verdict = language_gate({"cities": Texts("tuk_Latn", names * 3)})
    assert not verdict.is_passed
    assert "The cities are not judged: 21 of 21 texts are names" in verdict.reason
    assert "Add texts of more than a name" in verdict.reason


def test_names_in_another_script_are_judged(tatoeba):
    russian = cldr_names("time_zones", "rus_Cyrl")[:100]
    verdict = language_gate({"cities": Texts("tuk_Latn", [*russian, *tatoeba["tuk_Latn"][:20]])})
    assert not verdict.is_passed
    assert "should be Turkmen in Latin letters" in verdict.reason
    assert "look like Russian" in verdict.reason


def test_a_column_in_capitals_is_judged(tatoeba):
    capitals = [text.upper() for text in tatoeba["tur_Latn"][:60]]
    words = [word for text in capitals for word in text.split()]
    for texts in (capitals, words):
        verdict = language_gate({"texts": Texts("tuk_Latn", texts)})
        assert not verdict.is_passed
        assert "names" not in verdict.reason


def test_headlines_whose_words_all_have_capitals_are_judged(tatoeba):
    headlines = [text.title() for text in tatoeba["eng_Latn"][:200] if len(text.split()) > 5]
    verdict = language_gate({"headlines": Texts("tuk_Latn", headlines)})
    assert "100% look like English" in verdict.reason


def test_tatoeba_sentences_are_refused_in_every_language_but_their_own(tatoeba):
    for code, texts in tatoeba.items():
        assert language_gate({"texts": Texts(code, texts)}).is_passed, code
        for stated in tatoeba.keys() - {code}:
            verdict = language_gate({"texts": Texts(stated, texts[:60])})
            assert not verdict.is_passed, (code, stated)
