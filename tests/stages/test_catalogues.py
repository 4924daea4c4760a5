from collections import Counter

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bitext_source import BitextSource
from pipeline.bitexts import bitext_version, read_bitext
from pipeline.bitexts.debian_messages import debian_units
from pipeline.bitexts.django_messages import django_units
from pipeline.bitexts.language_names import locale_names, named_language
from pipeline.bitexts.units import Unit, plain_text, reject_reason
from pipeline.errors import InputError
from pipeline.tables import BITEXT_PAIRS, kept

DJANGO, BABEL, DEBIAN = (BitextSource(catalogue=name) for name in ("django", "babel", "debian"))


def _pairs(source, pivots=("rus_Cyrl",), **options):
    return read_bitext(source, "tuk_Latn", pivots, f"bitexts/{source.catalogue}", **options)


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
        ("we ýene :count ýalňyşlyk", "we ýene ýalňyşlyk"),
        ("at 12:30, see: https://dutar.example", "at 12:30, see: https://dutar.example"),
        ("100% of them", "100% of them"),
        ("two\nlines", "two lines"),
    ],
)
def test_plain_text_drops_placeholders_markup_and_accelerators(message, text):
    assert plain_text(message) == text


@given(st.text())
def test_a_plain_text_is_one_line_without_outer_spaces(message):
    text = plain_text(message)
    assert "\n" not in text
    assert text == text.strip()


def _reason(source, target, faults=None):
    unit = Unit("app", "place", {"tuk_Latn": source, "rus_Cyrl": target}, faults or {})
    return reject_reason(unit, "tuk_Latn", "rus_Cyrl")


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("Açyk", "Открыть", None),
        ("", "Открыть", "no translation"),
        ("Açyk", " ", "no translation"),
        ("%(a)s bilen %(b)s", "%(a)s и %(b)s", "little but placeholders"),
        ("%(a)s açyk faýl", "открытый файл", "placeholders differ"),
        ("%(a)s açyk faýl", "открытый файл %(a)s", None),
        (":Attribute boş däl", "не пусто поле :attribute", None),
        ("baý | ýaý", "лук | тетива", "several texts divided by |"),
        ("URL", "url", "identical sides"),
        ("?.!", "...", "no words"),
    ],
)
def test_a_unit_is_kept_or_rejected_with_its_reason(source, target, reason):
    assert _reason(source, target) == reason


def test_a_fault_counts_only_where_its_language_is_paired():
    assert _reason("Açyk", "Открыть", {"rus_Cyrl": "marked fuzzy"}) == "marked fuzzy"
    assert _reason("Açyk", "Открыть", {"eng_Latn": "marked fuzzy"}) is None


@pytest.mark.parametrize(("source", "least"), [(DJANGO, 400), (BABEL, 1500)])
def test_catalogues_hold_turkmen_and_russian(source, least):
    table = _pairs(source)
    assert table.schema == BITEXT_PAIRS
    assert kept(table).num_rows >= least
    assert set(table["document_key"].to_pylist()) == {f"bitexts/{source.catalogue}"}
    assert len(set(table["licence"].to_pylist())) == 1
    (provenance,) = set(table["provenance"].to_pylist())
    assert provenance == bitext_version(source, ["tuk_Latn"])["catalogue"] + " (PyPI)"
    assert len(set(table["group_key"].to_pylist())) > 5


def test_every_row_that_is_not_kept_says_why():
    table = _pairs(DJANGO)
    reasons = Counter(table["reject_reason"].to_pylist())
    assert reasons["no translation"] > 0
    assert sum(reasons.values()) == table.num_rows
    for row in kept(table).to_pylist():
        assert row["source_text"]
        assert row["target_text"]


def test_known_names_meet_their_translations():
    rows = {row["locator"]: row for row in kept(_pairs(BABEL)).to_pylist()}
    turkmenistan = rows["cldr/territories#TM"]
    assert (turkmenistan["source_text"], turkmenistan["target_text"]) == (
        "Türkmenistan",
        "Туркменистан",
    )


@pytest.mark.parametrize("source", [DJANGO, BABEL])
def test_locators_are_unique(source):
    locators = _pairs(source)["locator"].to_pylist()
    assert len(set(locators)) == len(locators)


def test_english_is_the_message_itself():
    table = kept(_pairs(DJANGO, ["eng_Latn"]))
    assert ("Arassala", "Clear") in zip(
        table["source_text"].to_pylist(), table["target_text"].to_pylist(), strict=True
    )


def test_plural_messages_pair_singular_with_singular_and_plural_with_plural():
    units = {unit.locator: unit for unit in django_units(DJANGO, ["eng_Latn", "rus_Cyrl"])}
    place = "django/contrib.admin#entry"
    assert units[place].texts["rus_Cyrl"] == "запись"
    assert units[place + "[plural]"].texts == {"eng_Latn": "entries", "rus_Cyrl": "записей"}


def test_a_catalogue_read_twice_is_the_same_table():
    assert _pairs(BABEL).equals(_pairs(BABEL))


def test_a_bitext_holds_every_pivot_in_the_given_order():
    table = _pairs(BABEL, ("rus_Cyrl", "eng_Latn"))
    assert list(dict.fromkeys(table["target_language"].to_pylist())) == ["rus_Cyrl", "eng_Latn"]


def test_a_language_is_not_read_in_another_script():
    with pytest.raises(InputError, match="'django' has no text in tuk_Cyrl"):
        read_bitext(DJANGO, "tuk_Cyrl", ["rus_Cyrl"], "x")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("uz", "uzn_Latn"),
        ("UZB", "uzn_Latn"),
        ("uzn_latn", "uzn_Latn"),
        ("uz-UZ", "uzn_Latn"),
        ("uz_Cyrl", "uzn_Cyrl"),
        ("uz@cyrillic", "uzn_Cyrl"),
        ("ru-RU", "rus_Cyrl"),
        ("rus", "rus_Cyrl"),
        ("uz@dialect", None),
        ("en", None),
        ("", None),
    ],
)
def test_a_name_means_a_language_in_a_script(name, code):
    assert named_language(name, ["rus_Cyrl", "uzn_Latn", "uzn_Cyrl"]) == code


def test_stated_names_replace_the_usual_ones():
    codes = {"uzn_Cyrl": ["uz"]}
    assert named_language("UZ-uz", ["uzn_Cyrl"], codes) == "uzn_Cyrl"
    assert named_language("uz_Cyrl", ["uzn_Cyrl"], codes) is None


def test_a_bare_locale_belongs_to_the_usual_script():
    assert locale_names("uzn_Latn")[-1] == "uz"
    assert "uz" not in locale_names("uzn_Cyrl")


@pytest.fixture
def machine(tmp_path):
    """A Debian in small: one package with a catalogue in two languages and one nobody owns."""
    share, dpkg = tmp_path / "share", tmp_path / "dpkg"
    texts = {
        ("files", "tk"): {"Open": "Aç", "Close": "Ýap"},
        ("files", "ru"): {"Open": "Открыть", "Save": "Сохранить"},
        ("stray", "tk"): {"Copy": "Göçür"},
        ("stray", "ru"): {"Copy": "Копировать"},
        ("other", "ru"): {"Help": "Справка"},
    }
    for (name, locale), messages in texts.items():
        catalogue = polib.MOFile()
        catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
        catalogue.extend(polib.MOEntry(msgid=key, msgstr=text) for key, text in messages.items())
        path = share / "locale" / locale / "LC_MESSAGES" / f"{name}.mo"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(path))
    (dpkg / "info").mkdir(parents=True)
    owned = "\n".join(str(path) for path in share.rglob("files.mo"))
    (dpkg / "info" / "file-data:all.list").write_text(f"/.\n{owned}\n", encoding="utf-8")
    (dpkg / "status").write_text(
        "Package: other\nVersion: 9\n\nPackage: file-data\nStatus: install ok\nVersion: 1.2-3\n",
        encoding="utf-8",
    )
    return share, dpkg


def test_debian_joins_two_languages_on_their_english_ids(machine):
    units = list(debian_units(DEBIAN, ["tuk_Latn", "rus_Cyrl", "eng_Latn"], *machine))
    found = {unit.locator: unit.texts for unit in units}
    assert found == {
        "debian/files#Close": {"tuk_Latn": "Ýap", "eng_Latn": "Close"},
        "debian/files#Open": {"tuk_Latn": "Aç", "rus_Cyrl": "Открыть", "eng_Latn": "Open"},
        "debian/files#Save": {"rus_Cyrl": "Сохранить", "eng_Latn": "Save"},
        "debian/stray#Copy": {"tuk_Latn": "Göçür", "rus_Cyrl": "Копировать", "eng_Latn": "Copy"},
    }


def test_debian_names_the_package_and_where_its_licence_stands(machine):
    units = debian_units(DEBIAN, ["tuk_Latn", "rus_Cyrl"], *machine)
    origins = {unit.group_key: unit.origin for unit in units}
    assert origins["debian/files"].licence == "see /usr/share/doc/file-data/copyright"
    assert origins["debian/files"].provenance == "file-data 1.2-3 (Debian package)"
    assert origins["debian/stray"].licence == "unknown: stray"


def test_debian_is_refused_where_there_is_none(machine, tmp_path):
    share, dpkg = machine
    for places in ((tmp_path / "nothing", dpkg), (share, tmp_path / "nothing")):
        with pytest.raises(InputError, match="'debian' needs"):
            list(debian_units(DEBIAN, ["tuk_Latn", "rus_Cyrl"], *places))
