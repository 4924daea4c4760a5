import tarfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline import settings
from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.evaluation.gates import (
    collapse_gate,
    comparison_gate,
    declared_prompt_gate,
    doubled_prompt_gate,
    effective_rank,
    hits_with,
    language_gate,
    mean_off_diagonal_cosine,
    measured_prompt_gate,
    read_prompts,
    retention_gate,
    sample_size_gate,
    saturation_gate,
    suite_gate,
)
from pipeline.evaluation.gates.amount import compare
from pipeline.evaluation.models import Texts
from pipeline.measurements import Measurement
from pipeline.statistics import Interval, wilson
from pipeline.tables import SCORES, as_table

E5_PROMPTS = {"query": "query: ", "passage": "passage: "}
E5_NAMES = ["models/turkmen-e5-small", "intfloat/multilingual-e5-small"]


def _unit(array):
    return (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32)


def _spread(n=50, d=16):
    return _unit(np.random.default_rng(0).normal(size=(n, d)))


# amount


def test_nine_pairs_are_too_few_and_the_reason_says_how_many_would_do():
    verdict = sample_size_gate(9, 100)
    assert not verdict.is_passed
    assert "385" in verdict.reason


def test_enough_queries_pass_without_advice():
    verdict = sample_size_gate(100, 100)
    assert verdict.is_passed
    assert "385" not in verdict.reason


def _scores(*intervals):
    measured = Measurement("suite", "", "hash", "start", "print", 13)
    return as_table([measured.score("pearson", one) for one in intervals], SCORES)


def test_a_small_suite_is_told_how_many_units_its_widest_interval_needs():
    verdict = suite_gate(_scores(Interval(0.5, 0.3, 0.7, 40), Interval(0.9, 0.8, 1, 80)), 100, "x")
    assert not verdict.is_passed
    assert "plus or minus 0.20" in verdict.reason
    assert "about 640 x" in verdict.reason  # 40 * (0.2 / 0.05)^2


def test_the_units_advised_do_give_the_interval_wanted():
    small = wilson(20, 40)
    half_width = (small.ci_high - small.ci_low) / 2
    advised = round(40 * (half_width / 0.05) ** 2)
    large = wilson(advised // 2, advised)
    assert (large.ci_high - large.ci_low) / 2 == pytest.approx(0.05, rel=0.06)


def test_an_empty_suite_is_no_fault():
    assert suite_gate(SCORES.empty_table(), 100, "pairs").is_passed


def test_a_sure_difference_passes_however_few_the_units():
    verdict = comparison_gate([0] * 12, [1] * 12, 0.0005)
    assert verdict.is_passed
    assert "+1.000 over 12 queries, of which 100.0% changed" in verdict.reason


def test_a_difference_that_may_be_chance_is_told_how_many_would_show_it():
    before, after = np.zeros(100), np.zeros(100)
    before[:4], after[4:10] = 1, 1
    verdict = comparison_gate(before, after, 0.75)
    assert not verdict.is_passed
    assert f"about {compare(before, after).enough:,} queries" in verdict.reason
    assert "10.0% changed" in verdict.reason


def test_equal_models_on_much_text_may_be_called_equal():
    outcome = np.arange(2000) % 2
    verdict = comparison_gate(outcome, outcome, 1.0)
    assert verdict.is_passed
    assert compare(outcome, outcome).enough is None


@pytest.mark.parametrize(("gained", "lost"), [(0.08, 0.04), (0.1, 0.02), (0.2, 0.15)])
def test_the_units_advised_for_a_comparison_show_it_four_times_in_five(gained, lost):
    seen = np.repeat(
        [1, -1, 0], np.round(np.array([gained, lost, 1 - gained - lost]) * 1000).astype(int)
    )
    n = compare(np.zeros(1000), seen).enough
    generator = np.random.default_rng(3)
    wins, losses, _ = generator.multinomial(n, [gained, lost, 1 - gained - lost], size=2000).T
    z = (wins - losses) / np.sqrt(wins + losses)  # McNemar's statistic
    power = (np.abs(z) > stats.norm.ppf(0.975)).mean()
    assert 0.76 < power < 0.85  # few units come in steps


def test_the_formula_of_a_comparison_is_connors():
    seen = np.repeat([1, -1, 0], [30, 10, 160])
    changed, difference = 0.2, 0.1
    by_hand = (1.959964 * changed**0.5 + 0.841621 * (changed - difference**2) ** 0.5) ** 2
    assert compare(np.zeros(200), seen).enough == int(np.ceil(by_hand / difference**2))


def test_outcomes_of_other_units_are_not_compared():
    with pytest.raises(InputError, match="same units"):
        compare([1, 0], [1, 0, 1])


# worth


@pytest.mark.parametrize(("p_at_1", "is_passed"), [(0.989, True), (0.99, False), (1.0, False)])
def test_a_saturated_set_is_refused_with_what_to_use_instead(p_at_1, is_passed):
    verdict = saturation_gate(p_at_1, 1012)
    assert verdict.is_passed is is_passed
    assert ("distractors" in verdict.reason) is not is_passed
    assert ("hard negatives" in verdict.reason) is not is_passed


def test_a_saturated_set_that_was_trained_on_is_cleaned_first():
    assert "trained on, 12.0%" in saturation_gate(1.0, 1012, 0.12).reason
    assert "trained on" not in saturation_gate(1.0, 1012, 0.0).reason


@pytest.mark.parametrize(("value", "is_passed"), [(0.97, False), (0.98, True)])
def test_retention_is_gated_by_its_value(value, is_passed):
    measured = Interval(value, value - 0.01, value + 0.01, 500, 13)
    assert retention_gate(measured, 0.98, "order of texts").is_passed is is_passed


# collapse


def test_spread_vectors_pass_and_equal_ones_are_collapsed():
    assert collapse_gate(_spread()).is_passed
    assert not collapse_gate(_unit(np.ones((50, 16)))).is_passed


def test_vectors_on_one_line_are_collapsed_although_their_mean_cosine_is_low():
    line = np.outer([1, -1] * 25, np.ones(64))
    verdict = collapse_gate(_unit(line))
    assert "mean cosine of -0.0" in verdict.reason
    assert not verdict.is_passed


def test_vectors_with_a_common_shift_are_told_from_collapsed_ones():
    verdict = collapse_gate(_unit(_spread() + 3))
    assert not verdict.is_passed
    assert "no threshold on a cosine" in verdict.reason
    assert "collapsed" not in verdict.reason


@pytest.mark.parametrize("rows", [100, 101, 199, 1000])
def test_the_directions_are_counted_over_at_most_a_hundred_sentences(rows):
    assert "100 of them" in collapse_gate(_spread(rows, 384)).reason


def test_mean_off_diagonal_cosine_equals_the_plain_mean_over_pairs():
    vectors = _spread()
    products = vectors @ vectors.T
    expected = products[~np.eye(50, dtype=bool)].mean()
    assert mean_off_diagonal_cosine(vectors) == pytest.approx(expected, abs=1e-6)


def test_one_vector_has_no_pairs():
    with pytest.raises(InputError):
        mean_off_diagonal_cosine(_spread(1))


@given(st.integers(2, 16))
def test_effective_rank_of_equal_axes_is_their_number_less_the_mean(axes):
    assert effective_rank(np.eye(axes, dtype=np.float32)) == pytest.approx(axes - 1)


def test_effective_rank_of_equal_vectors_is_zero():
    assert effective_rank(_unit(np.ones((9, 4)))) == 0


# real text


@pytest.fixture(scope="module")
def flores():
    """Development sentences by language."""
    packed = settings.test_data() / "flores200" / "flores200_dev.tar.zst"
    if not packed.exists():
        pytest.skip(f"needs {packed}")
    found = {}
    with (
        pa.input_stream(str(packed), compression="zstd") as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for member in archive:
            if member.name.endswith(".dev"):
                text = archive.extractfile(member).read().decode()
                found[member.name.rsplit("/", 1)[-1].removesuffix(".dev")] = text.splitlines()
    return found


@pytest.fixture(scope="module")
def tds():
    """Reads a public text of the Turkmen standards service."""
    folder = settings.test_data() / "tds_gov_tm" / "text"
    if not folder.is_dir():
        pytest.skip(f"needs {folder}")

    def texts(document, field, language):
        content = (folder / f"{document}.{field}.txt").read_text(encoding="utf-8")
        return Texts(language, [line for line in content.splitlines() if line.strip()])

    return texts


@pytest.mark.slow
def test_minilm_knows_english_and_not_the_letters_of_bengali(flores):
    encoder = load_encoder("embedded:minilm")

    def verdict(code):
        return collapse_gate(encoder.encode(flores[code][:100], language=code))

    assert verdict("eng_Latn").is_passed
    assert verdict("tuk_Latn").is_passed
    assert not verdict("ben_Beng").is_passed


@pytest.mark.slow
def test_e5_is_not_collapsed_until_it_is_squeezed(flores, e5_folder):
    encoder = load_encoder(str(e5_folder))
    for code in ("eng_Latn", "ben_Beng"):
        vectors = encoder.encode(flores[code][:100], language=code)
        assert collapse_gate(vectors).is_passed, code
    vectors = encoder.encode(flores["tuk_Latn"][:100], language="tuk_Latn")
    assert collapse_gate(vectors).is_passed
    mean = vectors.mean(axis=0)
    scores, sizes, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    for count in (1, 4, 16):
        squeezed = scores[:, :count] * sizes[:count] @ axes[:count] + mean
        assert not collapse_gate(_unit(squeezed)).is_passed, count
    assert not collapse_gate(_unit(vectors + 2 * mean)).is_passed


# language


def test_clean_text_of_eleven_languages_is_in_its_language(flores):
    assert len(flores) == 11
    verdict = language_gate({code: Texts(code, texts) for code, texts in flores.items()})
    assert verdict.is_passed, verdict.reason


def test_every_language_is_told_from_every_other(flores):
    for code, texts in flores.items():
        for stated in flores.keys() - {code}:
            verdict = language_gate({"texts": Texts(stated, texts[:8])})
            assert not verdict.is_passed, (code, stated)


def test_turkmen_in_place_of_a_translation_is_refused(tds):
    sides = {
        field: tds(14, field, code)
        for field, code in (("tm", "tuk_Latn"), ("ru", "rus_Cyrl"), ("en", "eng_Latn"))
    }
    verdict = language_gate(sides)
    assert not verdict.is_passed
    assert "The ru should be Russian in Cyrillic letters" in verdict.reason
    assert "100% look like Turkmen in Latin letters, e.g. “Daşoguz" in verdict.reason
    assert "without a translation" in verdict.reason
    assert "The tm" not in verdict.reason


def test_translated_laws_with_a_foreign_heading_pass(tds):
    sides = {
        field: tds(16, field, code) for field, code in (("ru", "rus_Cyrl"), ("en", "eng_Latn"))
    }
    assert language_gate(sides).is_passed


def test_swapped_sides_are_called_so(flores):
    sides = {
        "sources": Texts("tuk_Latn", flores["rus_Cyrl"][:50]),
        "targets": Texts("rus_Cyrl", flores["tuk_Latn"][:50]),
    }
    assert "wrong way round" in language_gate(sides).reason


def test_a_file_with_a_wrong_label_is_told_what_it_is(flores):
    verdict = language_gate({"queries": Texts("azj_Latn", flores["tuk_Latn"][:50])})
    assert not verdict.is_passed
    assert "The queries should be Azerbaijani" in verdict.reason
    assert "look like Turkmen" in verdict.reason
    assert "state the language that it is in" in verdict.reason


def test_a_tenth_of_foreign_rows_is_refused_and_a_fiftieth_is_not(flores):
    mixed = [flores["kir_Cyrl" if row % 10 else "rus_Cyrl"][row] for row in range(200)]
    verdict = language_gate({"texts": Texts("kir_Cyrl", mixed)})
    assert not verdict.is_passed
    assert "Take out the rows" in verdict.reason
    few = [flores["kir_Cyrl" if row % 50 else "rus_Cyrl"][row] for row in range(200)]
    assert language_gate({"texts": Texts("kir_Cyrl", few)}).is_passed


def test_short_texts_are_joined_until_they_can_be_judged(flores):
    words = [word for text in flores["tat_Cyrl"][:40] for word in text.split()]
    assert language_gate({"words": Texts("tat_Cyrl", words)}).is_passed
    assert not language_gate({"words": Texts("kaz_Cyrl", words)}).is_passed


@pytest.mark.parametrize("texts", [[], ["", "12.5", "—"], ["ýa-da", "DVD"]])
def test_texts_with_hardly_a_letter_are_not_judged_and_pass(texts):
    verdict = language_gate({"texts": Texts("tuk_Latn", texts)})
    assert (verdict.is_passed, verdict.reason) == (
        True,
        "Not judged, for they are too short: texts.",
    )


def test_an_unknown_language_is_said_not_to_be_checked():
    verdict = language_gate({"texts": Texts("und", ["salam"]), "codes": Texts("xxx_Latn", ["a"])})
    assert verdict.is_passed
    assert "Not checked" in verdict.reason
    assert "texts (und) and codes (xxx_Latn)" in verdict.reason


def test_a_language_not_known_here_is_seen_to_be_another():
    persian = ["همه‌ی افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند."] * 5
    verdict = language_gate({"texts": Texts("tgk_Cyrl", persian)})
    assert not verdict.is_passed
    assert "no language known here" in verdict.reason


# prompts


@pytest.mark.parametrize("names", [[name] for name in E5_NAMES])
def test_an_e5_model_without_its_prompts_is_refused(names):
    verdict = declared_prompt_gate(names, {"query": "", "document": ""})
    assert not verdict.is_passed
    assert "“query: ” (query) and “passage: ” (passage)" in verdict.reason
    assert "declares no prompts" in verdict.reason


def test_prompts_are_found_under_both_names_of_the_searched_side():
    assert declared_prompt_gate(E5_NAMES, E5_PROMPTS).is_passed
    newer = {"query": "query: ", "document": "passage: "}
    assert declared_prompt_gate(E5_NAMES, newer).is_passed


@pytest.mark.parametrize(
    "name",
    ["sentence-transformers/all-MiniLM-L6-v2", "models/e5x", "intfloat/e5-large-instruct"],
)
def test_other_models_need_no_prompts_of_e5(name):
    assert declared_prompt_gate([name], {}).is_passed


def test_the_family_is_also_known_by_what_the_model_was_made_from():
    assert not declared_prompt_gate(["models/run7", "intfloat/multilingual-e5-base"], {}).is_passed


def test_prompts_under_names_that_are_never_used_are_refused():
    verdict = declared_prompt_gate(["models/x"], {"retrieval.query": "Find: "})
    assert not verdict.is_passed
    assert "encoded without" in verdict.reason


@pytest.mark.parametrize(
    ("prompts", "says"), [(E5_PROMPTS, "stand there twice"), ({}, "this model knows none")]
)
def test_texts_that_bring_their_prompt_are_refused(prompts, says):
    texts = ["query: Salam", " Passage: Nähili?", *["Gowy."] * 50]
    verdict = doubled_prompt_gate(prompts, texts)
    assert not verdict.is_passed
    assert "2 of 52 texts" in verdict.reason
    assert says in verdict.reason


def test_one_text_about_a_query_among_hundreds_is_no_prompt():
    assert doubled_prompt_gate(E5_PROMPTS, ["Query: a noun", *["Queries are many."] * 99]).is_passed
    assert doubled_prompt_gate(E5_PROMPTS, []).is_passed


def test_real_text_brings_no_prompts(flores):
    texts = [text for side in flores.values() for text in side]
    assert "0 of 10,967" in doubled_prompt_gate(E5_PROMPTS, texts).reason


def test_a_models_names_and_prompts_are_read_from_its_folder(tiny_model_folder, tmp_path):
    assert read_prompts("mine", tiny_model_folder) == (["mine", "tiny"], E5_PROMPTS)
    (tmp_path / "config.json").write_text('{"_name_or_path": "intfloat/e5-small"}')
    names, prompts = read_prompts("mine", tmp_path)
    assert not declared_prompt_gate(names, prompts).is_passed
    (tmp_path / "config_sentence_transformers.json").write_text("torn")
    with pytest.raises(InputError, match="no JSON"):
        read_prompts("mine", tmp_path)


class _NeedsPrompt:
    """An encoder that understands a text only behind `query: `."""

    fingerprint, dimension = "x", 4

    def encode(self, texts, *, language, role="query"):
        axes = [int(text[-1]) if text.startswith("query: ") else 0 for text in texts]
        return np.eye(self.dimension, dtype=np.float32)[axes]


def test_hits_are_counted_with_and_without_a_prompt():
    texts = Texts("und", ["a0", "a1", "a2", "a3"])
    assert hits_with(_NeedsPrompt(), texts, texts).tolist() == [True, False, False, False]
    assert hits_with(_NeedsPrompt(), texts, texts, "query: ").all()


def _hits(count, n=200):
    return np.arange(n) < count


@pytest.mark.parametrize(
    ("used", "other", "is_passed"),
    [(120, 140, False), (120, 125, True), (140, 120, True), (120, 120, True)],
)
def test_another_prompt_counts_when_it_is_clearly_better(used, other, is_passed):
    verdict = measured_prompt_gate(_hits(used), {"no prompt": _hits(other)})
    assert verdict.is_passed is is_passed
    assert "no prompt" in verdict.reason


def test_a_gain_that_may_be_chance_does_not_count():
    used, other = np.zeros(40, bool), np.zeros(40, bool)
    used[:10], other[5:21] = True, True
    assert measured_prompt_gate(used, {"no prompt": other}).is_passed


def test_many_prompts_tried_make_a_lucky_one_likelier():
    used, lucky = np.zeros(100, bool), np.zeros(100, bool)
    lucky[:9] = True  # p = 0.004
    assert not measured_prompt_gate(used, {"a": lucky}).is_passed
    assert measured_prompt_gate(used, {"a": lucky, "b": used, "c": used}).is_passed


def test_without_another_prompt_there_is_nothing_to_measure():
    with pytest.raises(InputError):
        measured_prompt_gate(_hits(1), {})


def test_small_slices_do_not_make_a_large_suite_small():
    whole = {"n": 400, "slice": "", "value": 0.5, "ci_low": 0.45, "ci_high": 0.55}
    part = whole | {"n": 20, "slice": "length: 1-5 words"}
    assert suite_gate(as_table([whole, part], SCORES), 100, "pairs").is_passed
