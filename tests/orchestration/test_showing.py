import pyarrow as pa

from assets.showing import SAMPLE_ROWS, describe, sample_as_markdown
from pipeline.storage import Address, Fingerprint, GateVerdict


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
