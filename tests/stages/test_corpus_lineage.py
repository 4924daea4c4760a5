import pytest

from pipeline.corpus.command import uses_lines
from pipeline.corpus.lineage import CorpusUse, uses_of
from pipeline.errors import InputError, StorageError
from pipeline.storage import Address, Fingerprint, Store
from pipeline.tables import PARALLEL_CORPUS, as_table


def corpus(*documents):
    rows = [
        {"pair_id": str(number), "source_document": source, "target_document": target}
        | {"split": None if reason else "train", "reject_reason": reason}
        for number, (source, target, reason) in enumerate(documents)
    ]
    return as_table(rows, PARALLEL_CORPUS)


BOOK = ("textbooks/b.tuk_Latn", "textbooks/b.rus_Cyrl", None)
NEWS = ("textbooks/b.tuk_Latn", "news/orient/ru/5", None)
UI = ("bitexts/django", "bitexts/django", None)
LOST = ("bitexts/cldr", "bitexts/cldr", "duplicate pair")


@pytest.fixture
def store(tmp_path):
    """Three versions of a corpus, the last one current, and a student of each of the first two."""
    store = Store(str(tmp_path / "store"))

    def publish(asset, content, inputs, day, partition=None):
        return store.publish(
            Address("demo", asset, partition),
            content,
            fingerprint=Fingerprint("1", inputs=inputs),
            ledger={"created_at": day},
            is_versioned=True,
        )

    versions = [
        publish("parallel_corpus", corpus(*rows), {}, f"2026-01-0{day}")
        for day, rows in enumerate([(BOOK, UI, LOST), (BOOK, NEWS, NEWS, UI), (BOOK, LOST)], 1)
    ]
    for number in (0, 1):
        folder = tmp_path / f"model-{number}"
        folder.mkdir()
        (folder / "weights").write_text(str(number))
        inputs = {"parallel_corpus": versions[number].content_hash}
        publish("student_models", folder, inputs, f"2026-02-0{number + 1}", "mse@0.7")
    store.hashes = [version.content_hash for version in versions]
    return store


def hashes_of(store, source):
    return [use.content_hash for use in uses_of(store, "demo", source).corpora]


def test_a_document_is_found_in_every_version_that_keeps_pairs_of_it(store):
    first, second, third = store.hashes
    assert uses_of(store, "demo", "textbooks/b.rus_Cyrl").corpora == (
        CorpusUse(first, 1, is_current=False, created_at="2026-01-01"),
        CorpusUse(second, 1, is_current=False, created_at="2026-01-02"),
        CorpusUse(third, 1, is_current=True, created_at="2026-01-03"),
    )
    assert uses_of(store, "demo", "news/orient/ru/5").corpora == (
        CorpusUse(second, 2, is_current=False, created_at="2026-01-02"),
    )


def test_what_was_only_rejected_was_not_used(store):
    assert hashes_of(store, "bitexts/cldr") == []


@pytest.mark.parametrize(
    ("source", "versions"),
    [
        ("bitexts/django", [0, 1]),
        ("django", [0, 1]),
        ("news/orient", [1]),
        ("orient", [1]),
        ("news/orient/ru/", [1]),
        ("news/ori", []),
        ("news/orient/ru/55", []),
        ("rus_Cyrl", []),
        ("", []),
    ],
)
def test_a_source_is_named_by_whole_parts_of_its_key(store, source, versions):
    assert hashes_of(store, source) == [store.hashes[number] for number in versions]


def test_models_of_the_versions_found_are_named_old_ones_too(store):
    book = uses_of(store, "demo", "b.tuk_Latn").models
    assert [(one.name, one.corpus_hash, one.is_current) for one in book] == [
        ("mse@0.7", store.hashes[0], False),
        ("mse@0.7", store.hashes[1], True),
    ]
    (news,) = uses_of(store, "demo", "orient").models
    assert news.corpus_hash == store.hashes[1]


def test_a_corpus_that_was_withdrawn_is_still_found(store):
    store.retract(Address("demo", "parallel_corpus"), "its licence was wrong")
    found = uses_of(store, "demo", "b.tuk_Latn").corpora
    assert [use.is_current for use in found] == [False] * 3


def test_a_version_that_cannot_be_read_stops_the_search(store, tmp_path):
    for path in tmp_path.glob("store/objects/*/*.parquet"):
        path.unlink()
    with pytest.raises(StorageError):
        uses_of(store, "demo", "django")


def test_a_recipe_without_a_corpus_is_named(store):
    with pytest.raises(InputError, match="'other' has no corpus here"):
        uses_of(store, "other", "django")


def test_uses_prints_versions_and_models(store):
    first, second = (version[:12] for version in store.hashes[:2])
    lines = list(uses_lines(store, "demo", "django"))
    assert lines[:4] == [
        "versions of the corpus with pairs of django: 2",
        f"  {first}  1 pairs  of 2026-01-01",
        f"  {second}  1 pairs  of 2026-01-02",
        "models made from them: 2",
    ]
    assert lines[-1].endswith(f"mse@0.7  from {second}  of 2026-02-02  (current)")
