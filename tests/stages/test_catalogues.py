from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bitexts import catalogue_pairs, catalogue_version, read_bitext
from pipeline.bitexts.catalogue_entries import CatalogueEntry, plain_text, reject_reason
from pipeline.bitexts.gettext_catalogues import django_entries
from pipeline.errors import InputError
from pipeline.tables import BITEXT_PAIRS, kept


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("Delete the “%(name)s” <b>objects</b>?", "Delete the objects?"),
        ("&File", "File"),
        ("R&D", "R&D"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Bu baha %(limit_value)s-nyň essesi bolmaly.", "Bu baha essesi bolmaly."),
        ("%(limit_value)s'a deň", "deň"),
        ("%s: no {} here {name}", "no here"),
        ("100% of them", "100% of them"),
        ("two\nlines", "two lines"),
    ],
)
def test_plain_text_drops_placeholders_markup_and_accelerators(message, text):
    assert plain_text(message) == text


@given(st.text())
def test_plain_text_of_a_plain_text_is_itself_and_one_line(message):
    text = plain_text(message)
    assert "\n" not in text
    assert text == text.strip()


def _reason(source, target, *, is_fuzzy=False):
    return reject_reason(CatalogueEntry("app", "place", source, target, is_fuzzy))


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("Açyk", "Открыть", None),
        ("", "Открыть", "no translation"),
        ("%(a)s bilen %(b)s", "%(a)s и %(b)s", "little but placeholders"),
        ("%(a)s açyk faýl", "открытый файл", "placeholders differ"),
        ("%(a)s açyk faýl", "открытый файл %(a)s", None),
        ("URL", "url", "identical sides"),
        ("?.!", "...", "no words"),
    ],
)
def test_an_entry_is_kept_or_rejected_with_its_reason(source, target, reason):
    assert _reason(source, target) == reason


def test_a_fuzzy_entry_is_rejected():
    assert _reason("Açyk", "Открыть", is_fuzzy=True) == "marked fuzzy"


@pytest.mark.parametrize(("source", "least"), [("django", 400), ("babel", 1500)])
def test_catalogues_hold_turkmen_and_russian(source, least):
    table = catalogue_pairs(source, "tuk_Latn", "rus_Cyrl", f"bitexts/{source}")
    assert table.schema == BITEXT_PAIRS
    assert kept(table).num_rows >= least
    assert set(table["document_key"].to_pylist()) == {f"bitexts/{source}"}
    assert len(set(table["licence"].to_pylist())) == 1
    assert len(set(table["group_key"].to_pylist())) > 5


def test_every_row_that_is_not_kept_says_why():
    table = catalogue_pairs("django", "tuk_Latn", "rus_Cyrl", "bitexts/django")
    reasons = Counter(table["reject_reason"].to_pylist())
    assert reasons["no translation"] > 0
    assert sum(reasons.values()) == table.num_rows
    for row in kept(table).to_pylist():
        assert row["source_text"]
        assert row["target_text"]


def test_known_names_meet_their_translations():
    table = kept(catalogue_pairs("babel", "tuk_Latn", "rus_Cyrl", "bitexts/babel"))
    rows = {row["locator"]: row for row in table.to_pylist()}
    turkmenistan = rows["cldr/territories#TM"]
    assert (turkmenistan["source_text"], turkmenistan["target_text"]) == (
        "Türkmenistan",
        "Туркменистан",
    )


def test_locators_are_unique():
    for source in ("django", "babel"):
        locators = catalogue_pairs(source, "tuk_Latn", "rus_Cyrl", "x")["locator"].to_pylist()
        assert len(set(locators)) == len(locators)


def test_english_is_the_message_itself():
    table = kept(catalogue_pairs("django", "tuk_Latn", "eng_Latn", "bitexts/django"))
    assert ("Arassala", "Clear") in zip(
        table["source_text"].to_pylist(), table["target_text"].to_pylist(), strict=True
    )


def test_plural_messages_pair_singular_with_singular_and_plural_with_plural():
    entries = {entry.locator: entry for entry in django_entries("en", "ru")}
    place = "django/contrib.admin/django.po#entry"
    assert entries[place].target_text == "запись"
    assert (entries[place + "[plural]"].source_text, entries[place + "[plural]"].target_text) == (
        "entries",
        "записей",
    )


def test_a_catalogue_read_twice_is_the_same_table():
    first, second = (catalogue_pairs("babel", "tuk_Latn", "eng_Latn", "x") for _ in range(2))
    assert first.equals(second)


def test_an_unknown_catalogue_is_refused_by_name():
    with pytest.raises(InputError, match="gnome"):
        catalogue_pairs("gnome", "tuk_Latn", "rus_Cyrl", "x")


def test_a_bitext_holds_every_pivot_in_the_given_order():
    table = read_bitext("babel", "tuk_Latn", ("rus_Cyrl", "eng_Latn"), "bitexts/babel")
    assert list(dict.fromkeys(table["target_language"].to_pylist())) == ["rus_Cyrl", "eng_Latn"]


def test_a_catalogue_is_named_with_its_version():
    assert catalogue_version("babel").split()[1][0].isdigit()
