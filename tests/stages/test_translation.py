from dataclasses import replace

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation.measures.translation_metrics import translation_metrics
from pipeline.evaluation.tasks.translation import (
    COPY,
    TranslationTask,
    copied_sources,
    score_translation,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=300)
WORDS = ("men", "kitap", "okadym", "sen", "gel", "öýe", "suw", "içdi", "bu", "gün,", "(ýok)", ".")
SACREBLEU = {
    "bleu": sacrebleu.corpus_bleu,
    "chrf2pp": lambda said, references: sacrebleu.corpus_chrf(said, references, word_order=2),
    "ter": sacrebleu.corpus_ter,
}

texts = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


def _noisy(references, fraction, seed):
    """Each word replaced by another one with a probability."""
    generator = np.random.default_rng(seed)
    return [
        " ".join(
            generator.choice(WORDS) if generator.random() < fraction else word
            for word in reference.split()
        )
        for reference in references
    ]


def _task(n=60):
    generator = np.random.default_rng(5)
    references = [" ".join(generator.choice(WORDS, generator.integers(4, 12))) for _ in range(n)]
    sources = [f"предложение номер {number}" for number in range(n)]
    return TranslationTask("tiny", ("rus_Cyrl", "tuk_Latn"), sources, references)


def _by_metric(rows, model):
    return {row["metric"]: row for row in rows if row["model"] == model}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_figures_from_summed_counts_equal_sacrebleu(pairs):
    said, references = zip(*pairs, strict=True)
    for metric in translation_metrics("tuk_Latn"):
        sums = metric.counts(said, references).sum(axis=0)
        expected = SACREBLEU[metric.name](list(said), [list(references)]).score
        assert metric.figure(sums) == pytest.approx(expected, abs=1e-9)


def test_a_resample_counts_as_its_texts_would():
    task, drawn = _task(), np.random.default_rng(1).integers(0, 60, 60)
    said = _noisy(task.references, 0.5, 2)
    for metric in translation_metrics("tuk_Latn"):
        together = metric.figure(metric.counts(said, task.references)[drawn].sum(axis=0))
        expected = SACREBLEU[metric.name](
            [said[row] for row in drawn], [[task.references[row] for row in drawn]]
        )
        assert together == pytest.approx(expected.score, abs=1e-9)


def test_rows_hold_sacrebleus_figures_and_signatures():
    task = _task()
    said = _noisy(task.references, 0.4, 3)
    rows = as_table(score_translation(task, {"start": said}, PARAMS).rows, SCORES).to_pylist()
    assert [row["metric"] for row in rows] == ["chrf2pp", "bleu", "ter"]
    for row in rows:
        expected = SACREBLEU[row["metric"]](said, [task.references]).score
        assert row["value"] == pytest.approx(expected, abs=1e-9)
        assert row["ci_low"] < row["value"] < row["ci_high"]
        assert (row["n"], row["direction"]) == (60, "rus_Cyrl-tuk_Latn")
        assert f"version:{sacrebleu.__version__}" in row["note"]
    assert "tok:13a" in rows[1]["note"]


def test_a_better_system_gains_and_the_gain_has_a_small_p_value():
    task = _task()
    systems = {
        "start": _noisy(task.references, 0.6, 1),
        "student": _noisy(task.references, 0.2, 2),
        COPY: copied_sources(task),
    }
    rows = score_translation(task, systems, PARAMS).rows
    values = {name: _by_metric(rows, name) for name in systems}
    gains = [row for row in rows if row["model"] == "difference"]
    assert [row["note"].split()[0] for row in gains] == ["student"] * 3 + [COPY] * 3
    for gain in gains[:3]:
        metric = gain["metric"]
        change = values["student"][metric]["value"] - values["start"][metric]["value"]
        assert gain["value"] == pytest.approx(change)
        assert gain["ci_low"] > 0 or metric == "ter"
        assert gain["p_value"] < 0.05
    assert gains[2]["ci_high"] < 0  # fewer edits
    assert values[COPY]["bleu"]["value"] == 0


def test_the_same_words_gain_nothing_and_share_a_fingerprint():
    task = _task(20)
    said = _noisy(task.references, 0.3, 1)
    rows = score_translation(task, {"start": said, "student": list(said)}, PARAMS).rows
    gains = [row for row in rows if row["model"] == "difference"]
    assert [(row["value"], row["ci_low"], row["ci_high"]) for row in gains] == [(0, 0, 0)] * 3
    assert [row["p_value"] for row in gains] == [1, 1, 1]
    assert len({row["model_fingerprint"] for row in rows}) == 1


def test_the_worst_sentences_come_first_and_right_ones_not_at_all():
    task = TranslationTask(
        "tiny",
        ("rus_Cyrl", "tuk_Latn"),
        ["я читал", "он пьёт воду", "иди домой", "да"],
        ["men okadym", "ol suw içýär", "öýe git", "hawa"],
    )
    said = ["men okadym", "ol suw içdi", "", "да"]
    mistakes = score_translation(task, {"start": said}, PARAMS).mistakes
    assert [(one.query, one.found, one.kind) for one in mistakes] == [
        ("иди домой", "", "nothing said"),
        ("да", "да", "source copied"),
        ("он пьёт воду", "ol suw içdi", ""),
    ]
    assert [one.margin for one in mistakes][:2] == [100, 100]
    sentence = sacrebleu.sentence_chrf("ol suw içdi", ["ol suw içýär"], word_order=2)
    assert mistakes[2].margin == pytest.approx(100 - sentence.score)


def test_slices_hold_the_primary_metric_of_their_segments():
    whole = _task()
    labels = ["news" if number < 40 else "law" for number in range(60)]
    task = replace(whole, attributes={"domain": labels})
    said = _noisy(task.references, 0.4, 3)
    rows = score_translation(task, {"start": said}, PARAMS).rows
    sliced = {row["slice"]: row for row in rows if row["slice"]}
    assert {row["metric"] for row in sliced.values()} == {"chrf2pp"}
    expected = SACREBLEU["chrf2pp"](said[40:], [task.references[40:]]).score
    assert sliced["domain: law"]["value"] == pytest.approx(expected, abs=1e-9)
    assert sliced["domain: law"]["n"] == 20


@pytest.mark.parametrize(
    ("language", "tokeniser"),
    [("tuk_Latn", "13a"), ("rus_Cyrl", "13a"), ("ben_Beng", "intl"), ("tha_Thai", "char")],
)
def test_the_tokeniser_follows_the_targets_script(language, tokeniser):
    metric = translation_metrics(language)[1]
    metric.counts(["আমি পড়ি।"], ["আমি পড়ি।"])
    assert f"tok:{tokeniser}" in metric.signature


def test_a_danda_is_no_part_of_its_word():
    metric = translation_metrics("ben_Beng")[1]
    (with_danda,) = metric.counts(["আমি বই পড়ি।"], ["আমি বই পড়ি"])
    assert with_danda[2] == 3  # all three words are right


def test_columns_that_do_not_fit_are_refused():
    task = _task(3)
    with pytest.raises(InputError, match="start gives 2 translations of 3 sources"):
        score_translation(task, {"start": ["a", "b"]}, PARAMS)
    gap = TranslationTask("gap", ("rus_Cyrl", "tuk_Latn"), ["да", "нет"], ["hawa", " "])
    with pytest.raises(InputError, match="gap: line 2 has no reference"):
        score_translation(gap, {}, PARAMS)
    with pytest.raises(InputError, match="1 sources and 0 references"):
        score_translation(TranslationTask("s", ("a", "b"), ["x"], []), {}, PARAMS)
