import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotation.dealing import deal
from pipeline.annotation.describing import describe_tasks, no_pictures
from pipeline.annotation.tasks import RANDOM, SECOND_OPINION, UNCERTAIN, select_tasks
from pipeline.errors import InputError
from pipeline.parameters import AnnotationParams
from pipeline.tables import (
    ANNOTATION_TASKS,
    NEWS_SENTENCES,
    PAIR_PROBABILITIES,
    REVIEWS,
    SCORED_PAIRS,
    TEXTBOOK_SENTENCES,
    as_table,
    identify,
)

PEOPLE = ("annotator_1", "annotator_2", "annotator_3")
NOBODY = REVIEWS.empty_table()


def pair(number, origin="textbooks", target="rus_Cyrl", **changes):
    return {
        "pair_id": identify(str(number), origin, target),
        "origin": origin,
        "group_key": f"group {number % 7}",
        "locator": "{}",
        "source_language": "tuk_Latn",
        "target_language": target,
        "source_text": f"söz {number}",
        "target_text": f"слово {number}",
        "cosine": 0.8,
    } | changes


def scored(rows):
    return as_table(rows, SCORED_PAIRS)


def probabilities(rows, chance):
    return as_table(
        [{"pair_id": row["pair_id"], "probability": chance(n)} for n, row in enumerate(rows)],
        PAIR_PROBABILITIES,
    )


def reviews(pairs):
    rows = [
        {
            "review_id": f"{pair_id} {annotator}",
            "pair_id": pair_id,
            "annotator": annotator,
            "verdict": "CC",
            "source_text": "",
            "target_text": "",
            "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for pair_id, annotator in pairs
    ]
    return as_table(rows, REVIEWS)


def select(rows, *, said=NOBODY, people=PEOPLE, chance=lambda n: 0.9, **params):
    return select_tasks(
        scored(rows), probabilities(rows, chance), said, people, AnnotationParams(**params)
    )


def asked(tasks):
    return [(row["pair_id"], row["annotator"]) for row in tasks.to_pylist()]


def test_each_pair_has_one_annotator_and_an_overlap_has_two():
    tasks = select([pair(n) for n in range(300)], task_count=100, overlap_fraction=0.2)
    people = Counter(tasks["pair_id"].to_pylist())
    assert Counter(people.values()) == {1: 80, 2: 20}
    overlaps = {row["pair_id"] for row in tasks.to_pylist() if row["is_overlap"]}
    assert overlaps == {one for one, count in people.items() if count == 2}


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 60),
    st.integers(1, 40),
    st.integers(1, 4),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 5),
)
def test_the_laws_of_a_queue(pair_count, task_count, person_count, overlap, random, seed):
    rows = [pair(n, ("textbooks", "mined", "bitexts")[n % 3]) for n in range(pair_count)]
    people = [f"person_{n}" for n in range(person_count)]
    tasks = select(
        rows,
        people=people,
        task_count=task_count,
        overlap_fraction=overlap,
        random_fraction=random,
        seed=seed,
    )
    pairs = asked(tasks)
    assert tasks.schema == ANNOTATION_TASKS
    assert len(set(pairs)) == len(pairs)
    assert len({one for one, _ in pairs}) == min(pair_count, task_count)
    loads = [sum(one == person for _, one in pairs) for person in people]
    assert max(loads) - min(loads) <= 1
    for person in people:
        positions = [r["queue_position"] for r in tasks.to_pylist() if r["annotator"] == person]
        assert positions == list(range(len(positions)))


def test_the_order_of_the_pairs_does_not_matter():
    rows = [pair(n) for n in range(80)]
    params = AnnotationParams(task_count=30)
    known = probabilities(rows, lambda n: n / 80)
    forward = select_tasks(scored(rows), known, NOBODY, PEOPLE, params)
    backward = select_tasks(scored(rows[::-1]), known, NOBODY, PEOPLE, params)
    assert forward.equals(backward)


def test_one_pair_more_moves_few_others():
    rows = [pair(n) for n in range(400)]
    before = set(asked(select(rows, task_count=100)))
    after = set(asked(select([*rows, pair(999)], task_count=100)))
    assert len(before - after) <= 6


def test_origins_and_languages_get_equal_shares_and_bitexts_what_is_left():
    rows = [pair(n, "textbooks") for n in range(100)]
    rows += [pair(n, "textbooks", "eng_Latn") for n in range(100)]
    rows += [pair(n, "mined") for n in range(10)]
    rows += [pair(n, "bitexts") for n in range(500)]
    by_id = {row["pair_id"]: (row["origin"], row["target_language"]) for row in rows}

    def shares(task_count):
        return Counter(
            by_id[one] for one in {one for one, _ in asked(select(rows, task_count=task_count))}
        )

    assert shares(90) == {
        ("textbooks", "rus_Cyrl"): 40,
        ("textbooks", "eng_Latn"): 40,
        ("mined", "rus_Cyrl"): 10,
    }
    assert shares(220)["bitexts", "rus_Cyrl"] == 10


def test_half_are_drawn_at_random_and_the_others_are_the_least_sure():
    rows = [pair(n) for n in range(200)]
    tasks = select(
        rows, task_count=40, random_fraction=0.5, overlap_fraction=0, chance=lambda n: n / 200
    ).to_pylist()
    assert Counter(row["selection"] for row in tasks) == {RANDOM: 20, UNCERTAIN: 20}
    unsure = [abs(row["probability"] - 0.5) for row in tasks if row["selection"] == UNCERTAIN]
    assert max(unsure) < 0.1
    drawn = [row["probability"] for row in tasks if row["selection"] == RANDOM]
    assert min(drawn) < 0.25
    assert max(drawn) > 0.75


def test_the_random_part_does_not_depend_on_probabilities():
    rows = [pair(n) for n in range(200)]
    drawn = [
        {
            row["pair_id"]
            for row in select(rows, task_count=40, chance=chance).to_pylist()
            if row["selection"] == RANDOM
        }
        for chance in (lambda n: n / 200, lambda n: 0.5)
    ]
    assert drawn[0] == drawn[1]


def test_pairs_without_a_probability_count_as_least_sure():
    rows = [pair(n) for n in range(20)]
    known = probabilities(rows[:15], lambda n: 0.95)
    params = AnnotationParams(task_count=5, random_fraction=0)
    tasks = select_tasks(scored(rows), known, NOBODY, PEOPLE, params)
    assert set(tasks["pair_id"].to_pylist()) == {row["pair_id"] for row in rows[15:]}
    assert tasks["probability"].null_count == tasks.num_rows


def test_rejected_pairs_are_not_asked_about_and_a_pair_found_twice_is_asked_about_once():
    rows = [
        pair(1),
        pair(1, locator="elsewhere", cosine=0.9),
        pair(2, reject_reason="no counterpart", cosine=None),
    ]
    tasks = select(rows, people=["only"])
    assert tasks["source_text"].to_pylist() == ["söz 1"]


def test_nobody_is_asked_twice_and_missing_second_opinions_come_first():
    rows = [pair(n) for n in range(60)]
    said = [(row["pair_id"], "annotator_1") for row in rows[:30]]
    tasks = select(rows, said=reviews(said), people=PEOPLE[:2], task_count=10, overlap_fraction=0.5)
    assert not set(asked(tasks)) & set(said)
    second = [row for row in tasks.to_pylist() if row["selection"] == SECOND_OPINION]
    assert 10 <= len(second) <= 20
    assert {row["annotator"] for row in second} == {"annotator_2"}
    assert [row["queue_position"] for row in second] == list(range(len(second)))


def test_answering_a_queue_asks_for_nothing_of_it_again():
    rows = [pair(n) for n in range(100)]
    first = asked(select(rows, task_count=30, overlap_fraction=0))
    second = asked(select(rows, said=reviews(first), task_count=30, overlap_fraction=0))
    assert len(second) == 30
    assert not {one for one, _ in first} & {one for one, _ in second}


def test_a_pair_reviewed_under_an_older_reading_is_not_asked_about_again():
    old = pair(1, source_text="Suw durmuşyň çeşmesidir", target_text="Вода источник жизни")
    new = old | {"pair_id": "new", "source_text": "Suw durmuşyñ çeşmesidir"}
    said = reviews([(old["pair_id"], "annotator_1")]).to_pylist()
    said = [row | {name: old[name] for name in ("source_text", "target_text")} for row in said]
    tasks = select([new], said=as_table(said, REVIEWS), people=["annotator_1"])
    assert tasks.num_rows == 0


def test_a_half_answered_queue_is_a_mixture_of_all_shares():
    rows = [pair(n, origin) for origin in ("textbooks", "news", "mined") for n in range(100)]
    by_id = {row["pair_id"]: row["origin"] for row in rows}
    tasks = select(rows, people=["only"], task_count=60).to_pylist()
    half = Counter((by_id[row["pair_id"]], row["selection"]) for row in tasks[:30])
    assert set(half.values()) == {5}


def test_without_annotators_there_is_no_queue():
    with pytest.raises(InputError, match="annotator"):
        select([pair(1)], people=[])


def test_deal_takes_who_is_free_when_the_others_have_reviewed():
    assert deal({"a": 2}, ["x", "y"], {"a": {"x"}}, 1) == {"a": {"y"}}
    assert deal({"a": 2}, ["x"], {"a": {"x"}}, 1) == {"a": set()}


def sentence(number, text, **place):
    return {
        "sentence_id": str(number),
        "document_key": "d",
        "sentence_number": number,
        "language": "tuk_Latn",
        "text": text,
        "confidence_fraction": 1.0,
    } | place


def book(texts):
    rows = []
    for n, text in enumerate(texts):
        box = {"x0": 10, "top": 20 * n, "x1": 90, "bottom": 20 * n + 12}
        rows.append(sentence(n, text, page_number=1 + n // 3, box=box))
    return as_table(rows, TEXTBOOK_SENTENCES)


def place(number):
    return {"page": 1 + number // 3, "box": [10, 20 * number, 90, 20 * number + 12]}


def described(source_places, target_places, source_text, documents, *, count=1, target_text="x"):
    row = pair(
        1,
        source_document="textbooks/s",
        target_document="news/t",
        source_text=source_text,
        target_text=target_text,
        locator=json.dumps({"source": source_places, "target": target_places}),
    )
    tasks = select([row], people=["only"])
    calls = []

    def pictures(places):
        calls.append(places)
        return [f"{document} {page} {box}".encode() for document, page, box in places]

    done = describe_tasks(tasks, scored([row]), documents, pictures, count)
    assert done.schema == ANNOTATION_TASKS
    assert len(calls) == 1
    return done.to_pylist()[0]


def test_a_task_shows_the_neighbours_of_a_merged_pair_and_all_its_boxes_on_the_page():
    documents = {"textbooks/s": book(["Bir.", "Iki.", "Üç.", "Dört.", "Bäş."])}
    task = described([place(1), place(2)], [], "Iki. Üç.", documents)
    assert task["source_context"] == "Bir. […] Dört."
    assert task["source_crop"] == b"textbooks/s 1 (10, 20, 90, 52)"
    assert (task["target_context"], task["target_crop"], task["source_url"]) == ("", None, "")


def test_a_repeated_sentence_is_found_by_its_place():
    documents = {"textbooks/s": book(["Oka.", "Ýaz.", "Oka.", "Çyz."])}
    task = described([place(2)], [], "Oka.", documents)
    assert task["source_context"] == "Ýaz. […] Çyz."


def test_more_context_and_none_at_the_edges_of_a_document():
    documents = {"textbooks/s": book(["Bir.", "Iki.", "Üç.", "Dört."])}
    assert described([place(0)], [], "Bir.", documents, count=2)["source_context"] == "[…] Iki. Üç."
    assert described([place(0)], [], "Bir.", documents, count=0)["source_context"] == ""
    assert (
        described([place(0)], [], "Bir.", {"textbooks/s": book(["Bir."])})["source_context"] == ""
    )


def test_an_article_is_linked_and_its_paragraph_found():
    rows = [
        sentence(n, text, section_number=section, url="https://site/tk/1")
        for n, (text, section) in enumerate(
            [("Title.", 0), ("Same.", 1), ("Other.", 2), ("Same.", 3)]
        )
    ]
    where = {"url": "https://site/tk/1", "paragraph": 3}
    documents = {"news/t": as_table(rows, NEWS_SENTENCES)}
    task = described([place(1)], [where], "Iki.", documents, target_text="Same.")
    assert task["target_url"] == "https://site/tk/1"
    assert task["target_context"] == "Other. […]"
    assert task["target_crop"] is None


def test_a_bitext_has_neither_context_nor_picture():
    row = pair(1, "bitexts", locator="django/auth/django.po#msgid")
    tasks = select([row], people=["only"])
    done = describe_tasks(tasks, scored([row]), {}, no_pictures).to_pylist()[0]
    assert (done["source_context"], done["source_url"], done["source_crop"]) == ("", "", None)


def test_tasks_about_unknown_pairs_are_refused():
    tasks = select([pair(1)], people=["only"])
    with pytest.raises(InputError, match="1 tasks are about pairs"):
        describe_tasks(tasks, scored([pair(2)]), {}, no_pictures)
