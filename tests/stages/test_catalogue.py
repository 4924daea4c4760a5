from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.catalogue import DocumentEntry, catalogue
from pipeline.tables import DOCUMENTS

FACTS = {"book": "camel", "language": "tuk_Latn", "title": "Düýe", "licence": "CC0"}


def entry(partition, **changes):
    return DocumentEntry("textbooks", partition, FACTS | changes, 7, "hash")


def test_a_document_is_named_by_its_kind_and_partition_and_other_facts_are_left_out():
    (row,) = catalogue([entry("camel.tuk_Latn", origin="a shelf")]).to_pylist()
    assert row == FACTS | {
        "document_key": "textbooks/camel.tuk_Latn",
        "source_kind": "textbooks",
        "partition": "camel.tuk_Latn",
        "sentence_count": 7,
        "content_hash": "hash",
    }


@given(st.permutations(["b", "a", "c.tuk_Latn", "c.rus_Cyrl", "Z"]))
def test_the_catalogue_does_not_depend_on_the_order_of_its_entries(partitions):
    table = catalogue(entry(partition) for partition in partitions)
    keys = table["document_key"].to_pylist()
    assert keys == sorted(keys)
    assert len(keys) == 5


def test_a_catalogue_of_nothing_is_an_empty_table():
    assert catalogue([]).equals(DOCUMENTS.empty_table())
