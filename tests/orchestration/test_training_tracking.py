"""Curves of a recipe's trainings for TensorBoard, after the folder it was trained in is gone."""

import dagster as dg
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from assets.building import build_asset
from assets.resources import ArtefactStore
from assets.stage_asset import Product, stage_asset
from assets.training import piped_trainer
from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.process import train_in_process
from pipeline.encoders import load_encoder
from pipeline.errors import SourceUnavailable
from pipeline.parameters import DistillationParams


@pytest.mark.slow
def test_curves_outlive_the_work_folder_and_a_retry_goes_on_in_them(
    place, tiny_model_folder, monkeypatch
):
    monkeypatch.setenv("DUTAR_TRAINING_TRACKER", "tensorboard")
    texts = [f"salam {number}" for number in range(8)]
    vectors = load_encoder(str(tiny_model_folder)).encode(texts, language="tuk")
    params = DistillationParams(epochs=1, batch_pairs=2, max_tokens=16)
    job = TrainingJob(
        tiny_model_folder, texts, texts, vectors, params, checkpoint_steps=1, checkpoint_seconds=0
    )
    tries = []

    def trained(stage) -> Product:
        def fail_once(done, _total, _message):
            if len(tries) == 1:
                raise SourceUnavailable(f"lost at step {done}")  # the run tries again

        tries.append(stage.tracking_folder)
        folder = stage.work_folder / "training"
        train_in_process(job, folder, fail_once, piped_trainer(stage))
        return Product(folder / "student")

    dg.materialize(
        [build_asset(stage_asset(group="trial", code_version="1")(trained), place.recipe())],
        resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
        instance=place.instance,
    )
    assert len(tries) == 2
    assert not list(place.work.iterdir())
    assert tries[0] == tries[1]
    assert tries[1].parent == place.folder / "tracking" / "trial" / "trained"
    events = EventAccumulator(str(tries[1] / "training")).Reload().Scalars("loss")
    assert [event.step for event in events] == [0, 1, 2, 3]
    key = dg.AssetKey(["trial", "trained"])
    observed = place.instance.fetch_observations(key, limit=50).records
    named = [one.asset_observation.metadata.get("tracking") for one in observed]
    assert str(tries[1] / "training") in {one.value for one in named if one}
