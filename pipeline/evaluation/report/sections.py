"""The report's sections of scores: what each measures, said once, in plain words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from pipeline.evaluation.report.views import Comparison, compared

LEAST_N = 30  # of a suite, before its figures are shown as results


@dataclass(frozen=True)
class Words:
    """What a reader must know of one kind of score.

    Attributes:
        label: in the list of sections.
        heading: as a question or a deed.
        intro: what is measured, and what is good.
        units: what N counts, and what a change is given in.
        shares: metrics that are shown as percentages.
        least_n: with fewer cases a figure is an anecdote; None where any number tells something.
    """

    label: str
    heading: str
    intro: str
    units: str
    shares: frozenset[str] = frozenset()
    least_n: int | None = None


@dataclass(frozen=True)
class ScoreSection:
    """Words with the scores they are about."""

    key: str
    words: Words
    comparisons: tuple[Comparison, ...]

    @property
    def least_n(self) -> int:
        """Of all its figures, what the least supported rests on."""
        return min(int(comparison.first["n"]) for comparison in self.comparisons)

    @property
    def is_anecdote(self) -> bool:
        """Whether that is too little: folded away, so that nobody takes it for a result."""
        return self.words.least_n is not None and self.least_n < self.words.least_n


SECTIONS: dict[str, Words] = {
    "similarity": Words(
        "Similarity",
        "Judging how alike two sentences are",
        "Correlation between the model's cosine and what people said: 1 is full agreement, 0 is"
        " none.",
        "N counts sentence pairs. Changes are in hundredths.",
        least_n=LEAST_N,
    ),
    "paraphrase": Words(
        "Paraphrases",
        "Telling paraphrases from look-alikes",
        "Two sentences with one translation say the same; look-alikes have the same words and"
        " another meaning. Counted is how often the cosine tells them apart.",
        "N counts sentence pairs. Changes are in percentage points.",
        frozenset({"accuracy_at_0.8", "accuracy_at_tuned", "f1_at_tuned"}),
        least_n=LEAST_N,
    ),
    "classification": Words(
        "Topics",
        "Knowing what a text is about",
        "The model stays as it is; a linear classifier learns topics from its vectors and is"
        " asked about articles it has not seen.",
        "N counts articles. Changes are in percentage points.",
        frozenset({"accuracy", "macro_f1"}),
        least_n=LEAST_N,
    ),
    "passages": Words(
        "Passages",
        "Finding the passage that answers",
        "The title of an article looks for a passage of that article among those of all articles."
        " Counted is how often one of its passages comes first.",
        "N counts queries, “of” the passages each chooses from. Changes are in percentage points.",
        frozenset({"top_1"}),
        least_n=LEAST_N,
    ),
    "retention": Words(
        "Retention",
        "Keeping what was known",
        "A student that learns one language can forget another. Compared is the order in which"
        " the start model and the student rank held-out sentences by their likeness: 1 means"
        " nothing was lost.",
        "N counts sentences, all pairs of which are compared; the interval resamples sentences.",
    ),
    "agreement": Words(
        "Agreement",
        "Do the reviewers agree?",
        "Krippendorff's alpha over pairs that two people reviewed: 1 is full agreement, 0 what"
        " chance would give. Above 0.8 verdicts are reliable, below 0.67 the guidelines need work.",
        "N counts pairs that two or more people reviewed.",
    ),
    "precision": Words(
        "Precision",
        "How many pairs are right before any filter?",
        "Pairs that were drawn by lot and reviewed, whatever their scores: the share that"
        " reviewers found right as it was, by where the pair came from.",
        "N counts reviewed pairs.",
        frozenset({"precision"}),
    ),
    "reading": Words(
        "Reading the pages",
        "Reading the pages",
        "Letters and words that were read wrongly, left out or invented, out of those on the"
        " page. Lower is better.",
        "N counts pages; long pages weigh more.",
        frozenset({"cer", "wer"}),
    ),
    "ocr_benchmark": Words(
        "OCR on our own pages",
        "How well OCR reads these books",
        "Pages whose text layer is sound were read again as pictures, and compared with it: a"
        " measure that costs no typing. Lower is better.",
        "N counts pages.",
        frozenset({"cer", "wer"}),
    ),
}


def score_sections(tables: Mapping[str, pa.Table | None]) -> list[ScoreSection]:
    """Sections that have scores, in the order of `SECTIONS`.

    Args:
        tables: of schema `SCORES`, by a key of `SECTIONS`; others are left alone.
    """
    found = {key: compared(table) for key, table in tables.items()}
    reviewed = found.pop("agreement", [])
    found["agreement"] = [one for one in reviewed if one.metric != "precision"]
    found["precision"] = [one for one in reviewed if one.metric == "precision"]
    sections = [
        ScoreSection(key, words, tuple(found.get(key, ()))) for key, words in SECTIONS.items()
    ]
    return [section for section in sections if section.comparisons]
