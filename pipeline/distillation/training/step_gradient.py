"""The gradient of one step, in as many parts as memory demands."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from pipeline.distillation.objectives.cached import backward_cached
from pipeline.distillation.objectives.weighing import Weighed
from pipeline.distillation.training.batch_encoding import BatchEncoder
from pipeline.distillation.training.flat_texts import FlatTexts
from pipeline.distillation.training.peers import PeerLacksMemoryError, Peers
from pipeline.errors import InputError

_CPU_MESSAGE = "can't allocate memory"  # torch has no type of its own for it


class StepGradient:
    """Adds a step's gradient to the parameters' `grad`.

    When memory runs out, the step is run again in twice as many parts, and so are the steps after
    it. The loss stays what it was, see `objectives.cached`; only sums are rounded otherwise. Of
    several processes all do so as soon as one runs out.

    Attributes:
        part_count: 1 until memory ran out.
    """

    def __init__(self, encoder: BatchEncoder, peers: Peers) -> None:
        self._encoder, self._peers = encoder, peers
        self.part_count = 1

    def add(
        self, texts: FlatTexts, loss_of: Callable[[Tensor], Weighed], forget: Callable[[], None]
    ) -> Weighed:
        """Encode a step's texts, weigh their vectors, and go back.

        Args:
            texts: in any order.
            loss_of: of their vectors, (n, dimension) in that order.
            forget: clears gradients that an attempt without enough memory left.

        Raises:
            InputError: not even a text at a time fits.
        """
        while (weighed := self._attempt(texts, loss_of)) is None:
            forget()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            if self.part_count >= len(texts):
                raise InputError(
                    f"not even one of {len(texts)} texts at a time fits into memory: choose a "
                    "smaller model, lower max_tokens, or train on a larger machine"
                )
            self.part_count *= 2
        return weighed

    def _attempt(self, texts: FlatTexts, loss_of: Callable[[Tensor], Weighed]) -> Weighed | None:
        """The gradient in `part_count` parts, or None if memory runs out in any process.

        A process meets the others twice, before vectors are gathered and when its gradient is
        whole; one that lacks memory says so where it would have met them next.
        """
        order = np.argsort(-texts.lengths, kind="stable")  # longest first: a lack shows at once
        place = torch.from_numpy(np.argsort(order))

        def loss_in_order(own: Tensor) -> Weighed:
            return loss_of(self._peers.gather(own, len(order))[place.to(own.device)])

        own, embed = texts.take(self._peers.share(order)), self._encoder.embed
        if not len(own):
            own, embed = texts.take(order[-1:]), self._embed_none
        try:
            weighed = backward_cached(_cut(own, self.part_count), embed, loss_in_order)
        except PeerLacksMemoryError:
            return None
        except (MemoryError, RuntimeError) as error:
            if not _is_lack_of_memory(error):
                raise
            self._peers.are_all_well(is_well=False)
            return None
        return weighed if self._peers.are_all_well(is_well=True) else None

    def _embed_none(self, texts: FlatTexts) -> Tensor:
        """(0, d) vectors, with zero gradients to every parameter that texts have gradients to."""
        return self._encoder.embed(texts)[:0]


def _is_lack_of_memory(error: MemoryError | RuntimeError) -> bool:
    is_named = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return is_named or _CPU_MESSAGE in str(error)


def _cut(texts: FlatTexts, part_count: int) -> list[FlatTexts]:
    """Runs of about equally many tokens, none empty; so many parts as texts are one text each."""
    count = len(texts)
    marks = np.linspace(0, texts.offsets[-1], part_count + 1)[1:-1]
    cuts = np.unique(np.searchsorted(texts.offsets[1:-1], marks, "left") + 1)
    runs = np.split(np.arange(count), np.arange(1, count) if part_count >= count else cuts)
    return [texts.take(run) for run in runs if len(run)]
