"""What our LoRA settings give beside the published ones: one model, one corpus, both presets.

A pretrained model is taught the pairs of `translation_pairs` with `lora` and with `published_lora`,
and scored on held-out pairs beside what it was before; differences are paired. With a GPU, in the
project's root:
`python -m benchmarks.translation_presets FOLDER facebook/nllb-200-distilled-600M@refs/pr/39`.
Without a model a tiny one with random weights stands in, on a few pairs: it runs on a CPU in
minutes and says nothing but that it runs.
"""

import json
import sys
from pathlib import Path

from benchmarks.translation_pairs import HeldOut, held_out_pairs
from pipeline.directed_pairs import TextPairs
from pipeline.encoders import resolve_model_folder
from pipeline.evaluation.measures.scores import DIFFERENCE, START
from pipeline.evaluation.tasks.translation import TranslationTask, score_translation
from pipeline.measurements import software_versions
from pipeline.parameters import EvaluationParams, TranslationParams
from pipeline.translation.scratch import build_translator
from pipeline.translation.teaching import TranslationCourse, teach_translator
from pipeline.translation.translating import translate_texts
from pipeline.translation_directions import Direction
from pipeline.translation_models import TranslatorSize

DIRECTION = Direction("tuk_Latn", "rus_Cyrl")
PRESETS = ("lora", "published_lora")
SCORING = EvaluationParams()
TINY = TranslatorSize(hidden=16, layers=1, heads=2, feed_forward=32, pieces=300)
FEW = 24  # pairs of each split for the tiny model
BEAMS = 1


def params_of(preset: str, *, is_tiny: bool) -> TranslationParams:
    """The preset as it is; for the tiny model one short pass."""
    short = {"epochs": 1, "dev_pairs": 2, "dev_checks": 1, "max_tokens": 32} if is_tiny else {}
    return TranslationParams.model_validate({"preset": preset, **short})


def few(pairs: HeldOut) -> HeldOut:
    """The same in small."""
    train, dev, test = (part.evenly(FEW) for part in (pairs.train, pairs.dev, pairs.test))
    return HeldOut(train, dev, test, [""] * len(test))


def tiny_start(pairs: TextPairs, folder: Path) -> Path:
    """A model with random weights that has the pieces of the pairs."""
    texts = [*pairs.sources, *pairs.targets]
    if not folder.is_dir():
        build_translator(TINY, DIRECTION, texts, folder, seed=1)
    return folder


def taught(preset: str, start: Path, pairs: HeldOut, folder: Path, *, is_tiny: bool) -> Path:
    """The folder of the model that a preset makes; found again where it was made before."""
    params = params_of(preset, is_tiny=is_tiny)
    model = folder / f"rate_{params.learning_rate:g}" / "model"
    if not (folder / "facts.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        course = TranslationCourse(start, DIRECTION, pairs.train, pairs.dev, params)
        facts = teach_translator(course, folder).facts
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    print(f"{preset}: {(folder / 'facts.json').read_text(encoding='utf-8')}", flush=True)
    return model


def main(folder: Path, model: str | None) -> None:
    """Teach by both presets, and print scores and paired differences."""
    pairs = held_out_pairs(DIRECTION) if model else few(held_out_pairs(DIRECTION))
    start = resolve_model_folder(model) if model else tiny_start(pairs.train, folder / "start")
    print(f"{model or 'a tiny random model: only that it runs'}; {software_versions()}")
    models = {START: start}
    for preset in PRESETS:
        models[preset] = taught(preset, start, pairs, folder / preset, is_tiny=model is None)
    task = TranslationTask("held out", DIRECTION, pairs.test.sources, pairs.test.targets)
    said = {
        name: translate_texts(one, DIRECTION, task.sources, BEAMS) for name, one in models.items()
    }
    print(f"\n{DIRECTION.name}, N = {len(pairs.test)}, {SCORING.bootstrap_count} resamples\n")
    print("| system | metric | value (95 %) |\n| --- | --- | --- |")
    for against in (START, "published_lora"):
        for row in score_translation(task, said, SCORING, against).table().to_pylist():
            is_told = row["model"] == DIFFERENCE or against == START
            if is_told and not row["slice"]:
                name = row["note"] if row["model"] == DIFFERENCE else row["model"]
                told = f"{row['value']:.1f} ({row['ci_low']:.1f} to {row['ci_high']:.1f})"
                print(f"| {name} | {row['metric']} | {told} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)  # noqa: PLR2004 - optional
