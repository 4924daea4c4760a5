import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bitext_source import BitextSource
from pipeline.bitexts import read_bitext
from pipeline.bitexts.units import plain_text
from pipeline.errors import InputError

FOCUS, PIVOT = "tuk_Latn", "eng_Latn"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("catalogues")


def read(path):
    source = BitextSource(file=path, languages=(PIVOT, FOCUS), licence="MIT", provenance="a friend")
    return read_bitext(source, FOCUS, [PIVOT], "bitexts/own")


def texts(table):
    columns = (table[name].to_pylist() for name in ("source_text", "target_text"))
    return list(zip(*columns, strict=True))


MESSAGES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=20
)


@pytest.mark.parametrize("suffix", ["po", "mo"])
@settings(max_examples=50, deadline=None)
@given(st.dictionaries(MESSAGES.filter(bool), MESSAGES, max_size=10))
def test_a_catalogue_gives_back_every_message_that_was_written(folder, suffix, messages):
    messages = {"Open": "Aç", **messages}
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    catalogue.extend(polib.POEntry(msgid=key, msgstr=text) for key, text in messages.items())
    path = folder / f"round.{suffix}"
    (catalogue.save if suffix == "po" else catalogue.save_as_mofile)(str(path))
    table = read(path)
    if suffix == "mo":  # leaves out what has no translation, and sorts the rest
        messages = {key: text for key, text in messages.items() if text}
    expected = [(plain_text(text), plain_text(key)) for key, text in messages.items()]
    assert sorted(texts(table)) == sorted(expected)
    assert suffix == "mo" or texts(table) == expected


PO = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\nLanguage: tk\n"

msgid "Open the file"
msgstr "Faýly aç"

#, fuzzy
msgid "Close the file"
msgstr "Faýly ýap"

msgctxt "menu"
msgid "one file"
msgid_plural "%d files of these"
msgstr[0] "bir faýl"
msgstr[1] "%d sany faýl"

#~ msgid "Old text"
#~ msgstr "Köne tekst"
"""


def test_a_po_file_rejects_what_is_fuzzy_or_obsolete_and_pairs_plurals(tmp_path):
    path = tmp_path / "tk.po"
    path.write_text(PO, encoding="utf-8-sig")
    rows = read(path).to_pylist()
    assert [(row["locator"], row["source_text"], row["reject_reason"]) for row in rows] == [
        ("tk.po#Open the file", "Faýly aç", None),
        ("tk.po#Close the file", "Faýly ýap", "marked fuzzy"),
        ("tk.po#menu|one file", "bir faýl", None),
        ("tk.po#menu|one file[plural]", "sany faýl", None),
        ("tk.po#Old text", "Köne tekst", "marked obsolete"),
    ]
    assert rows[3]["target_text"] == "files of these"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.po", b'msgid "open\nmsgstr'),
        ("a.po", 'msgid "a"\nmsgstr "слово"\n'.encode("cp1251")),
        ("a.mo", b"not a catalogue"),
        ("a.mo", bytes.fromhex("de120495 00000000 ffffff7f 1c000000 1c000000")),
        ("a.mo", b""),
    ],
)
def test_a_malformed_catalogue_is_refused_by_name(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=name):
        read(tmp_path / name)
