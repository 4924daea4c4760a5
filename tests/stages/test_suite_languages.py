from pipeline.evaluation.suites.bitexts import HardTask
from pipeline.evaluation.suites.languages import in_languages, language_verdict
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts

TURKMEN = [
    "Çagalar irden mekdebe gidýärler we agşam öýlerine gelýärler.",
    "Kitaphanada okuwçylar üçin täze kitaplar we gündelikler bar.",
    "Biziň obamyzyň ýanyndan uly derýa akyp geçýär.",
] * 8
RUSSIAN = [
    "Дети утром идут в школу и вечером возвращаются домой.",
    "В библиотеке есть новые книги и журналы для учеников.",
    "Рядом с нашей деревней протекает большая река.",
] * 8


def test_texts_in_their_languages_pass():
    task = ParallelTexts("own", ("tuk_Latn", "rus_Cyrl"), TURKMEN, RUSSIAN)
    verdict = language_verdict([task, HardTask(task)])
    assert (verdict.name, verdict.is_passed) == ("language", True)
    assert verdict.reason == "In the languages that they state: 1 suites."


def test_swapped_sides_are_refused_with_the_name_of_the_suite():
    task = ParallelTexts("swapped", ("tuk_Latn", "rus_Cyrl"), RUSSIAN, TURKMEN)
    verdict = language_verdict([task])
    assert not verdict.is_passed
    assert "swapped, tuk_Latn, side 1" in verdict.reason


def test_passages_are_looked_at_as_well_as_questions():
    task = PassageTask("law", ("tuk_Latn", "tuk_Latn"), TURKMEN[:3], RUSSIAN, [{0}] * 3)
    assert "law, tuk_Latn, side 2" in language_verdict([task]).reason


def test_without_suites_there_is_nothing_to_refuse():
    assert language_verdict([object()]).is_passed


def test_of_a_suite_in_many_languages_the_tasks_in_the_given_ones_are_left():
    ours = ParallelTexts("many", ("tuk_Latn", "rus_Cyrl"), TURKMEN, RUSSIAN)
    other = ParallelTexts("many", ("kaz_Cyrl", "rus_Cyrl"), RUSSIAN, RUSSIAN)
    assert in_languages([other, ours], ["tuk_Latn", "rus_Cyrl", "eng_Latn"]) == [ours]


def test_a_suite_in_none_of_the_languages_stays_whole_in_its_place():
    ours = ParallelTexts("ours", ("tuk_Latn", "rus_Cyrl"), TURKMEN, RUSSIAN)
    kazakh = PassageTask("kazakh", ("kaz_Cyrl", "kaz_Cyrl"), RUSSIAN[:3], RUSSIAN, [{0}] * 3)
    assert in_languages([kazakh, ours], ["tuk_Latn", "rus_Cyrl"]) == [kazakh, ours]
