from pipeline.distillation.lessons.composites import composites
from pipeline.parameters import LessonParams

MANY = LessonParams(composite_fraction=1)


def row(text, pivot="rus_Cyrl", document="bitexts/ui", **more):
    return {
        "pair_id": f"{text} {pivot}",
        "origin": document.partition("/")[0],
        "source_document": document,
        "group_key": f"{document}/part 1",
        "source_text": text,
        "target_text": f"{text} in {pivot}",
        "target_language": pivot,
    } | more


def strings(count=30, **more):
    return [row(f"açyk faýl sany {number}", **more) for number in range(count)]


def texts(groups):
    return [[each["source_text"] for each in group] for group in groups]


def test_as_many_are_drawn_as_wanted_of_two_or_three_different_strings():
    found = texts(composites(strings(), LessonParams(composite_fraction=0.5)))
    assert len(found) == 15
    assert {len(group) for group in found} == {2, 3}
    assert all(len(set(group)) == len(group) for group in found)


def test_lists_of_words_are_joined_one_more():
    found = texts(composites([row(f"söz{number}") for number in range(30)], MANY))
    assert {len(group) for group in found} == {3, 4}


def test_the_same_texts_are_joined_in_every_pivot_that_has_them_all():
    rows = [*strings(), *strings(pivot="eng_Latn")[:20]]
    joined = {"rus_Cyrl": [], "eng_Latn": []}
    for group in composites(rows, MANY):
        (pivot,) = {each["target_language"] for each in group}
        joined[pivot].append([each["source_text"] for each in group])
    known = {each["source_text"] for each in rows[30:]}
    assert len(joined["rus_Cyrl"]) == 30
    assert joined["eng_Latn"] == [group for group in joined["rus_Cyrl"] if set(group) <= known]
    assert joined["eng_Latn"]


def test_sources_are_not_mixed():
    rows = [*strings(), *strings(document="bitexts/other", pair_id="x")]
    for group in composites(rows, MANY):
        assert len({each["source_document"] for each in group}) == 1


def test_running_text_mined_pairs_and_long_strings_are_not_joined():
    assert composites(strings(document="news/habar/tk/7"), MANY) == []
    assert composites(strings(origin="mined"), MANY) == []
    long = [row(" ".join([f"söz{number}"] * 20)) for number in range(30)]
    assert composites(long, MANY) == []
    assert composites(long, LessonParams(composite_fraction=1, composite_words=20)) != []


def test_no_side_is_longer_than_allowed_and_too_few_strings_make_none():
    rows = [row(f"açyk faýl {number}", target_text="слово " * number) for number in range(30)]
    params = LessonParams(composite_fraction=1, paragraph_characters=100)
    found = composites(rows, params)
    assert 0 < len(found) < 30
    assert all(len(" ".join(each["target_text"] for each in group)) <= 100 for group in found)
    assert composites(strings(2), MANY) == []
    assert composites([], MANY) == []


def test_a_lot_draws_them_which_the_order_of_rows_does_not_change():
    rows = strings()
    assert texts(composites(rows, MANY)) == texts(composites(rows[::-1], MANY))
    other = LessonParams(composite_fraction=1, seed=2)
    assert texts(composites(rows, MANY)) != texts(composites(rows, other))


def test_composites_of_two_strings_at_most_have_two():
    found = texts(composites(strings(), LessonParams(composite_fraction=1, composite_strings=2)))
    assert {len(group) for group in found} == {2}
