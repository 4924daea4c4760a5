import pytest

from assets import STAGE_ASSETS
from pipeline.recipe import Recipe
from pipeline.translation_models import Translation, TranslatorSize
from sensors.driver import DriveStopped, Goal, PlannedRun, Sources, drive, plan
from sensors.jobs import job_assets

RECIPE = Recipe.model_validate(
    {
        "name": "trial",
        "title": "A trial",
        "focus": "tuk_Latn",
        "pivots": ["rus_Cyrl"],
        "inbox": "inbox",
        "bitexts": {"cldr": {"catalogue": "babel"}},
        "students": {"balances": [0.5, 0.9]},
    }
)


def names(runs):
    return [str(run) for run in runs]


def test_plan_reads_every_source_before_the_corpus():
    sources = Sources(editions=["a", "b"], crawl_days=["2026-11-03"])
    assert names(plan(RECIPE, sources, Goal.CORPUS)) == [
        "read_textbook [a]",
        "read_textbook [b]",
        "read_news [2026-11-03]",
        "read_bitext [cldr]",
        "align",
        "mine",
        "annotate",
        "build_corpus",
    ]


def test_plan_of_the_night_stops_at_the_annotators_tasks_and_leaves_mining_to_the_week():
    first_night = names(plan(RECIPE, Sources(), Goal.TASKS))
    later_night = names(plan(RECIPE, Sources(is_mined=True), Goal.TASKS))
    assert first_night == ["read_bitext [cldr]", "align", "mine", "annotate"]
    assert later_night == ["read_bitext [cldr]", "align", "annotate"]


def test_plan_to_the_report_trains_every_student_before_it_evaluates():
    assert names(plan(RECIPE, Sources(), Goal.REPORT))[-3:] == [
        "train_student [mse+mnr+kl@0.5]",
        "train_student [mse+mnr+kl@0.9]",
        "evaluate",
    ]


def test_plan_to_the_report_writes_triplets_by_every_strategy_before_lessons_are_made():
    synthesis = RECIPE.synthesis.model_copy(update={"strategies": ("in_context", "xl_lora")})
    runs = names(plan(RECIPE.model_copy(update={"synthesis": synthesis}), Sources(), Goal.REPORT))
    assert runs[1:4] == [
        "choose_anchors",
        "write_triplets [in_context]",
        "write_triplets [xl_lora]",
    ]
    assert runs.index("build_corpus") > 4


def test_every_asset_is_made_by_exactly_one_of_the_drivers_runs():
    made = [asset for assets in job_assets().values() for asset in assets]
    assert sorted(made) == sorted(asset.name for asset in STAGE_ASSETS)
    students = RECIPE.students.model_copy(update={"curve_pairs": (1000,)})
    translation = Translation(scratch=TranslatorSize())
    synthesis = RECIPE.synthesis.model_copy(update={"strategies": ("in_context",)})
    parts = {"students": students, "translation": translation, "synthesis": synthesis}
    recipe = RECIPE.model_copy(update=parts)
    planned = {run.job for run in plan(recipe, Sources(["a"], ["2026-11-03"]), Goal.REPORT)}
    assert planned == set(job_assets())


def test_drive_launches_in_order():
    launched = []
    runs = plan(RECIPE, Sources(editions=["a"]), Goal.REPORT)
    driven = drive(runs, lambda run: launched.append(run) or True)
    assert tuple(launched) == tuple(runs) == driven.succeeded
    assert driven.failed == ()


def test_drive_leaves_a_failed_partition_behind_and_goes_on():
    runs = plan(RECIPE, Sources(editions=["bad", "good"]), Goal.CORPUS)
    driven = drive(runs, lambda run: run.partition != "bad")
    assert driven.failed == (PlannedRun("read_textbook", "bad"),)
    assert driven.succeeded == tuple(runs[1:])


def test_drive_stops_when_an_unpartitioned_run_fails():
    launched = []

    def launch(run):
        launched.append(run.job)
        return run.job != "build_corpus"

    with pytest.raises(DriveStopped, match="build_corpus failed"):
        drive(plan(RECIPE, Sources(), Goal.REPORT), launch)
    assert launched[-1] == "build_corpus"
