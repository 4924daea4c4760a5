import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline.bitext_source import BitextSource
from pipeline.bitexts import read_bitext
from pipeline.bitexts.units import plain_text
from pipeline.errors import InputError

FOCUS, PIVOT = "tuk_Latn", "rus_Cyrl"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=20)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("memories")


def rows(path, pivots=(PIVOT,), **entry):
    source = BitextSource(file=path, licence="MIT", provenance="a friend", **entry)
    return read_bitext(source, FOCUS, pivots, "bitexts/memory").to_pylist()


def texts(path, **options):
    return [(row["source_text"], row["target_text"]) for row in rows(path, **options)]


def unit(**variants):
    inner = "".join(
        f'<tuv xml:lang="{name.replace("_", "-")}"><seg>{text}</seg></tuv>'
        for name, text in variants.items()
    )
    return f"<tu>{inner}</tu>"


def write(folder, *units, head="", name="memory.tmx", encoding="utf-8"):
    text = f'{head}<tmx version="1.4"><header/><body>{"".join(units)}</body></tmx>'
    path = folder / name
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=15), st.sampled_from(["utf-8", "utf-16"]))
def test_a_memory_gives_back_every_unit_that_was_written(folder, pairs, encoding):
    pairs = [("salam", "привет"), *pairs]
    root = etree.Element("tmx", version="1.4")
    body = etree.SubElement(root, "body")
    for pair in pairs:
        element = etree.SubElement(body, "tu")
        for name, text in zip(("tk", "ru"), pair, strict=True):
            variant = etree.SubElement(element, "tuv")
            variant.set("{http://www.w3.org/XML/1998/namespace}lang", name)
            etree.SubElement(variant, "seg").text = text
    path = folder / "round.tmx"
    etree.ElementTree(root).write(str(path), encoding=encoding, xml_declaration=True)
    assert texts(path) == [(plain_text(source), plain_text(target)) for source, target in pairs]


@pytest.mark.parametrize("names", [("tk", "ru"), ("TK-TM", "ru-RU"), ("tuk", "rus")])
def test_languages_are_known_by_their_usual_names(tmp_path, names):
    path = write(tmp_path, unit(**dict(zip(names, ("kitap", "книга"), strict=True))))
    assert texts(path) == [("kitap", "книга")]


def test_older_memories_name_languages_without_a_prefix(tmp_path):
    path = write(tmp_path, unit(tk="kitap", ru="книга").replace("xml:lang", "lang"))
    assert texts(path) == [("kitap", "книга")]


def test_own_names_of_languages_are_told_by_codes(tmp_path):
    path = write(tmp_path, unit(turkmen="kitap", ru="книга"))
    assert texts(path, codes={FOCUS: ["turkmen"]}) == [("kitap", "книга")]
    with pytest.raises(InputError, match=r"texts in 'ru', 'turkmen'.*`codes: \{tuk_Latn"):
        rows(path)


def test_codes_of_a_format_vanish_and_highlighted_text_stays(tmp_path):
    marked = '<bpt i="1">{\\b </bpt>Aç<ept i="1">}</ept>yk <hi>ki<it>x</it>tap</hi><ph>br</ph>suw'
    path = write(tmp_path, unit(tk=marked, ru="Открытая книга<!-- note --> вода"))
    assert texts(path) == [("Açyk kitap suw", "Открытая книга вода")]


def test_a_unit_without_both_languages_is_rejected_and_counted(tmp_path):
    path = write(tmp_path, unit(tk="bir", ru="один"), unit(tk="iki"), unit(en="three"))
    found = [(row["locator"], row["reject_reason"]) for row in rows(path)]
    assert found == [
        ("memory.tmx#unit 1", None),
        ("memory.tmx#unit 2", "no translation"),
        ("memory.tmx#unit 3", "no translation"),
    ]


def test_a_second_translation_makes_a_second_pair(tmp_path):
    variants = unit(tk="köp", ru="много").replace("</tu>", unit(ru="очень")[4:])
    path = write(tmp_path, variants)
    assert texts(path) == [("köp", "много"), ("köp", "очень")]
    assert rows(path)[1]["locator"] == "memory.tmx#unit 1[2]"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("a.tmx", "utf-8-sig"), ("a.tmx", "utf-16"), ("a.tmx.gz", "utf-8")],
)
def test_encodings_and_compression_are_recognised(tmp_path, name, encoding):
    path = write(tmp_path, unit(tk="kitap", ru="книга"), name=name, encoding=encoding)
    assert texts(path) == [("kitap", "книга")]


def test_bytes_of_no_declared_encoding_are_refused(tmp_path):
    path = write(tmp_path, unit(tk="kitap", ru="книга"), encoding="cp1251")
    with pytest.raises(InputError, match="not well-formed"):
        rows(path)


def test_a_malformed_memory_is_refused_with_its_line(tmp_path):
    path = write(tmp_path, unit(tk="bir", ru="один"), "\n<tu>\n<tuv></tu>")
    with pytest.raises(InputError, match=r"memory\.tmx is not well-formed XML: .*line 3"):
        rows(path)


def test_other_xml_is_refused(tmp_path):
    path = tmp_path / "page.tmx"
    path.write_text("<html><body/></html>", encoding="utf-8")
    with pytest.raises(InputError, match="is not TMX: it holds a <html>"):
        rows(path)


def test_a_document_type_is_neither_fetched_nor_needed(tmp_path):
    path = write(
        tmp_path,
        unit(tk="kitap", ru="книга"),
        head='<!DOCTYPE tmx SYSTEM "http://dutar.invalid/tmx14.dtd">',
    )
    assert texts(path) == [("kitap", "книга")]


def test_entities_are_not_resolved_but_rejected(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("gizlin", encoding="utf-8")
    head = f'<!DOCTYPE tmx [<!ENTITY a "aaaa"><!ENTITY file SYSTEM "{secret.as_uri()}">]>'
    path = write(
        tmp_path,
        unit(tk="bir &file;", ru="один"),
        unit(tk="iki &a;", ru="два"),
        unit(tk="üç &amp; dört", ru="три"),
        head=head,
    )
    found = rows(path)
    reason = "an entity of the file's own, which is not resolved"
    assert [row["reject_reason"] for row in found] == [reason, reason, None]
    assert "gizlin" not in str(found)


def test_an_entity_bomb_is_refused(tmp_path):
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
    head = f'<!DOCTYPE tmx [<!ENTITY e0 "boom">{levels}]>'
    path = write(tmp_path, unit(tk="kitap &e11;", ru="книга"), head=head)
    with pytest.raises(InputError, match="entity amplification"):
        rows(path)


def test_a_segment_beyond_all_measure_is_refused(tmp_path):
    path = write(tmp_path, unit(tk="a" * 11_000_000, ru="книга"))
    with pytest.raises(InputError, match="not well-formed"):
        rows(path)
