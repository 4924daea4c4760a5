"""Several processes that train one student, as torchrun starts them; or one process alone.

Each encodes a part of a step's texts, hears the vectors of all others, and works out the loss of
the whole step, so that texts are told apart across processes too. Gradients reach only what a
process has encoded itself, and are added up. The student is that of a single process but for the
order in which numbers are added.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, distributed
from torch.nn import Parameter


class PeerLacksMemoryError(MemoryError):
    """Another process ran out of memory before the vectors of all could be gathered."""


class Peers:
    """The processes of this run.

    Attributes:
        rank: of this one, from 0.
        count: of all.
    """

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank, self.count = rank, count

    @classmethod
    def found(cls) -> "Peers":
        """Meet those that torchrun started beside this process; alone if it did not."""
        if not distributed.is_torchelastic_launched():
            return cls()
        if not distributed.is_initialized():
            if is_gpu := torch.cuda.is_available():
                torch.cuda.set_device(distributed.get_node_local_rank())
            distributed.init_process_group("cpu:gloo,cuda:nccl" if is_gpu else "gloo")
        return cls(distributed.get_rank(), distributed.get_world_size())

    @property
    def is_first(self) -> bool:
        """Whether this one speaks and writes for all."""
        return self.rank == 0

    def share(self, rows: np.ndarray) -> np.ndarray:
        """This process's part of rows sorted by length: of the same lengths as the others'."""
        return rows[self.rank :: self.count]

    def gather(self, own: Tensor, count: int) -> Tensor:
        """Vectors of all processes, with gradients to its own.

        Args:
            own: (m, d) of this process's share.
            count: of all.

        Returns:
            (count, d) in the order of the rows that were shared out.

        Raises:
            PeerLacksMemoryError: another process said so, see `are_all_well`.
        """
        if self.count == 1:
            return own
        places = torch.arange(self.rank, count, self.count, device=own.device)
        vectors = own.new_zeros(count, own.shape[1]).index_copy(0, places, own.detach())
        if not self.are_all_well(is_well=True):
            raise PeerLacksMemoryError
        distributed.all_reduce(vectors)  # the others have zeros there, so nothing is rounded
        return vectors.index_copy(0, places, own)

    def are_all_well(self, *, is_well: bool) -> bool:
        """Whether every process is; each must ask before it waits for the others.

        The answer goes from host to host, so that no GPU is waited for.
        """
        if self.count == 1:
            return is_well
        answer = torch.tensor(int(is_well))
        distributed.all_reduce(answer, distributed.ReduceOp.MIN)
        return bool(answer.item())

    def add_gradients(self, parameters: Iterable[Parameter]) -> None:
        """Add up the gradients of all processes, in one message."""
        if self.count == 1:
            return
        gradients = [one.grad for one in parameters if one.grad is not None]
        together = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(together)
        parts = torch.split(together, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
