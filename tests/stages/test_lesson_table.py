import pytest

from pipeline.distillation.lessons.lesson_rows import LEAST_WEIGHT
from pipeline.distillation.lessons.lesson_table import (
    BEYOND_CAP,
    BEYOND_NEIGHBOURS,
    lesson_facts,
    make_lessons,
    neighbour_texts,
    taught_pairs,
)
from pipeline.parameters import LessonParams
from pipeline.tables import NEIGHBOUR_TEXTS, PARALLEL_CORPUS, as_table

PLAIN = LessonParams(
    sampling_exponent=1, single_word_share=1, paragraph_fraction=0, composite_fraction=0
)
NO_NEIGHBOURS = NEIGHBOUR_TEXTS.empty_table()


def pair(source, target, document="bitexts/django", **more):
    return {
        "pair_id": f"{source}-{target}",
        "origin": document.partition("/")[0],
        "source_document": document,
        "target_document": document,
        "group_key": f"{document}/part 1",
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_text": source,
        "target_text": target,
        "is_reviewed": False,
        "split": "train",
    } | more


def corpus(*rows):
    return as_table(list(rows), PARALLEL_CORPUS)


def column(lessons, name):
    return lessons[name].to_pylist()


def test_only_the_training_split_becomes_lessons_and_each_leads_back_to_its_pair():
    lessons = make_lessons(
        corpus(
            pair("suw", "вода"),
            pair("kitap", "книга", split="test"),
            pair("ot", "огонь", split="dev"),
            pair("ýer", "земля"),
            pair("???", "!!!", split=None, reject_reason="no letters"),
        ),
        NO_NEIGHBOURS,
        PLAIN,
    )
    assert column(lessons, "source_text") == ["suw", "ýer"]
    assert column(lessons, "pair_ids") == [["suw-вода"], ["ýer-земля"]]
    assert set(column(lessons, "kind")) == {"sentence"}


def test_reviewed_pairs_have_their_own_weight_and_others_that_of_their_probability():
    rows = corpus(
        pair("a", "а", probability=0.75),
        pair("b", "б", probability=0.1, is_reviewed=True),
        pair("c", "ц"),
        pair("d", "д", probability=0.0),
    )
    params = PLAIN.model_copy(update={"reviewed_weight": 3.0})
    weights = column(make_lessons(rows, NO_NEIGHBOURS, params), "weight")
    assert weights == pytest.approx([0.75, 3, 1, LEAST_WEIGHT])
    alike = params.model_copy(update={"is_weighed_by_probability": False})
    assert column(make_lessons(rows, NO_NEIGHBOURS, alike), "weight") == [1, 3, 1, 1]


def test_a_paragraph_joins_both_sides_and_weighs_the_mean_of_its_pairs():
    rows = corpus(
        pair("Bir.", "Раз.", "textbooks/a.tuk_Latn", probability=1.0),
        pair("Iki.", "Два.", "textbooks/a.tuk_Latn", probability=0.5),
    )
    lessons = make_lessons(rows, NO_NEIGHBOURS, PLAIN.model_copy(update={"paragraph_fraction": 1}))
    paragraph = lessons.to_pylist()[-1]
    assert paragraph["kind"] == "paragraph"
    assert paragraph["source_text"] == "Bir. Iki."
    assert paragraph["target_text"] == "Раз. Два."
    assert paragraph["pair_ids"] == ["Bir.-Раз.", "Iki.-Два."]
    assert paragraph["weight"] == 0.75
    assert not paragraph["is_reviewed"]


def test_a_source_loses_what_is_beyond_its_cap_by_lot_and_says_so():
    rows = corpus(
        *(pair(f"s{n}", f"t{n}") for n in range(50)),
        *(pair(f"e{n}", f"e{n}", target_language="eng_Latn") for n in range(10)),
        *(pair(f"x{n}", f"y{n}", "bitexts/cldr") for n in range(10)),
        pair("reviewed", "right", is_reviewed=True),
    )
    lessons = make_lessons(rows, NO_NEIGHBOURS, PLAIN.model_copy(update={"most_pairs": 10}))
    assert lessons.num_rows == 71
    taught = taught_pairs(lessons)
    assert taught.num_rows == 30
    assert "reviewed" in column(taught, "source_text")
    left = lessons.filter(lessons["reject_reason"].is_valid())
    assert set(column(left, "reject_reason")) == {BEYOND_CAP}
    assert set(column(left, "epoch_share")) == {0}
    first_nine = [f"s{n}" for n in range(9)]
    assert [text for text in column(taught, "source_text") if text[0] == "s"] != first_nine


@pytest.mark.parametrize(
    ("level", "sources"),
    [
        ("origin", {"bitexts", "news"}),
        ("source", {"bitexts/django", "news/habar"}),
        ("group", {"bitexts/django/part 1", "news/7"}),
    ],
)
def test_lessons_are_balanced_by_the_wanted_level(level, sources):
    rows = corpus(pair("a", "а"), pair("b", "б", "news/habar/tk/7", group_key="news/7"))
    lessons = make_lessons(rows, NO_NEIGHBOURS, PLAIN.model_copy(update={"balanced_by": level}))
    assert set(column(lessons, "source")) == sources


def test_a_large_source_is_seen_less_often_and_the_facts_tell_how_varied_an_epoch_is():
    rows = corpus(
        *(pair(f"s{n}", f"t{n}") for n in range(160)),
        *(pair(f"x{n}", f"y{n}", "bitexts/cldr") for n in range(10)),
    )
    params = PLAIN.model_copy(update={"sampling_exponent": 0.5, "most_repeats": 10})
    lessons = make_lessons(rows, NO_NEIGHBOURS, params)
    share = dict(zip(column(lessons, "source"), column(lessons, "epoch_share"), strict=True))
    assert share["bitexts/django"] == pytest.approx(170 * 4 / 5 / 160)
    assert share["bitexts/cldr"] == pytest.approx(170 / 5 / 10)
    facts = lesson_facts(lessons)
    assert facts["sentence_count"] == 170
    assert facts["source_count"] == 2
    assert 1.2 < facts["effective_source_count_before"] < facts["effective_source_count"] < 2


def test_a_text_with_two_counterparts_is_shown_as_often_as_one_with_one():
    rows = corpus(
        pair("suw", "вода"),
        pair("suw", "water", target_language="eng_Latn"),
        pair("ot", "огонь"),
    )
    assert column(make_lessons(rows, NO_NEIGHBOURS, PLAIN), "epoch_share") == [0.5, 0.5, 1]
    apart = PLAIN.model_copy(update={"are_pivots_averaged": False})
    assert column(make_lessons(rows, NO_NEIGHBOURS, apart), "epoch_share") == [1, 1, 1]


def test_a_text_of_one_word_is_shown_less_often():
    rows = corpus(pair("suw", "вода"), pair("sowuk suw", "холодная вода"))
    params = PLAIN.model_copy(update={"single_word_share": 0.25})
    assert column(make_lessons(rows, NO_NEIGHBOURS, params), "epoch_share") == [0.25, 1]


def test_paragraphs_and_composites_each_have_a_share_of_their_own():
    rows = corpus(
        *(pair(f"söz {n}", f"слово {n}") for n in range(20)),
        *(pair(f"sözlem {n}", f"фраза {n}", "textbooks/a.tuk_Latn") for n in range(40)),
    )
    params = LessonParams(sampling_exponent=0, most_repeats=9)
    lessons = taught_pairs(make_lessons(rows, NO_NEIGHBOURS, params))
    shares = {}
    for row in lessons.to_pylist():
        place = row["kind"], row["source"] if row["kind"] == "sentence" else ""
        shares[place] = shares.get(place, 0) + row["epoch_share"]
    assert {kind for kind, _ in shares} == {"sentence", "paragraph", "composite"}
    assert list(shares.values()) == pytest.approx([lessons.num_rows / 4] * 4)


def test_counterparts_of_one_text_share_a_meaning_unless_told_otherwise():
    rows = corpus(
        pair("suw", "вода"),
        pair("suw", "water", target_language="eng_Latn"),
        pair("ot", "огонь"),
    )
    meanings = column(make_lessons(rows, NO_NEIGHBOURS, PLAIN), "meaning_id")
    assert meanings[0] == meanings[1] != meanings[2]
    apart = PLAIN.model_copy(update={"are_pivots_averaged": False})
    assert len(set(column(make_lessons(rows, NO_NEIGHBOURS, apart), "meaning_id"))) == 3


def test_neighbours_are_lessons_of_their_own_text_as_many_as_are_wanted():
    texts = [(code, f"{code} {n % 8}") for n in range(16) for code in ("uzn_Latn", "azj_Latn")]
    neighbours = as_table(
        [
            *(
                {"language": code, "text": text, "document_key": "bitexts/ui"}
                for code, text in texts
            ),
            {"language": "azj_Latn", "text": "?", "reject_reason": "no words"},
        ],
        NEIGHBOUR_TEXTS,
    )
    params = PLAIN.model_copy(update={"neighbour_texts": 5})
    lessons = make_lessons(corpus(pair("suw", "вода")), neighbours, params)
    held = neighbour_texts(lessons)
    assert column(held, "source_language") == ["azj_Latn"] * 5 + ["uzn_Latn"] * 5
    assert column(held, "source_text") == column(held, "target_text")
    assert taught_pairs(lessons).num_rows == 1
    assert column(lessons, "reject_reason").count(BEYOND_NEIGHBOURS) == 6
    assert lesson_facts(lessons)["neighbour_count"] == 10


def test_lessons_of_the_same_corpus_are_the_same_table():
    rows = corpus(*(pair(f"s{n}", f"t{n}", "textbooks/a.tuk_Latn") for n in range(40)))
    params = LessonParams(most_pairs=25)
    assert make_lessons(rows, NO_NEIGHBOURS, params).equals(
        make_lessons(rows, NO_NEIGHBOURS, params)
    )
