"""What people say of written triplets, through Dagster: from their files to the lessons."""

import dagster as dg
import pytest

from assets import STAGE_ASSETS
from assets.building import build_asset
from assets.previews import triplet_scores_preview
from assets.resources import ArtefactStore
from assets.showing import describe
from pipeline.annotation.file_source import write_reviews
from pipeline.annotation.review_lines import TripletLine
from pipeline.distillation.lessons.lesson_table import JUDGED_WRONG
from pipeline.storage import Address, Fingerprint
from pipeline.tables import FILTERED_TRIPLETS, NEIGHBOUR_TEXTS, PARALLEL_CORPUS, as_table
from tests.stages.triplet_rows import triplet

SAID = [("follows", "contradicts"), ("follows", "open"), ("follows", "contradicts")]


@pytest.fixture
def recipe(place):
    reviews = place.folder / "reviews"
    (reviews / "triplets").mkdir(parents=True)
    synthesis = {"strategies": ["in_context"]}
    return place.recipe(annotation={"reviews": str(reviews)}, synthesis=synthesis)


@pytest.fixture
def make(place):
    """Materialize some of a recipe's assets, as a run of their own; returns their artefacts."""

    def call(recipe, *names, partition=None):
        dg.materialize(
            [build_asset(one, recipe) for one in STAGE_ASSETS],
            selection=[dg.AssetKey([recipe.name, name]) for name in names],
            resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
            instance=place.instance,
            partition_key=partition,
        )
        return [place.store.find(Address(recipe.name, name, partition)) for name in names]

    return call


@pytest.fixture
def tasks(place, recipe, make):
    """The sample of four kept triplets."""
    rows = [triplet(number) for number in range(4)]
    stored = {
        ("filtered_triplets", "in_context"): as_table(rows, FILTERED_TRIPLETS),
        ("parallel_corpus", None): PARALLEL_CORPUS.empty_table(),
        ("neighbour_texts", None): NEIGHBOUR_TEXTS.empty_table(),
    }
    for (asset, partition), table in stored.items():
        address = Address(recipe.name, asset, partition)
        place.store.publish(address, table, fingerprint=Fingerprint("1"))
    (sample,) = make(recipe, "triplet_tasks", partition="in_context")
    return sample.read().to_pylist()


def judge(recipe, tasks):
    """Write down what one annotator says of the first tasks."""
    lines = [
        task
        | {"annotator": "annotator_1", "updated_at": "2026-11-21T12:00:00Z"}
        | {"positive_verdict": positive, "negative_verdict": negative}
        for task, (positive, negative) in zip(tasks, SAID, strict=False)
    ]
    write_reviews(recipe.annotation.reviews / "triplets" / "all.jsonl", lines, TripletLine)


CHAIN = ("triplet_reviews", "triplet_verdicts", "triplet_scores", "lessons")


def test_a_triplet_that_people_judge_wrong_is_not_learnt(recipe, make, tasks):
    *_, lessons = make(recipe, *CHAIN)
    assert lessons.manifest.metadata["triplet_count"] == 4
    judge(recipe, tasks)
    *_, scores, lessons = make(recipe, *CHAIN)
    reasons = {row["lesson_id"]: row["reject_reason"] for row in lessons.read().to_pylist()}
    assert reasons == {
        task["triplet_id"]: JUDGED_WRONG if number == 1 else None
        for number, task in enumerate(tasks)
    }
    assert lessons.manifest.metadata["triplet_count"] == 3
    assert lessons.manifest.metadata["judged_wrong_count"] == 1
    found = {row["metric"]: row["value"] for row in scores.read().to_pylist()}
    assert found["positive_follows"] == 1
    assert found["triplet_right"] == pytest.approx(2 / 3)
    assert "negatives that contradict" in describe(scores, triplet_scores_preview)["judged"].value


def test_reviews_that_did_not_change_are_no_new_version(recipe, make, tasks):
    judge(recipe, tasks)
    before = make(recipe, *CHAIN)
    again = make(recipe, *CHAIN)
    assert [one.manifest.ledger for one in again] == [one.manifest.ledger for one in before]


def test_a_recipe_without_triplets_asks_no_server_about_them(place, make, monkeypatch):
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_TOKEN", "unused")
    reviews, verdicts, scores = make(place.recipe(), *CHAIN[:3])
    assert [one.row_count for one in (reviews, verdicts, scores)] == [0, 0, 0]


def test_nobody_s_words_are_an_empty_table(place, make):
    recipe = place.recipe(synthesis={"strategies": ["in_context"]})
    (reviews,) = make(recipe, "triplet_reviews")
    assert reviews.row_count == 0
