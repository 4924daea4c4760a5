from assets.previews import pairing_preview
from pipeline.alignment.documents.pairing import lone_documents
from pipeline.storage import Address, Fingerprint
from pipeline.tables import DOCUMENT_PAIRS, DOCUMENTS, as_table

TURKMEN, RUSSIAN = "tuk_Latn", "rus_Cyrl"


def pair(source, target, rule, reject_reason=None):
    return {
        "source_document": source,
        "target_document": target,
        "source_language": TURKMEN,
        "target_language": RUSSIAN,
        "rule": rule,
        "reject_reason": reject_reason,
    }


def test_twins_are_counted_by_rule_and_documents_without_one_are_named(place):
    documents = as_table(
        [
            {"document_key": f"{code[:2]}{number}", "language": code}
            for code in (TURKMEN, RUSSIAN)
            for number in range(3)
        ],
        DOCUMENTS,
    )
    pairs = as_table(
        [
            pair("tu0", "ru0", "same id"),
            pair("tu1", "ru1", "same id"),
            pair("tu2", "ru2", "document vectors", "unsure: 0.01 above other candidates"),
        ],
        DOCUMENT_PAIRS,
    )
    stored = place.store.publish(
        Address("trial", "document_pairs"),
        pairs,
        fingerprint=Fingerprint(code_version="1", parameters={}, inputs={}),
        metadata=lone_documents(documents, pairs, TURKMEN, [RUSSIAN]),
    )
    shown = {name: value.md_str for name, value in pairing_preview(stored).items()}
    assert shown["rules"].splitlines()[2:] == ["| same id | rus_Cyrl | 2 |"]
    assert shown["alone"].splitlines()[2:] == [
        "| tuk_Latn-rus_Cyrl | 1 | tu2 |",
        "| rus_Cyrl-tuk_Latn | 1 | ru2 |",
    ]
