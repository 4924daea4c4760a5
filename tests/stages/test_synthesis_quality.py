"""Which triplets are kept, and why the others are not."""

import numpy as np
import pytest

from pipeline.monolingual.choosing import choose_sentences
from pipeline.monolingual.reading import read_monolingual
from pipeline.parameters import AnchorParams, TripletFilterParams
from pipeline.synthesis.quality.filtering import filter_triplets
from pipeline.synthesis.quality.funnel import funnel_facts
from pipeline.synthesis.quality.reasons import ORDER
from pipeline.synthesis_sections import MonolingualSource
from pipeline.tables import SYNTHETIC_TRIPLETS, as_table, identify
from pipeline.waterfall import waterfall

LIMITS = TripletFilterParams(
    min_positive_cosine=0.6,
    max_positive_cosine=0.98,
    min_negative_cosine=0.3,
    max_negative_cosine=0.9,
    min_cosine_gap=0.05,
)
ANCHOR = "Çagalar mekdebiň howlusynda top oýnaýarlar."
GOOD = "The children are outside at their school.", "The children are sleeping in their beds."


def triplet(number=0, anchor=ANCHOR, positive=GOOD[0], negative=GOOD[1], reason=None):
    return {
        "triplet_id": identify("xl_lora", str(number)),
        "anchor_id": identify("tuk_Latn", anchor),
        "strategy": "xl_lora",
        "anchor_language": "tuk_Latn",
        "written_language": "eng_Latn",
        "anchor_text": anchor,
        "positive_text": positive,
        "negative_text": negative,
        "reject_reason": reason,
    }


def embed_with(cosines):
    """A teacher that gives texts the cosines with any anchor that are stated."""

    def embed(texts, language):
        values = [1.0 if language == "tuk_Latn" else cosines.get(text, 0.8) for text in texts]
        return np.array([[one, np.sqrt(1 - one**2)] for one in values], np.float32)

    return embed


def reasons_of(rows, cosines=None, evaluated_in=None):
    table = filter_triplets(
        as_table(rows, SYNTHETIC_TRIPLETS),
        embed_with({GOOD[0]: 0.8, GOOD[1]: 0.6} | (cosines or {})),
        evaluated_in or (lambda texts: [None] * len(texts)),
        LIMITS,
    )
    assert table.num_rows == len(rows)
    return table["reject_reason"].to_pylist()


def test_a_good_triplet_is_kept():
    assert reasons_of([triplet()]) == [None]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"positive": "Outside."}, "shorter than 2 words"),
        ({"positive": "Bu ýerde çagalar mekdepde oýnaýarlar we okaýarlar."}, "not in the language"),
        ({"negative": GOOD[0] + "!"}, "positive and negative alike"),
        ({"reason": "no answer: time-out", "positive": None}, "no answer: time-out"),
    ],
)
def test_what_has_the_wrong_form_is_rejected_with_its_reason(changes, reason):
    (found,) = reasons_of([triplet(**changes)])
    assert found.startswith(reason)


def test_a_copy_of_the_premise_is_rejected_even_in_the_language_asked_for():
    anchor = "The citizen may appeal within ten days of the decision."
    rows = [triplet(anchor=anchor, positive=anchor)]
    rows.append(triplet(1, anchor=anchor + " Now!", positive=anchor + " Soon!"))
    copied, nearly = reasons_of(rows)
    assert copied == "copy of the premise"
    assert nearly == "near-copy of the premise"


@pytest.mark.parametrize(
    ("positive", "negative", "reason"),
    [
        (0.5, 0.4, "positive cosine below 0.6"),
        (0.99, 0.6, "positive cosine above 0.98"),
        (0.7, 0.2, "negative cosine below 0.3"),
        (0.97, 0.95, "negative cosine above 0.9"),
        (0.62, 0.6, "negative nearer than positive"),
    ],
)
def test_the_teachers_bands_reject_what_is_too_near_or_too_far(positive, negative, reason):
    assert reasons_of([triplet()], {GOOD[0]: positive, GOOD[1]: negative}) == [reason]


def test_an_anchor_that_nearly_repeats_an_earlier_one_is_rejected():
    other = "Kitaphana her gün irden sagat dokuzda açylýar."
    anchors = [ANCHOR, other, ANCHOR.replace(".", "!"), "Şol " + ANCHOR.lower()]
    rows = [triplet(number, anchor=text) for number, text in enumerate(anchors)]
    assert reasons_of(rows)[:3] == [None, None, "duplicate anchor"]
    assert reasons_of(rows)[3] == "duplicate anchor"


def test_an_answer_that_fits_every_anchor_is_kept_only_a_few_times():
    anchors = ["Kitap", "Derýa", "Dutar", "Pagta", "Gawun", "Düýe"]
    rows = [
        triplet(number, anchor=f"{word} barada täze makala {word.lower()} çap edildi.")
        for number, word in enumerate(anchors)
    ]
    assert reasons_of(rows).count("answer given to other anchors too") == 3


def test_text_of_an_evaluation_set_is_rejected_on_whichever_side_it_stands():
    def evaluated_in(texts):
        return ["flores200_dev" if text == GOOD[1] else None for _, text in texts]

    rows = [triplet(), triplet(1, "Ol kitap okaýar we dynç alýar.", negative="He is not at home.")]
    found = reasons_of(rows, {"He is not at home.": 0.6}, evaluated_in)
    assert found == ["contamination: flores200_dev", None]


def test_the_funnel_adds_up():
    rows = [triplet(), triplet(1, positive="No."), triplet(2, reason="no answer: time-out")]
    table = filter_triplets(
        as_table(rows, SYNTHETIC_TRIPLETS),
        embed_with({GOOD[0]: 0.8, GOOD[1]: 0.6}),
        lambda texts: [None] * len(texts),
        LIMITS,
    )
    steps = [(one.name, one.rejected_count, one.left_count) for one in waterfall(table, ORDER)]
    assert steps == [
        ("in", 0, 3),
        ("no answer: time-out", 1, 2),
        ("shorter than 2 words", 1, 1),
        ("kept", 0, 1),
    ]
    facts = funnel_facts(table)
    assert facts == {"triplet_count": 3, "kept_count": 1, "kept_fraction": 0.3333}


def test_anchors_are_judged_and_those_beyond_the_count_left_out_by_lot(tmp_path):
    lines = [
        "Raýatlar bu karar barada on günüň dowamynda arz edip bilerler.",
        "Gysga söz.",
        "Граждане могут обжаловать это решение в течение десяти дней.",
        "Kitaphana her gün irden sagat dokuzda açylýar. Mekdep häzir ýapyk dur.",
        "raýatlar bu karar barada on günüň dowamynda arz edip bilerler",
    ]
    (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    sources = {"laws": MonolingualSource(files=tmp_path / "*.txt", licence="CC0-1.0")}
    sentences = list(read_monolingual(sources, "tuk_Latn"))
    params = AnchorParams(anchor_count=2, min_words=4)
    evaluated = [None] * len(sentences)
    table = choose_sentences(sentences, "tuk_Latn", params, evaluated)
    found = table["reject_reason"].to_pylist()
    assert table.num_rows == len(sentences) == 6
    assert found[1].startswith("shorter than")
    assert found[2].startswith("language score")
    assert found[5] == "duplicate"
    assert sum(one is None for one in found) == 2
    assert sum((one or "").startswith("left out by lot") for one in found) == 1
    evaluated[0] = "flores200_dev"
    again = choose_sentences(sentences, "tuk_Latn", params, evaluated)
    assert again["reject_reason"][0].as_py() == "contamination: flores200_dev"
