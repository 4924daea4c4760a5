"""What a person may say of a sentence beside another one that is true: four answers (pure).

The first three are those of natural language inference: entailment, neutral, contradiction.
"""

from typing import NamedTuple

FOLLOWS, OPEN, CONTRADICTS, BROKEN = "follows", "open", "contradicts", "broken"


class Inference(NamedTuple):
    """One answer: its code, what annotators read, and when to give it."""

    code: str
    name: str
    meaning: str


INFERENCES = (
    Inference(FOLLOWS, "True", "It follows from the sentence above"),
    Inference(OPEN, "Perhaps", "It may be so or not: the sentence above does not say"),
    Inference(CONTRADICTS, "False", "It contradicts the sentence above"),
    Inference(BROKEN, "No sentence", "It cannot be understood, or is in another language"),
)

INFERENCE_CODES = tuple(inference.code for inference in INFERENCES)
