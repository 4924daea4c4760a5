"""What translations are scored on, beside whom, and when a score is refused."""

import subprocess
import sys

import pytest

from pipeline.directed_pairs import TextPairs, pairs_of, texts_without_pair
from pipeline.errors import InputError
from pipeline.evaluation.held_out.translations import (
    TRAINED,
    score_translators,
    translation_tasks,
    translation_verdict,
)
from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.evaluation.tasks.translation import COPY, TranslationTask, score_translation
from pipeline.evaluation.tasks.word_for_word import (
    WORD_FOR_WORD,
    learn_dictionary,
    word_for_word,
)
from pipeline.parameters import EvaluationParams, TranslationParams
from pipeline.recipe import Recipe
from pipeline.tables import PARALLEL_CORPUS, as_table
from pipeline.translation_directions import Direction, both_ways

PARAMS = EvaluationParams(bootstrap_count=200)
WAY = Direction("tuk_Latn", "rus_Cyrl")
WORDS = [("kitap", "книга"), ("suw", "вода"), ("öý", "дом"), ("gök", "синий")]
ROWS = [(f"{a} {b}", f"{c} {d}") for a, c in WORDS for b, d in WORDS]


def _corpus(rows):
    """Rows of source, pivot's code, target and split."""
    return as_table(
        [
            dict.fromkeys(PARALLEL_CORPUS.names)
            | {
                "source_language": "tuk_Latn",
                "target_language": code,
                "source_text": source,
                "target_text": target,
                "split": split,
            }
            for source, code, target, split in rows
        ],
        PARALLEL_CORPUS,
    )


def _table(count):
    """Scores, on so many sentences, of a translator that is silent now and then."""
    numbered = [
        (f"{source} {number}", f"{target} {number}")
        for number, (source, target) in enumerate((ROWS * 99)[:count])
    ]
    task = TranslationTask("toy", WAY, *map(list, zip(*numbered, strict=True)))
    answers = dict(numbered)
    translators = {
        TRAINED: lambda texts: [answers[text] if int(text.split()[2]) % 3 else "" for text in texts]
    }
    train = TextPairs(*map(list, zip(*ROWS, strict=True)))
    return score_translators([task], translators, train, PARAMS).table()


def test_pairs_are_read_in_either_direction_each_once():
    corpus = _corpus(
        [
            ("kitap", "rus_Cyrl", "книга", "train"),
            ("kitap", "rus_Cyrl", "книга", "train"),
            ("kitap", "eng_Latn", "book", "train"),
            ("suw", "rus_Cyrl", "вода", "test"),
        ]
    )
    assert pairs_of(corpus, WAY, "train") == TextPairs(["kitap"], ["книга"])
    assert pairs_of(corpus, WAY.reverse, "train") == TextPairs(["книга"], ["kitap"])
    assert pairs_of(corpus, WAY, "test") == TextPairs(["suw"], ["вода"])


def test_texts_without_a_pair_in_the_direction_may_be_translated_back():
    corpus = _corpus(
        [
            ("kitap", "rus_Cyrl", "книга", "train"),
            ("kitap", "eng_Latn", "book", "train"),
            ("suw", "eng_Latn", "water", "train"),
            ("öý", "eng_Latn", "house", "test"),
            ("gök", "eng_Latn", "blue", "train"),
            ("gök", "rus_Cyrl", "синий", "dev"),
        ]
    )
    way = Direction("rus_Cyrl", "tuk_Latn")
    assert texts_without_pair(corpus, way) == ["suw"]
    assert texts_without_pair(corpus, way, ["ňan", "kitap", "öý", "ňan"]) == ["suw", "ňan"]


def test_a_dictionary_of_words_is_learnt_from_sentences():
    sources, targets = map(list, zip(*ROWS, strict=True))
    dictionary = learn_dictionary(sources, targets)
    assert {word: dictionary[word] for word, _ in WORDS} == dict(WORDS)
    assert word_for_word(["Gök kitap näme"], dictionary) == ["Синий книга näme"]


def test_without_a_start_the_translator_is_compared_with_the_copy():
    rows = _table(120).to_pylist()
    assert {row["model"] for row in rows} == {TRAINED, COPY, WORD_FOR_WORD, DIFFERENCE}
    gain = next(
        row for row in rows if row["note"] == f"{TRAINED} minus copy" and row["metric"] == "chrf2pp"
    )
    assert gain["ci_low"] > 0
    assert gain["n"] == 120


def test_a_start_model_is_what_gains_are_over():
    task = TranslationTask("toy", WAY, ["kitap"] * 30, ["книга"] * 30)
    same = {START: lambda texts: ["книга"] * len(texts), TRAINED: lambda texts: ["x"] * len(texts)}
    rows = score_translators([task], same, TextPairs(["kitap"], ["книга"]), PARAMS).table()
    notes = {row["note"] for row in rows.to_pylist() if row["model"] == DIFFERENCE}
    assert notes == {f"{name} minus start" for name in (TRAINED, COPY, WORD_FOR_WORD)}


def test_fifty_sentences_are_refused_and_the_gate_says_how_many_would_do():
    verdict = translation_verdict(_table(50), PARAMS)
    assert not verdict.is_passed
    assert verdict.reason.startswith("50 sentences were scored; 100 is the minimum")
    assert "plus or minus 1 " in verdict.reason
    assert translation_verdict(_table(100), PARAMS).is_passed


def test_without_translation_models_nothing_is_scored_and_nothing_refused():
    table = score_translators([], {}, TextPairs(), PARAMS).table()
    assert table.num_rows == 0
    assert translation_verdict(table, PARAMS).is_passed


def test_the_test_split_is_the_task_and_an_empty_one_is_none():
    corpus = _corpus([("suw", "rus_Cyrl", "вода", "test")])
    [task] = translation_tasks(corpus, WAY.reverse)
    assert (task.sources, task.references) == (["вода"], ["suw"])
    assert translation_tasks(corpus, Direction("tuk_Latn", "eng_Latn")) == []


def test_figures_equal_those_of_sacrebleus_command_line(tmp_path):
    rows = [
        (f"{a} {c} {a}", f"{b} {d} {b}") for (a, b), (c, d) in zip(ROWS, ROWS[3:], strict=False)
    ]
    said = [target if number % 3 else target[::-1] for number, (_, target) in enumerate(rows)]
    sources, references = map(list, zip(*rows, strict=True))
    (tmp_path / "references").write_text("\n".join(references) + "\n")
    (tmp_path / "said").write_text("\n".join(said) + "\n")
    printed = subprocess.run(
        [
            sys.executable,
            "-m",
            "sacrebleu",
            "references",
            "-i",
            "said",
            "-w",
            "6",
            "-b",
            "-m",
            "chrf",
            "bleu",
            "ter",
            "--chrf-word-order",
            "2",
            "-f",
            "text",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    figures = [float(word) for word in printed.stdout.split()]
    task = TranslationTask("toy", WAY, sources, references)
    scored = score_translation(task, {"said": said}, PARAMS).rows
    values = {row["metric"]: row["value"] for row in scored}
    assert [values[name] for name in ("bleu", "chrf2pp", "ter")] == pytest.approx(figures, abs=1e-6)
    assert min(figures) > 0


def test_directions_have_names_and_go_both_ways():
    assert [way.name for way in both_ways("tuk_Latn", ["rus_Cyrl"])] == [
        "tuk_Latn-rus_Cyrl",
        "rus_Cyrl-tuk_Latn",
    ]
    assert Direction.named("tuk_Latn-rus_Cyrl") == WAY
    for wrong in ("tuk_Latn", "tuk_Latn-tuk_Latn", "tuk_Latn-xyz_Latn"):
        with pytest.raises(InputError):
            Direction.named(wrong)


def _recipe(**translation):
    return Recipe(
        name="toy",
        title="Toy",
        focus="tuk_Latn",
        pivots=("rus_Cyrl", "eng_Latn"),
        bitexts={"cldr": {"catalogue": "babel"}},
        **translation,
    )


def test_a_recipe_trains_no_translation_models_unless_it_asks():
    assert _recipe().directions() == []
    assert len(_recipe(translation={"scratch": {}}).directions()) == 4
    one = _recipe(translation={"scratch": {}, "directions": ["eng_Latn-tuk_Latn"]})
    assert one.directions() == ["eng_Latn-tuk_Latn"]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"model": "a", "scratch": {}}, {"model": "a", "directions": ["rus_Cyrl-eng_Latn"]}],
)
def test_a_translation_section_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="translation"):
        _recipe(translation=wrong)


def test_a_preset_gives_way_to_what_is_stated():
    params = TranslationParams(preset="published_lora", learning_rate=3e-4, rate_factors="0.5,1")
    assert (params.lora_rank, params.lora_layers) == (16, "query_value")
    assert params.rates == (1.5e-4, 3e-4)
    assert TranslationParams(**params.model_dump()) == params
