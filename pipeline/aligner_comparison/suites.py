"""How models align the texts of an alignment suite: where two stages meet, outside both."""

from pipeline.alignment.commands.align import align_texts
from pipeline.alignment.sentences.length_baseline import length_baseline
from pipeline.evaluation.baselines import LengthRatio
from pipeline.evaluation.models import EncoderModel, Model
from pipeline.evaluation.tasks.alignment_f1 import Alignment, AlignmentTask
from pipeline.parameters import AlignmentParams


def align_task(task: AlignmentTask, model: Model) -> Alignment | None:
    """Our aligner on an encoder's vectors, Gale and Church's on lengths; None for other models."""
    source, target = task.languages
    if isinstance(model, EncoderModel):
        sides = (source, task.sources), (target, task.targets)
        beads = align_texts(*sides, model.encoder, AlignmentParams())
    elif isinstance(model, LengthRatio):
        beads = length_baseline(
            *([len(text) for text in side] for side in (task.sources, task.targets))
        )
    else:
        return None
    return Alignment(model.fingerprint, [(bead.source, bead.target) for bead in beads])
