import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bitext_source import BitextSource
from pipeline.bitexts import bitext_version, read_bitext
from pipeline.bitexts.units import plain_text
from pipeline.errors import InputError
from pipeline.tables import BITEXT_PAIRS

FOCUS, PIVOT = "tuk_Latn", "rus_Cyrl"
CELLS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\t\r\n\0\ufeff"), max_size=12
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bitexts")


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def read(pivots=(PIVOT,), sample=None, **entry):
    source = BitextSource(**{"licence": "MIT", "provenance": "a friend", **entry})
    return read_bitext(source, FOCUS, pivots, "bitexts/own", sample)


def texts(table):
    columns = (table[name].to_pylist() for name in ("source_text", "target_text"))
    return list(zip(*columns, strict=True))


def reasons(table):
    return table["reject_reason"].to_pylist()


def tsv(path, columns=(FOCUS, PIVOT), **options):
    return read(file=path, columns=columns, **options)


def test_a_row_tells_its_place_licence_and_provenance(tmp_path):
    table = tsv(write(tmp_path, "a.tsv", "kitap\tкнига\n"))
    assert table.schema == BITEXT_PAIRS
    (row,) = table.to_pylist()
    assert (row["locator"], row["group_key"]) == ("a.tsv#line 1", "part 0001")
    assert (row["licence"], row["provenance"]) == ("MIT", "a friend")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=20))
def test_a_tsv_gives_back_every_row_that_was_written(folder, rows):
    rows = [("salam", "привет"), *rows]
    text = "".join(f"{source}\t{target}\n" for source, target in rows)
    table = tsv(write(folder, "round.tsv", text))
    assert texts(table) == [(plain_text(source), plain_text(target)) for source, target in rows]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=20))
def test_line_parallel_files_give_back_every_line_that_was_written(folder, rows):
    rows = [("salam", "привет"), *rows]
    files = {
        code: write(folder, f"round.{code}", "".join(f"{row[side]}\n" for row in rows))
        for side, code in enumerate((FOCUS, PIVOT))
    }
    table = read(files=files)
    assert texts(table) == [(plain_text(source), plain_text(target)) for source, target in rows]


def test_columns_are_found_by_their_names(tmp_path):
    path = write(tmp_path, "a.tsv", "key\tru\ttk\n1\tкнига\tkitap\n")
    assert texts(tsv(path, {"tk": FOCUS, "ru": PIVOT})) == [("kitap", "книга")]


@pytest.mark.parametrize("header", ["ru\ttk", "rus\ttuk_latn", "RU-ru\tTK-TM"])
def test_a_header_that_names_languages_needs_no_columns(tmp_path, header):
    path = write(tmp_path, "a.tsv", f"{header}\nкнига\tkitap\n")
    assert texts(tsv(path, None)) == [("kitap", "книга")]


def test_a_column_left_out_and_a_header_are_skipped(tmp_path):
    path = write(tmp_path, "a.tsv", "id\ta\tb\n7\tkitap\tкнига\n")
    table = tsv(path, ["-", FOCUS, PIVOT], has_header=True)
    assert texts(table) == [("kitap", "книга")]
    assert table["locator"].to_pylist() == ["a.tsv#line 2"]


def test_a_row_with_other_cells_than_the_first_is_rejected_and_counted(tmp_path):
    path = write(tmp_path, "a.tsv", "kitap\tкнига\n\nsuw\tвода\tx\nýer\nsuw\tвода\n")
    assert reasons(tsv(path)) == [
        None,
        "cells in the row: 1 instead of 2",
        "cells in the row: 3 instead of 2",
        "cells in the row: 1 instead of 2",
        None,
    ]


def test_quotes_in_a_tsv_are_text(tmp_path):
    path = write(tmp_path, "a.tsv", '"Dutar" näme?\tЧто такое "дутар"?\n')
    assert texts(tsv(path)) == [('"Dutar" näme?', 'Что такое "дутар"?')]


def test_only_line_feeds_end_lines(tmp_path):
    path = write(tmp_path, "a.tsv", "bir\x85iki\u2028üç\tодин\r\nsuw\tвода")
    assert texts(tsv(path)) == [("bir iki üç", "один"), ("suw", "вода")]


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_a_byte_order_mark_and_compression_change_nothing(tmp_path, name):
    path = write(tmp_path, name, "kitap\tкнига\n", "utf-8-sig")
    assert texts(tsv(path)) == [("kitap", "книга")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1251"])
def test_another_encoding_is_refused_with_what_to_do(tmp_path, encoding):
    path = write(tmp_path, "a.tsv", "kitap\tкнига\n", encoding)
    with pytest.raises(InputError, match=r"a\.tsv is not UTF-8 text.*save it as UTF-8"):
        tsv(path)


def test_a_damaged_gzip_file_is_refused(tmp_path):
    path = write(tmp_path, "a.tsv.gz", "kitap\tкнига\n" * 500)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match="damaged or no gzip"):
        tsv(path)
    path.write_bytes(b"kitap\t")
    with pytest.raises(InputError, match="damaged or no gzip"):
        tsv(path)


def test_a_line_without_end_is_refused(tmp_path):
    path = write(tmp_path, "a.tsv", "a" * 1_000_001)
    with pytest.raises(InputError, match="line 1 has no end"):
        tsv(path)


def test_a_column_that_is_missing_or_twice_there_is_named(tmp_path):
    path = write(tmp_path, "a.tsv", "tk\tru\tru\n")
    with pytest.raises(InputError, match="no columns 'uz'; its header: 'tk', 'ru', 'ru'"):
        tsv(path, {"uz": FOCUS, "tk": PIVOT})
    with pytest.raises(InputError, match="2 columns 'ru'"):
        tsv(path, {"tk": FOCUS, "ru": PIVOT})


def test_a_header_without_the_languages_asks_for_columns(tmp_path):
    with pytest.raises(InputError, match=r"does not name tuk_Latn.*`columns`"):
        tsv(write(tmp_path, "a.tsv", "left\tright\nkitap\tкнига\n"), None)


def test_pivots_that_a_file_lacks_give_no_rows(tmp_path):
    path = write(tmp_path, "a.tsv", "kitap\tкнига\n")
    table = tsv(path, pivots=("eng_Latn", PIVOT))
    assert set(table["target_language"].to_pylist()) == {PIVOT}


def test_a_file_without_the_focus_or_any_pivot_is_refused(tmp_path):
    path = write(tmp_path, "a.tsv", "kitap\tкнига\n")
    with pytest.raises(InputError, match="none in eng_Latn"):
        tsv(path, pivots=("eng_Latn",))
    with pytest.raises(InputError, match=r"a\.tsv has no text in tuk_Latn"):
        tsv(path, ["eng_Latn", PIVOT])


def test_files_of_different_lengths_are_refused_with_both_counts(tmp_path):
    files = {
        FOCUS: write(tmp_path, "a.tk", "bir\niki\nüç\n"),
        PIVOT: write(tmp_path, "a.ru", "один\n"),
    }
    with pytest.raises(InputError, match=r"a\.tk has 3, a\.ru has 1"):
        read(files=files)


def test_fifty_neighbours_share_a_group(tmp_path):
    text = "".join(f"söz {number}\tслово {number}\n" for number in range(101))
    groups = tsv(write(tmp_path, "a.tsv", text))["group_key"].to_pylist()
    assert groups == ["part 0001"] * 50 + ["part 0002"] * 50 + ["part 0003"]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40))
def test_a_sample_is_a_part_in_order_that_grows_with_its_size(folder, count):
    text = "".join(f"söz {number}\tслово {number}\n" for number in range(30))
    path = write(folder, "sample.tsv", text)
    whole, smaller, larger = (
        tsv(path, sample=size)["pair_id"].to_pylist() for size in (None, count, count + 1)
    )
    assert len(smaller) == min(count, 30)
    assert smaller == [key for key in whole if key in set(smaller)]
    assert set(smaller) <= set(larger)


def test_a_missing_file_is_named(tmp_path):
    entry = {"file": tmp_path / "no.tsv", "columns": (FOCUS, PIVOT)}
    with pytest.raises(InputError, match=r"no\.tsv cannot be read: No such file"):
        read(**entry)
    with pytest.raises(InputError, match=r"no\.tsv cannot be read"):
        bitext_version(BitextSource(licence="MIT", provenance="x", **entry), [FOCUS])


def test_a_version_changes_with_the_file_and_with_the_entry(tmp_path):
    path = write(tmp_path, "a.tsv", "kitap\tкнига\n")

    def version(licence):
        source = BitextSource(file=path, columns=(FOCUS, PIVOT), licence=licence, provenance="x")
        return bitext_version(source, [FOCUS, PIVOT])

    before = version("MIT")
    assert version("MIT") == before
    assert version("unknown") != before
    write(tmp_path, "a.tsv", "kitap\tкниги\n")
    assert version("MIT") != before
