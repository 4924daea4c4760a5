import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline.corpus.card import CorpusFacts
from pipeline.corpus.exports import export_corpus
from pipeline.corpus.formats import one_line, write_json_lines, write_moses, write_parquet
from pipeline.corpus.language_tags import language_tag
from pipeline.corpus.licences import licences_of, publishable
from pipeline.corpus.tmx import write_tmx, xml_text
from pipeline.errors import InputError
from pipeline.languages import language_codes
from pipeline.tables import PARALLEL_CORPUS, as_table, kept

FACTS = CorpusFacts(
    recipe_name="demo",
    title="Turkmen: with Russian & English",
    content_hash="ab" * 32,
    parameters={"min_cosine": 0.75},
    agreement="Krippendorff's alpha is 0.71 (0.62 to 0.80, 60 pairs).",
    notes=("news | names few groups",),
)
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def pair(number, **changes):
    row = {
        "pair_id": f"{number:024x}",
        "origin": "textbooks",
        "source_document": "textbooks/a.tuk_Latn",
        "target_document": "textbooks/a.rus_Cyrl",
        "group_key": "a",
        "locator": '{"source": [{"page": 1, "box": [1, 2, 3, 4]}], "target": []}',
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_text": f"<sözlem> & {number}",
        "target_text": f'"фраза" {number}',
        "licence": "CC-BY-4.0",
        "is_reviewed": number % 2 == 0,
        "split": ("train", "dev", "test")[number % 3],
    }
    return row | changes


@pytest.fixture
def corpus():
    rows = [
        *(pair(number) for number in range(7)),
        pair(7, licence="CC-BY-4.0; unknown", origin="news"),
        pair(8, licence="CC0-1.0; CC-BY-4.0", target_language="eng_Latn", origin="mined"),
        pair(9, split=None, reject_reason="duplicate pair"),
    ]
    return as_table(rows, PARALLEL_CORPUS)


@pytest.fixture
def exported(corpus, tmp_path):
    return export_corpus(corpus, FACTS, ["CC-BY-4.0", "CC0-1.0"], tmp_path / "exports")


def ids_of(view):
    """The pair ids that each format of a view holds, sorted."""
    read = {
        "data": [i for f in view.glob("data/*") for i in pq.read_table(f)["pair_id"].to_pylist()],
        "jsonl": [json.loads(x)["pair_id"] for f in view.glob("jsonl/*") for x in f.open()],
        "moses": [line for f in view.glob("moses/*.ids") for line in f.read_text().splitlines()],
        "tmx": [p.text for f in view.glob("tmx/*") for p in props(etree.parse(f), "x-pair-id")],
    }
    return {name: sorted(found) for name, found in read.items()}


def props(tree, kind):
    return tree.iterfind(f".//prop[@type='{kind}']")


def test_every_format_of_a_view_holds_the_same_pairs(corpus, exported):
    everything = sorted(kept(corpus)["pair_id"].to_pylist())
    assert len(everything) == 9
    without_unknown = [one for one in everything if not one.endswith("7")]
    assert ids_of(exported / "private") == dict.fromkeys(
        ("data", "jsonl", "moses", "tmx"), everything
    )
    assert ids_of(exported / "public") == dict.fromkeys(
        ("data", "jsonl", "moses", "tmx"), without_unknown
    )


@pytest.mark.parametrize("view", ["public", "private"])
def test_the_datasets_library_opens_a_view_with_its_three_splits(
    exported, view, tmp_path, monkeypatch
):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    import datasets

    folder = exported / view
    opened = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert list(opened) == ["train", "validation", "test"]
    for split, rows in opened.items():
        stored = pq.read_table(folder / "data" / f"{split}.parquet").to_pylist()
        assert rows.to_list() == stored
        assert {row["split"] for row in stored} == {"dev" if split == "validation" else split}


def test_a_split_without_pairs_is_left_out(corpus, tmp_path):
    import datasets

    folder = export_corpus(corpus.slice(0, 1), FACTS, [], tmp_path / "exports") / "private"
    opened = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in opened.items()} == {"train": 1}
    assert [path.name for path in (folder / "jsonl").iterdir()] == ["train.jsonl"]


def test_a_view_that_no_licence_allows_says_so_and_holds_no_data(corpus, tmp_path):
    folder = export_corpus(corpus, FACTS, ["MIT"], tmp_path) / "public"
    assert [path.name for path in folder.iterdir()] == ["README.md"]
    card = (folder / "README.md").read_text()
    assert (
        "This view of the corpus is empty: no pair bears publishable licences alone. Publishable:"
        " MIT. Found: CC-BY-4.0, CC0-1.0, unknown." in card
    )
    assert "configs" not in yaml.safe_load(card.split("---\n")[1])


def test_the_card_tells_languages_sizes_licences_reviews_and_how_to_retract(exported):
    card = (exported / "private" / "README.md").read_text()
    front = yaml.safe_load(card.split("---\n")[1])
    assert (front["language"], front["license"]) == (["tk", "en", "ru"], "other")
    for line in (
        "- Turkmen (türkmençe): `tk`, in this corpus `tuk_Latn`",
        "| origin | train | validation | test | all |",
        "| textbooks | 3 | 2 | 2 | 7 |",
        "| CC-BY-4.0 | 9 |",
        "| unknown | 1 |",
        f"| content hash of the corpus | `{FACTS.content_hash}` |",
        f"5 of these pairs were reviewed by people. {FACTS.agreement}",
        "| `min_cosine` | 0.75 |",
        "- news \\| names few groups",
        "## To retract a source",
    ):
        assert f"{line}\n" in card
    assert "`dutar uses DOCUMENT --recipe demo`" in card
    public = yaml.safe_load((exported / "public" / "README.md").read_text().split("---\n")[1])
    assert public["license"] == ["cc-by-4.0", "cc0-1.0"]


def bytes_below(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_equal_corpora_give_equal_bytes_however_they_are_chunked(corpus, exported, tmp_path):
    chunked = pa.concat_tables([corpus.slice(0, 4), corpus.slice(4)])
    again = export_corpus(chunked, FACTS, ["CC0-1.0", "CC-BY-4.0"], tmp_path / "again")
    assert bytes_below(again) == bytes_below(exported)


def test_what_an_earlier_export_left_is_gone(corpus, exported):
    (exported / "public" / "data" / "old.parquet").touch()
    export_corpus(corpus, FACTS, [], exported)
    assert [path.name for path in (exported / "public").rglob("*")] == ["README.md"]


@pytest.mark.parametrize(
    ("licence", "names"),
    [
        ("CC0-1.0", ("CC0-1.0",)),
        ("CC0-1.0; MIT", ("CC0-1.0", "MIT")),
        ("MIT;MIT ", ("MIT",)),
        ("MIT; ", ("MIT", "unknown")),
        ("", ("unknown",)),
        (None, ("unknown",)),
    ],
)
def test_licences_come_apart_and_none_is_unknown(licence, names):
    assert licences_of(licence) == names


@given(st.lists(st.lists(st.sampled_from(["MIT", "CC0-1.0", "unknown", ""]), max_size=3)))
def test_a_pair_is_publishable_only_if_all_its_licences_are(licences):
    rows = [{"licence": "; ".join(names) if names else None} for names in licences]
    table = pa.Table.from_pylist(rows, schema=pa.schema([("licence", pa.string())]))
    expected = [row["licence"] for row in rows if row["licence"] and set(
        licences_of(row["licence"])) <= {"MIT", "CC0-1.0"}]  # fmt: skip
    assert publishable(table, ["CC0-1.0", "MIT"])["licence"].to_pylist() == expected


@pytest.mark.parametrize("name", ["unknown", ""])
def test_what_has_no_licence_cannot_be_called_publishable(corpus, tmp_path, name):
    with pytest.raises(InputError, match="cannot be published"):
        export_corpus(corpus, FACTS, ["MIT", name], tmp_path)


def test_language_tags_name_the_script_only_where_it_is_not_the_usual_one():
    tags = {code: language_tag(code) for code in language_codes()}
    assert tags["tuk_Latn"] == "tk"
    assert tags["tuk_Cyrl"] == "tk-Cyrl"
    assert tags["rus_Cyrl"] == "ru"
    assert len(set(tags.values())) == len(tags)


TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["a\nb", "a\r\nb", "\r", "]]>", "&amp;", "<seg>", "\x00\x01\x1f", "\ufffe", "a\u2028b", " a "]
)
TABLES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5).map(
    lambda rows: as_table(
        [
            pair(number, source_text=source, target_text=target, locator=locator)
            for number, (source, target, locator) in enumerate(rows)
        ],
        PARALLEL_CORPUS,
    )
)
SAME_FOLDER = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(TABLES)
@SAME_FOLDER
def test_a_translation_memory_is_read_back_as_xml_can_hold_it(tmp_path, table):
    path = tmp_path / "memory.tmx"
    write_tmx(table.to_pylist(), "tuk_Latn", path)
    units = etree.parse(path).findall("body/tu")
    for unit, row in zip(units, table.to_pylist(), strict=True):
        names = ("split", "pair_id", "licence", "origin", "locator")
        found = {prop.get("type"): prop.text or "" for prop in unit.iterfind("prop")}
        assert found == {f"x-{n.replace('_', '-')}": xml_text(row[n]) for n in names}
        sides = [(v.get(XML_LANG), v.findtext("seg")) for v in unit.iterfind("tuv")]
        texts = (row["source_text"], row["target_text"])
        assert sides == list(zip(("tk", "ru"), map(xml_text, texts), strict=True))


def test_only_what_xml_cannot_hold_is_replaced():
    kept_by_xml = "a\t\n\r \ud7ff\ue000\ufffd\U00010000\U0010ffff"
    assert xml_text(kept_by_xml) == kept_by_xml
    assert xml_text("a\x00\x0b\x1f\ufffe\uffff") == "a" + 5 * "\ufffd"


@given(TABLES)
@SAME_FOLDER
def test_parquet_and_json_lines_are_read_back_equal(tmp_path, table):
    write_parquet(table, tmp_path)
    write_json_lines(table, tmp_path)
    names = ("train", "validation", "test")[: table.num_rows]
    parquet = pa.concat_tables(pq.read_table(tmp_path / f"data/{n}.parquet") for n in names)
    lines = [
        json.loads(line)
        for name in names
        for line in (tmp_path / f"jsonl/{name}.jsonl").read_bytes().split(b"\n")[:-1]
    ]
    assert parquet.schema == table.schema
    assert parquet.sort_by("pair_id").to_pylist() == table.to_pylist()
    assert sorted(lines, key=lambda row: row["pair_id"]) == table.to_pylist()


@given(TABLES)
@SAME_FOLDER
def test_moses_lines_stay_parallel_whatever_the_texts_hold(tmp_path, table):
    write_moses(table, tmp_path)
    stem = f"{tmp_path}/moses/tuk_Latn-rus_Cyrl"
    splits = [("train", "train"), ("dev", "validation"), ("test", "test")]
    for split, name in splits[: table.num_rows]:
        rows = [row for row in table.to_pylist() if row["split"] == split]
        for ending, texts in (
            ("tuk_Latn", [one_line(row["source_text"]) for row in rows]),
            ("rus_Cyrl", [one_line(row["target_text"]) for row in rows]),
            ("ids", [row["pair_id"] for row in rows]),
        ):
            assert Path(f"{stem}.{name}.{ending}").read_text().splitlines() == texts


@given(TEXTS)
def test_one_line_changes_nothing_but_line_breaks_and_the_spaces_around_them(text):
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert re.sub(r"\s", "", line) == re.sub(r"\s", "", text)
    if len(text.splitlines()) <= 1 and text.splitlines() == [text]:
        assert line == text
