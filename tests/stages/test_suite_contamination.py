import pytest

from pipeline.evaluation.suites.bitexts import HardTask
from pipeline.evaluation.suites.evaluated import evaluated_in
from pipeline.evaluation.suites.trained import find_trained_units, with_training_slices
from pipeline.evaluation.tasks.classification import ClassificationTask, LabelledTexts
from pipeline.evaluation.tasks.mining_f1 import MiningTask
from pipeline.evaluation.tasks.paraphrase import ParaphrasePairs, ParaphraseTask
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.tables import CONTAMINATION, as_table

TUK, RUS, ENG = "tuk_Latn", "rus_Cyrl", "eng_Latn"
FIRST = ["Düýe çölüň gämisidir diýip aýdylýar.", "Bahar geldi, güller açyldy bu gün."]
SECOND = ["Верблюда называют кораблём пустыни.", "Весна пришла, и сегодня расцвели цветы."]
SEEN, UNSEEN = "seen in training", "not seen"


def bitext(suite="own"):
    return ParallelTexts(suite, (TUK, RUS), FIRST, SECOND)


def labelled(language):
    return LabelledTexts.of_one_fold(language, FIRST, ["a", "b"], 0)


TASKS = {
    "bitext": bitext(),
    "near misses": HardTask(bitext()),
    "ratings": RatedPairs("own", (TUK, RUS), FIRST, SECOND, [1.0, 2.0]),
    "paraphrases": ParaphraseTask("own", ParaphrasePairs((TUK, RUS), FIRST, SECOND, [True, False])),
    "labels": ClassificationTask("own", labelled(ENG), labelled(TUK)),
    "questions": PassageTask("own", (TUK, RUS), FIRST, SECOND, [{0}, {1}]),
}


def texts_of(task):
    return task.texts if isinstance(task, HardTask) else task


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS.keys())
def test_a_unit_that_was_trained_on_is_found_and_makes_a_slice_of_its_own(task):
    found, verdict = find_trained_units([task], [(TUK, FIRST[1])], None)
    assert found.schema == CONTAMINATION
    assert {row["unit"] for row in found.to_pylist()} == {1}
    assert found["kind"][0].as_py() == "exact"
    assert (verdict.name, verdict.is_passed) == ("contamination", False)
    (marked,) = with_training_slices([task], found)
    assert type(marked) is type(task)
    assert texts_of(marked).attributes == {"training": [UNSEEN, SEEN]}


def test_a_finding_names_the_unit_and_the_training_text_that_gives_it_away():
    shouted = FIRST[0].upper()
    found, _ = find_trained_units([TASKS["questions"]], [(RUS, "Нет."), (TUK, shouted)], None)
    assert found.to_pylist() == [
        {
            "suite": "own",
            "direction": f"{TUK}-{RUS}",
            "unit": 0,
            "kind": "folded",
            "language": TUK,
            "text": FIRST[0],
            "trained_language": TUK,
            "trained_text": shouted,
            "score": 1.0,
        }
    ]


def test_a_pair_whose_translation_was_trained_on_is_known_in_both_languages():
    found, _ = find_trained_units([bitext()], [(RUS, SECOND[0])], None)
    assert [(row["unit"], row["language"]) for row in found.to_pylist()] == [(0, TUK), (0, RUS)]


def test_of_a_rated_pair_only_the_sentence_that_was_trained_on_is_named():
    found, _ = find_trained_units([TASKS["ratings"]], [(RUS, SECOND[0])], None)
    assert [(row["unit"], row["language"]) for row in found.to_pylist()] == [(0, RUS)]


def test_passages_and_texts_to_learn_from_may_have_been_trained_on():
    questions = PassageTask("own", (TUK, TUK), FIRST, SECOND, [{0}, {1}])
    lesson = LabelledTexts.of_one_fold(TUK, ["Okuw kitabynyň sözlemi şu ýerde dur."], ["a"], 0)
    topics = ClassificationTask("own", lesson, labelled(TUK))
    training = [(TUK, SECOND[0]), (TUK, lesson.texts[0])]
    found, verdict = find_trained_units([questions, topics], training, None)
    assert found.num_rows == 0
    assert verdict.is_passed


def test_a_clean_verdict_counts_suites_and_directions():
    mined = MiningTask("own", (TUK, RUS), FIRST, SECOND, {(0, 0)})
    tasks = [bitext(), bitext("other"), mined]
    found, verdict = find_trained_units(tasks, [(TUK, "Başga bir zat barada.")], None)
    assert found.num_rows == 0
    assert verdict.is_passed
    assert verdict.reason == "Nothing of 2 suites and directions was found in the training text."


def test_one_verdict_tells_of_every_suite_that_was_trained_on():
    twice = ParallelTexts("clean", (TUK, RUS), ["Asla okalmadyk sözlem."], ["Другое."])
    tasks = [bitext("one"), twice, bitext("two")]
    _, verdict = find_trained_units(tasks, [(TUK, FIRST[0])], None)
    assert not verdict.is_passed
    assert f"1 of 2 rows of one {TUK}-{RUS} were trained on" in verdict.reason
    assert f"1 of 2 rows of two {TUK}-{RUS} were trained on" in verdict.reason
    assert "clean" not in verdict.reason


def test_slices_are_made_only_where_something_was_found():
    found, _ = find_trained_units([bitext("one")], [(TUK, FIRST[0])], None)
    other = bitext("two")
    back = ParallelTexts("one", (RUS, TUK), SECOND, FIRST)
    mined = MiningTask("one", (TUK, RUS), FIRST, SECOND, {(0, 0)})
    assert with_training_slices([other, back, mined], found) == [other, back, mined]


def test_slices_by_training_stand_behind_those_of_the_suite():
    found, _ = find_trained_units([bitext()], [(TUK, FIRST[0])], None)
    told = ParallelTexts("own", (TUK, RUS), FIRST, SECOND, {"domain": ["a", "b"]})
    (marked,) = with_training_slices([told], found)
    assert marked.attributes == {"domain": ["a", "b"], "training": [SEEN, UNSEEN]}
    assert told.attributes == {"domain": ["a", "b"]}


def test_without_tasks_or_findings_nothing_changes():
    empty = as_table([], CONTAMINATION)
    assert with_training_slices([], empty) == []
    assert with_training_slices([bitext()], empty) == [bitext()]
    found, verdict = find_trained_units([], [(TUK, FIRST[0])], None)
    assert found.equals(empty)
    assert verdict.is_passed


def test_what_would_give_a_suite_away_is_told_beforehand_so_that_nothing_is_found_later():
    rows = [
        ("Bu gün howa örän gowy, biz baga gitdik.", "Сегодня погода хорошая, мы пошли в сад."),
        ("Kitap stoluň üstünde ýatyr.", "Книга лежит на столе."),
    ]
    task = ParallelTexts("own", ("tuk_Latn", "rus_Cyrl"), *map(list, zip(*rows, strict=True)))
    training = [
        ("tuk_Latn", "BU GÜN HOWA ÖRÄN GOWY, BIZ BAGA GITDIK!"),
        ("tuk_Latn", "Bu gün howa gaty gowy, biz baga gitdik."),
        ("rus_Cyrl", "Книга лежит на столе."),
        ("rus_Cyrl", "Тетрадь лежит в шкафу."),
    ]
    suites = evaluated_in([task])(training)
    assert suites == ["own", "own", "own", None]
    left = [text for text, suite in zip(training, suites, strict=True) if suite is None]
    found, verdict = find_trained_units([task], left, None)
    assert verdict.is_passed
    assert found.num_rows == 0
