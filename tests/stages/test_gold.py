import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation.held_out.gold import (
    GoldBook,
    hash_gold,
    read_gold,
    score_alignments,
    score_reading,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import (
    ALIGNED_PAIRS,
    SCORES,
    TEXTBOOK_PAGES,
    TEXTBOOK_SENTENCES,
    as_table,
)

PARAMS = EvaluationParams(bootstrap_count=100)
PAIR = ("tuk_Latn", "rus_Cyrl")
TURKMEN = ["Düýe çölde ýaşaýar.", "Ol suwsuz gezýär.", "Kitap okaýaryn."]
RUSSIAN = ["Верблюд живёт в пустыне и ходит без воды.", "Я читаю книгу."]
BEADS = [((0, 1), (0,)), ((2,), (1,))]
BOOK = GoldBook("camel", {"tuk_Latn": TURKMEN, "rus_Cyrl": RUSSIAN}, {PAIR: BEADS}, {})
SOURCE, TARGET = "textbooks/camel.tuk_Latn", "textbooks/camel.rus_Cyrl"


def write_gold(folder, beads="[0,1]:[0]\n[2]:[1]\n", pages=""):
    book = folder / "camel"
    book.mkdir()
    (book / "sentences.tuk_Latn.txt").write_text("\n".join([*TURKMEN, ""]))
    (book / "sentences.rus_Cyrl.txt").write_text("\n".join([*RUSSIAN, ""]))
    (book / "beads.tuk_Latn-rus_Cyrl.txt").write_text(beads)
    (book / "pages.tuk_Latn.jsonl").write_text(pages)
    return folder


def sentences(texts, rejected=()):
    rows = [
        {
            "sentence_number": number,
            "text": text,
            "reject_reason": "noise" if number in rejected else None,
        }
        for number, text in enumerate(texts)
    ]
    return as_table(rows, TEXTBOOK_SENTENCES)


def aligned(beads, target=TARGET):
    rows = [
        {
            "source_document": SOURCE,
            "target_document": target,
            "source_sentences": list(left),
            "target_sentences": list(right),
        }
        for left, right in beads
    ]
    return as_table(rows, ALIGNED_PAIRS)


def scored(alignments, tables=None, books=(BOOK,)):
    tables = tables or {SOURCE: sentences(TURKMEN), TARGET: sentences(RUSSIAN)}
    table = score_alignments(books, alignments, tables, "sentence", PARAMS)
    assert table.schema == SCORES
    return {(row["model"], row["metric"]): row for row in table.to_pylist()}


def pages(*texts):
    rows = [
        {"page_number": number, "text": text, "method": "ocr"}
        for number, text in enumerate(texts, 1)
    ]
    return as_table(rows, TEXTBOOK_PAGES)


def test_a_gold_folder_is_read_book_by_book_with_headers_and_footers(tmp_path):
    page = {"page_number": 4, "header": "Düýe", "text": TURKMEN[0], "footer": "4"}
    (book,) = read_gold(write_gold(tmp_path, pages=json.dumps(page)))
    assert (book.book, book.units, book.beads) == ("camel", BOOK.units, BOOK.beads)
    assert book.pages == {"tuk_Latn": {4: f"Düýe\n{TURKMEN[0]}\n4"}}


def test_an_exotic_line_separator_inside_a_unit_does_not_shift_the_ids(tmp_path):
    write_gold(tmp_path)
    (tmp_path / "camel" / "sentences.rus_Cyrl.txt").write_text("Верблюд\u2028живёт.\nКнига.\n")
    assert read_gold(tmp_path)[0].units["rus_Cyrl"] == ["Верблюд\u2028живёт.", "Книга."]


@pytest.mark.parametrize("line", ["0:1", "[0]:[0] or so", "[0]", ""])
def test_a_line_that_is_no_bead_is_told_with_its_file(tmp_path, line):
    with pytest.raises(InputError, match=r"beads\.tuk_Latn-rus_Cyrl\.txt.*expected a bead"):
        read_gold(write_gold(tmp_path, beads=f"[0]:[0]\n{line}\n"))


def test_a_bead_that_counts_from_one_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\[3\]:\[2\] counts from 0 among 3 and 2 gold units"):
        read_gold(write_gold(tmp_path, beads="[1,2]:[1]\n[3]:[2]\n"))


@pytest.mark.parametrize("line", ["{", "[]", '{"page_number": 1}', '{"text": "x"}', '"page"'])
def test_a_line_that_is_no_page_is_told_with_its_file(tmp_path, line):
    with pytest.raises(InputError, match=r"pages\.tuk_Latn\.jsonl"):
        read_gold(write_gold(tmp_path, pages=line))


@pytest.mark.parametrize("name", ["", "absent"])
def test_a_folder_without_a_book_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="has no book"):
        read_gold(tmp_path / name)


def test_the_hash_of_gold_changes_with_any_byte_and_any_name(tmp_path):
    before = hash_gold(write_gold(tmp_path))
    assert hash_gold(tmp_path) == before
    book = tmp_path / "camel"
    (book / "pages.tuk_Latn.jsonl").write_text(" ")
    changed = hash_gold(tmp_path)
    book.rename(tmp_path / "horse")
    assert len({before, changed, hash_gold(tmp_path)}) == 3


def test_the_gold_alignment_of_the_gold_sentences_is_perfect():
    rows = scored({"aligner": aligned(BEADS)})
    assert rows.keys() == {("aligner", "strict_f1"), ("aligner", "lax_f1")}
    for row in rows.values():
        assert (row["value"], row["n"], row["seed"]) == (1.0, 2, PARAMS.seed)
        assert (row["suite"], row["direction"]) == ("camel", "tuk_Latn-rus_Cyrl")


def test_methods_are_scored_side_by_side_on_the_same_data():
    wrong = aligned([((0,), (0,)), ((1, 2), (1,))])
    rows = scored({"length only": wrong, "aligner": aligned(BEADS)})
    assert rows["length only", "strict_f1"]["value"] == 0.0
    assert rows["length only", "lax_f1"]["value"] == 1.0
    assert rows["aligner", "strict_f1"]["value"] == 1.0
    assert len({row["dataset_hash"] for row in rows.values()}) == 1


def test_rejected_sentences_take_no_part_and_strangers_are_counted_in_the_note():
    tables = {
        SOURCE: sentences([*TURKMEN, "Sahypa belgisi"], rejected={3}),
        TARGET: sentences([*RUSSIAN, "Совсем другое предложение."]),
    }
    rows = scored({"aligner": aligned([*BEADS, ((), (2,))])}, tables)
    assert "; 1 extracted sentences match no gold unit" in rows["aligner", "strict_f1"]["note"]
    assert rows["aligner", "strict_f1"]["value"] == pytest.approx(0.8)  # P 2/3, R 1


def test_beads_of_other_documents_are_not_counted():
    assert scored({"aligner": aligned(BEADS, target="textbooks/other.rus_Cyrl")})[
        "aligner", "lax_f1"
    ]["value"] == pytest.approx(0.0)


def test_a_book_of_which_one_edition_was_not_read_has_no_score():
    assert scored({"aligner": aligned(BEADS)}, {SOURCE: sentences(TURKMEN)}) == {}


def test_reading_is_scored_by_page_and_white_space_does_not_matter():
    gold = GoldBook("camel", {}, {}, {"tuk_Latn": {1: "Düýe\nçölde", 2: "suw bar"}})
    table = score_reading([gold], {SOURCE: pages("Düýe  çölde", "sow bar")}, PARAMS)
    assert table.schema == SCORES
    cer, wer = table.to_pylist()
    assert (cer["metric"], cer["value"], cer["n"]) == ("cer", pytest.approx(1 / 17), 2)
    assert (wer["metric"], wer["value"], wer["n"]) == ("wer", pytest.approx(1 / 4), 2)
    assert cer["note"].startswith("1 edits in 17")


def test_a_page_that_was_not_read_is_all_errors():
    gold = GoldBook("camel", {}, {}, {"tuk_Latn": {1: "bir", 2: "iki"}})
    rows = score_reading([gold], {SOURCE: pages("bir")}, PARAMS).to_pylist()
    assert [row["value"] for row in rows] == [0.5, 0.5]


def test_without_gold_there_are_no_scores():
    assert scored({"aligner": aligned([])}, books=()) == {}
    assert score_reading([], {SOURCE: pages("bir")}, PARAMS).num_rows == 0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_sentences_that_equal_the_gold_score_as_well_as_their_beads(cuts):
    """Law: over identical texts, the gold beads are always perfect, whatever their shapes."""
    numbers = range(sum(cuts) + 1)
    texts = [f"Sözlem {chr(97 + n) * 5} {n * 7919}." for n in numbers]
    beads, start = [], 0
    for size in [*cuts, 1]:
        ids = tuple(range(start, start + size))
        beads += [(ids, ids)] if ids else []
        start += size
    book = GoldBook("camel", dict.fromkeys(PAIR, texts), {PAIR: beads}, {})
    tables = {SOURCE: sentences(texts), TARGET: sentences(texts)}
    rows = scored({"aligner": aligned(beads)}, tables, [book])
    assert rows["aligner", "strict_f1"]["value"] == 1.0
