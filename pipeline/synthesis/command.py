"""`dutar synthesize`: a text in, triplets out, as the assets make them."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.monolingual.choosing import choose_sentences
from pipeline.monolingual.reading import read_monolingual
from pipeline.parameters import AnchorParams, GenerationParams, TripletFilterParams
from pipeline.progress import Progress
from pipeline.synthesis.quality.filtering import filter_triplets
from pipeline.synthesis.quality.reasons import ORDER
from pipeline.synthesis.strategies import Asking
from pipeline.synthesis.writers import open_writer
from pipeline.synthesis.writing import write_triplets
from pipeline.synthesis_sections import GeneratorSource, MonolingualSource, StrategyName
from pipeline.waterfall import waterfall


@dataclass(frozen=True)
class Order:
    """What is asked of `dutar synthesize`.

    Attributes:
        text: file of running text.
        language: its code.
        written: code of the language to write in.
        strategy: how.
        source: the model.
        adapters: folder with `positive` and `negative`, for strategies that train them.
        teacher: name of the encoder that judges.
        anchors, generation, limits: parameters.
        work: folder of the record; None for one that is forgotten.
    """

    text: Path
    language: str
    written: str
    strategy: StrategyName
    source: GeneratorSource
    adapters: Path | None
    teacher: str
    anchors: AnchorParams
    generation: GenerationParams
    limits: TripletFilterParams
    work: Path | None = None


def synthesize(order: Order, out: Path, progress: Progress) -> list[str]:
    """Write triplets as JSON lines, the rejected ones with their reasons; returns the funnel.

    Raises:
        InputError: there is no such text or model, or a strategy lacks its adapters.
        SourceUnavailable: the hub or the server cannot be reached.
    """
    if order.strategy != "in_context" and order.adapters is None:
        raise InputError(f"{order.strategy} needs --adapters: a folder with positive and negative")
    teacher = load_encoder(order.teacher)

    def embed(texts: Sequence[str], language: str) -> npt.NDArray[np.float32]:
        return teacher.encode(texts, language=language)

    source = MonolingualSource(files=order.text.absolute(), licence="unknown")
    sentences = list(read_monolingual({"text": source}, order.language))
    anchors = choose_sentences(sentences, order.language, order.anchors, [None] * len(sentences))
    asking = Asking(order.written, (), embed, order.generation)
    writer = open_writer(order.strategy, order.source, order.adapters, asking)
    with tempfile.TemporaryDirectory() as forgotten:
        written = write_triplets(anchors, writer, order.work or Path(forgotten), progress)
    triplets = filter_triplets(
        written.triplets, embed, lambda texts: [None] * len(texts), order.limits
    )
    out.write_text(_as_lines(triplets), encoding="utf-8")
    steps = waterfall(triplets, ORDER)
    rejected = [f"{step.rejected_count:6} {step.name}" for step in steps[1:-1]]
    speed = f"{written.facts['tokens_per_second']:,.1f} tokens/s"
    return [
        f"{steps[0].left_count:6} triplets, {written.facts['completion_tokens']:,} tokens, {speed}",
        *rejected,
        f"{steps[-1].left_count:6} kept, in {out} with the others",
    ]


def _as_lines(triplets: pa.Table) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in triplets.to_pylist())
