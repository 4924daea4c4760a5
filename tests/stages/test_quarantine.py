import pyarrow as pa
import pytest

from pipeline.errors import InputError
from pipeline.quarantine import parse_address, quarantined, rejected_rows, try_again
from pipeline.storage import Address, Fingerprint, GateVerdict, Store

PAGES = Address("trial", "pages", "a/b")


@pytest.fixture
def store(tmp_path):
    store = Store(str(tmp_path))
    made = Fingerprint(code_version="1", parameters={}, inputs={})
    table = pa.table(
        {
            "text": ["kept", "bad", "worse"],
            "body": pa.array([b"1", b"2", b"3"]),
            "reject_reason": pa.array([None, "unreadable: torn", "unreadable: burnt"]),
        }
    )
    gate = GateVerdict("is_good", is_passed=False, reason="too little is left")
    store.publish(PAGES, table, fingerprint=made, gates=[gate])
    store.publish(Address("trial", "whole"), table.slice(0, 1), fingerprint=made)
    store.publish(Address("other", "pages"), table, fingerprint=made)
    return store


def test_quarantined_names_refused_artefacts_and_counts_rows_by_reason(store):
    assert [str(found) for found in quarantined(store, "trial")] == [
        "trial/pages/a/b: refused: is_good: too little is left",
        "trial/pages/a/b: 2 rows: unreadable",
    ]


def test_rejected_rows_shows_what_can_be_read_by_people(store):
    assert rejected_rows(store, PAGES, most=1) == [
        {"text": "bad", "reject_reason": "unreadable: torn"}
    ]


def test_what_is_tried_again_is_no_longer_there(store):
    try_again(store, PAGES)
    assert store.find(PAGES) is None
    assert quarantined(store, "trial") == []


def test_an_address_that_holds_nothing_is_told(store):
    with pytest.raises(InputError, match="nothing is stored as trial/nowhere"):
        try_again(store, Address("trial", "nowhere"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("trial/whole", Address("trial", "whole")),
        ("trial/pages/a/b", PAGES),
    ],
)
def test_parse_address_lets_partitions_hold_slashes(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "trial", "trial/", "/pages"])
def test_an_address_without_recipe_and_asset_is_refused(text):
    with pytest.raises(InputError, match="names nothing"):
        parse_address(text)
