"""Points of a data curve are named in the scores by what was really taught."""

from datetime import date

import pytest

from assets.evaluation import curve_scores
from assets.stage_asset import Stage
from pipeline.parameters import EvaluationParams
from pipeline.progress import silent
from pipeline.storage import Address, Fingerprint
from pipeline.tables import PARALLEL_CORPUS, as_table

FINGERPRINT = Fingerprint(code_version="1", parameters={}, inputs={})


@pytest.fixture
def curve(place, tiny_model_folder):
    """Students of a curve, by what they were asked to learn and what they were taught."""

    def publish(**taught):
        return tuple(
            place.store.publish(
                Address("trial", "curve_students", f"{asked.removeprefix('n')} pairs"),
                tiny_model_folder,
                fingerprint=FINGERPRINT,
                metadata={"taught_pair_count": count},
            )
            for asked, count in taught.items()
        )

    return publish


def test_a_point_that_the_corpus_could_not_fill_bears_the_number_it_was_taught(
    place, curve, tiny_model_folder
):
    rows = [
        {
            "pair_id": str(number),
            "origin": "bitexts",
            "source_language": "tuk_Latn",
            "target_language": "rus_Cyrl",
            "source_text": f"kitap {number}",
            "target_text": f"книга {number}",
            "split": "test",
        }
        for number in range(12)
    ]
    corpus = place.store.publish(
        Address("trial", "parallel_corpus"),
        as_table(rows, PARALLEL_CORPUS),
        fingerprint=FINGERPRINT,
    )
    recipe = place.recipe(models={"start": str(tiny_model_folder)})
    stage = Stage(recipe, "", silent, date(2026, 11, 1), None, place.folder, None, None, None)
    params = EvaluationParams(bootstrap_count=100)
    product = curve_scores.body(stage, params, corpus, curve(n1000=1000, n50000=3210))
    named = {*product.content["model"].to_pylist()} - {"difference"}
    assert named == {"start", "1000 pairs", "3210 pairs"}
