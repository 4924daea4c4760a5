import pyarrow as pa

from assets.showing import COLUMN_SCHEMA, SAMPLE_ROWS, describe, sample_as_markdown
from pipeline.storage import Address, Fingerprint, GateVerdict
from pipeline.tables import as_schema, as_table


def rows_of(markdown):
    return markdown.strip().splitlines()[2:]


def test_a_sample_of_a_table_without_rows_has_only_the_columns():
    sample = sample_as_markdown(pa.table({"text": pa.array([], pa.string())}), seed="a")
    assert "text" in sample
    assert rows_of(sample) == []


def test_a_sample_is_in_order_and_the_same_for_the_same_content():
    table = pa.table({"number": range(100, 200)})
    sample = rows_of(sample_as_markdown(table, seed="a"))
    assert len(sample) == SAMPLE_ROWS
    assert sample == sorted(sample) == rows_of(sample_as_markdown(table, seed="a"))
    assert sample != rows_of(sample_as_markdown(table, seed="b"))


def test_a_folder_that_a_gate_refused_is_shown_without_its_place(place):
    folder = place.folder / "made"
    folder.mkdir()
    (folder / "model.bin").write_text("x")
    made = Fingerprint(code_version="1", parameters={}, inputs={})
    gate = GateVerdict("beats_start", is_passed=False, reason="It may be chance.")
    refused = place.store.publish(Address("trial", "model"), folder, fingerprint=made, gates=[gate])
    shown = describe(refused, preview=lambda artefact: {"plot": artefact.folder()})
    assert not {"folder", "plot"} & shown.keys()
    assert shown["content_hash"].value == refused.content_hash


def test_columns_are_described_by_their_schema_whatever_was_stored(place):
    schema = as_schema([("page", pa.int32(), "1-based"), ("marks", pa.list_(pa.string()))])
    table = as_table([{"page": 1, "marks": []}], schema)
    made = Fingerprint(code_version="1", parameters={}, inputs={})
    stored = place.store.publish(Address("trial", "pages"), table, fingerprint=made)
    columns = describe(stored, schema=schema)[COLUMN_SCHEMA].value.columns
    assert [(one.name, one.type, one.description) for one in columns] == [
        ("page", "int32", "1-based"),
        ("marks", "list<string>", None),
    ]
    assert [one.description for one in describe(stored)[COLUMN_SCHEMA].value.columns] == [None] * 2


def test_a_better_word_about_a_column_is_no_new_content(place):
    made = Fingerprint(code_version="1", parameters={}, inputs={})
    hashes = [
        place.store.publish(
            Address("trial", name),
            as_table([{"page": 1}], as_schema([("page", pa.int32(), said)])),
            fingerprint=made,
        ).content_hash
        for name, said in {"one": "a number", "two": "1-based", "three": ""}.items()
    ]
    assert len(set(hashes)) == 1
