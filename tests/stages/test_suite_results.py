import pytest

from pipeline.evaluation.measures.scores import DIFFERENCE
from pipeline.evaluation.measures.significance import with_adjusted_p
from pipeline.evaluation.suites.results import markdown_results
from pipeline.measurements import Measurement
from pipeline.statistics import Interval
from pipeline.suite_entries import SUITE_MODELS
from pipeline.tables import SCORES, as_table

ABOUT = {
    "role": "dev",
    "licence": "CC0-1.0",
    "source": "https://example.org/pairs",
    "revision": "1",
}
ONWARD, BACK = "tuk_Latn-rus_Cyrl", "rus_Cyrl-tuk_Latn"


def suite(name="own", task="retrieval", **keys):
    if task == "retrieval":
        keys |= {"tables": ({"path": "pairs.tsv"},)}
    entry = ABOUT | {"name": name, "title": f"Title of {name}", "task": task} | keys
    return SUITE_MODELS[task].model_validate(entry)


def score(model, value, metric="p_at_1", *, of=None, p_value=None, **keys):
    """A row; `of` is the fingerprint, which a difference shares with its model."""
    place = {"suite": "own", "direction": ONWARD, "pool_size": 1200} | keys
    measured = Measurement(
        model=model, model_fingerprint=of or model, dataset_hash="d", seed=13, **place
    )
    return measured.score(metric, Interval(value, value - 0.1, value + 0.1, 1000), "", p_value)


def written(rows, suites=None, **facts):
    table = with_adjusted_p(as_table(rows, SCORES))
    return markdown_results(table, suites or [suite()], facts or {"seed": "13"})


def lines_of_table(text):
    return [line for line in text.splitlines() if line.startswith("|")]


def test_a_suite_is_a_table_with_a_line_for_every_direction_and_metric():
    rows = [
        score(model, value, metric, direction=direction)
        for direction in (ONWARD, BACK)
        for model, value in (("first", 0.5), ("second", 0.25))
        for metric in ("p_at_1", "mrr")
    ]
    assert written(rows, [suite(note="written yesterday")], command="`x`", seed="13") == (
        "- command: `x`\n"
        "- seed: 13\n\n"
        "## Title of own (`own`)\n\n"
        "retrieval, dev; CC0-1.0; https://example.org/pairs; 1. Written yesterday.\n\n"
        "| direction | metric | N | of | first | second |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        f"| {ONWARD} | p_at_1 | 1,000 | 1,200 | 0.500 (0.400-0.600) | 0.250 (0.150-0.350) |\n"
        f"| {ONWARD} | mrr | 1,000 | 1,200 | 0.500 (0.400-0.600) | 0.250 (0.150-0.350) |\n"
        f"| {BACK} | p_at_1 | 1,000 | 1,200 | 0.500 (0.400-0.600) | 0.250 (0.150-0.350) |\n"
        f"| {BACK} | mrr | 1,000 | 1,200 | 0.500 (0.400-0.600) | 0.250 (0.150-0.350) |\n"
    )


@pytest.mark.parametrize(
    ("gain", "p_value", "metric", "mark"),
    [
        (0.2, 0.001, "p_at_1", " +"),
        (-0.2, 0.001, "p_at_1", " -"),
        (0.2, 0.2, "p_at_1", ""),
        (0.2, 0.001, "xsim_error", " -"),
        (-0.2, 0.001, "ter", " +"),
    ],
)
def test_a_mark_says_better_or_worse_where_that_is_certain(gain, p_value, metric, mark):
    rows = [
        score("first", 0.5, metric),
        score("second", 0.5 + gain, metric),
        score(DIFFERENCE, gain, metric, of="second", p_value=p_value),
    ]
    cells = lines_of_table(written(rows))[-1].strip("| ").split(" | ")
    assert cells[-2] == "0.500 (0.400-0.600)"
    assert cells[-1] == f"{0.5 + gain:.3f} ({0.4 + gain:.3f}-{0.6 + gain:.3f}){mark}"


def test_many_comparisons_take_the_marks_of_doubtful_ones():
    def rows(count):
        models = [f"m{n}" for n in range(count)]
        return [
            score("first", 0.5),
            *(score(model, 0.6) for model in models),
            *(score(DIFFERENCE, 0.1, of=model, p_value=0.02) for model in models),
        ]

    assert written(rows(1)).count(" +") == 1
    assert written(rows(3)).count(" +") == 0


def test_slices_are_left_out():
    rows = [score("first", 0.5), score("first", 0.9, slice="length: 1-5 words")]
    assert len(lines_of_table(written(rows))) == 3
    assert "0.900" not in written(rows)


def test_what_is_not_defined_or_not_measured_is_an_empty_cell():
    undefined = Measurement("own", ONWARD, "d", "first", "first", 13).undefined("mrr", 5, "no")
    rows = [
        undefined,
        score("second", 0.5, pool_size=0),
        score("third", 0.5) | {"ci_low": None, "ci_high": None, "n": None},
    ]
    *_, one, other = lines_of_table(written(rows))
    assert one == f"| {ONWARD} | mrr | 5 |  |  |  |  |"
    assert other == f"| {ONWARD} | p_at_1 | 1,000 |  |  | 0.500 (0.400-0.600) | 0.500 |"


def test_suites_stand_in_the_order_given_and_those_without_scores_do_not_appear():
    rows = [score("first", 0.5, suite=name) for name in ("a", "b")]
    text = written(rows, [suite("b"), suite("unopened", role="test"), suite("a")])
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert titles == ["## Title of b (`b`)", "## Title of a (`a`)"]


def test_every_task_of_mteb_has_a_table_under_its_own_name():
    entry = suite("mteb_bitexts", "mteb", tasks=("Tatoeba", "NTREX"))
    rows = [
        score("first", value, "mteb_f1", suite=name, pool_size=0)
        for name, value in (("Tatoeba", 0.25), ("NTREX", 0.75))
    ]
    text = written(rows, [entry])
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "## Title of mteb_bitexts (`Tatoeba`)",
        "## Title of mteb_bitexts (`NTREX`)",
    ]
    assert [line for line in lines_of_table(text) if "0.750" in line]


def test_without_scores_only_the_facts_are_told():
    assert written([], seed="13") == "- seed: 13\n"
