"""What a language model is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Request:
    """One prompt.

    Attributes:
        key: tells requests apart.
        prompt: the whole text that the model is to go on with.
        seed: of what is drawn; the same for the same anchor, whoever is asked beside it.
    """

    key: str
    prompt: str
    seed: int


@dataclass(frozen=True)
class Completion:
    """One answer.

    Attributes:
        text: as it came; empty where none came.
        prompt_tokens: that the model read.
        completion_tokens: that it wrote.
        faults: of the attempts that failed, in order, each a clause for people.
        is_answered: whether the last attempt brought a text.
    """

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    faults: tuple[str, ...] = ()
    is_answered: bool = True


class Generator(Protocol):
    """Completes prompts; the weights are read when first needed."""

    @property
    def batch_prompts(self) -> int:
        """Requests that are best asked together (count)."""

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer each request, in their order; an answer is the same whoever is asked beside it.

        Raises:
            InputError: the model or its server cannot do what is asked.
            SourceUnavailable: the server answers nobody; these requests can be asked again.
        """
