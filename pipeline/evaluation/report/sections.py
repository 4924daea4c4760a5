"""What each kind of score measures, said once, in plain words; and its headline metric. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.evaluation.report.views import Comparison

LEAST_N = 30  # of a suite, before its figures are shown as results
_SENTENCES = "sentence embeddings"


@dataclass(frozen=True)
class Words:
    """What a reader must know of one kind of score.

    Attributes:
        label: in the list of sections.
        heading: as a question or a deed.
        intro: what is measured, and what is good.
        units: what N counts, and what a change is given in.
        headlines: metrics that may stand for a suite, the first that it has.
        system: kind of system that is measured; only systems of one kind stand in one table. Empty
            where no system is.
        least_n: with fewer cases a figure is an anecdote; None where any number tells something.
        is_compact: whether its tables have a line for each model and a column for each measure.
    """

    label: str
    heading: str
    intro: str
    units: str
    headlines: tuple[str, ...] = ()
    system: str = ""
    least_n: int | None = None
    is_compact: bool = False


SECTIONS: dict[str, Words] = {
    "retrieval": Words(
        "Retrieval",
        "Finding a translation",
        "Each sentence looks for its translation among all candidates of the other language."
        " Counted is how often the right one comes first. Held-out sentences were set apart from"
        " training; the gates say whether that held.",
        "N counts queries, “of” the candidates each chooses from. Changes are in percentage points"
        " (hundredths of MRR), compared query by query.",
        ("p_at_1", "xsim_error", "mining_f1"),
        _SENTENCES,
        LEAST_N,
    ),
    "mining": Words(
        "Mining",
        "Picking translations out of two heaps",
        "Two heaps of sentences are searched for pairs that translate each other; most sentences"
        " have no partner. F1 weighs pairs that were found wrongly against pairs that were missed:"
        " 100% is every pair and no other.",
        "N counts true pairs. Changes are in percentage points.",
        ("mining_f1",),
        _SENTENCES,
        LEAST_N,
    ),
    "similarity": Words(
        "Similarity",
        "Judging how alike two sentences are",
        "Correlation between the model's cosine and what people said: 1 is full agreement, 0 is"
        " none.",
        "N counts sentence pairs. Changes are in hundredths.",
        ("spearman",),
        _SENTENCES,
        LEAST_N,
    ),
    "paraphrase": Words(
        "Paraphrases",
        "Telling paraphrases from look-alikes",
        "Two sentences with one translation say the same; look-alikes have the same words and"
        " another meaning. Counted is how often the cosine tells them apart.",
        "N counts sentence pairs. Changes are in percentage points.",
        ("accuracy_at_tuned",),
        _SENTENCES,
        LEAST_N,
    ),
    "classification": Words(
        "Topics",
        "Knowing what a text is about",
        "The model stays as it is; a linear classifier learns topics or other labels from its"
        " vectors and is asked about texts it has not seen. Macro F1 weighs rare and frequent"
        " labels alike.",
        "N counts texts. Changes are in percentage points.",
        ("macro_f1", "few_shot_macro_f1"),
        _SENTENCES,
        LEAST_N,
    ),
    "passages": Words(
        "Passages",
        "Finding the passage that answers",
        "A question, or the title of an article, looks for the passage that answers it among all"
        " passages. Counted is how often a right one comes first.",
        "N counts queries, “of” the passages each chooses from. Changes are in percentage points.",
        ("top_1", "ndcg_at_10"),
        _SENTENCES,
        LEAST_N,
    ),
    "retention": Words(
        "Retention",
        "Keeping what was known",
        "A student that learns one language can forget another. Compared is the order in which"
        " the start model and the student rank held-out sentences by their likeness: 1 means"
        " nothing was lost. Where people have rated pairs of a language, it is how well the"
        " student agrees with them, over how well the start model does.",
        "N counts sentences, all pairs of which are compared, or rated pairs; the interval"
        " resamples them.",
        ("retention_spearman", "retention_sts"),
        _SENTENCES,
    ),
    "geometry": Words(
        "Geometry",
        "How the space is used",
        "Anisotropy is the mean cosine of different texts: 0 where they point everywhere, near 1"
        " where all look alike, and cosines must be read on that scale. Alignment is the mean"
        " squared distance of a text from its translation, 0 to 4: less is nearer, but a space in"
        " which all texts are one has 0 too. Uniformity is the log of the mean of exp(-2 squared"
        " distance) of different texts, at most 0: the lower, the more evenly they fill the space."
        " A good space is low in the last two at once; these figures explain the others and rank"
        " nobody.",
        "N counts pairs with different texts of the focus language; the interval resamples them."
        " Where a suite has several pivots, the figure is the mean over them.",
        least_n=LEAST_N,
        is_compact=True,
    ),
    "forms": Words(
        "Forms of a student",
        "With an adapter, or with shorter vectors",
        "A student may bring adapters that were trained to make it better at one task, and its"
        " vectors may have been trained to serve when they are cut short. Each such form is asked"
        " what it is for, beside the student itself: adapters for similarity are held against"
        " people's ratings, those for retrieval against passages, all else against translations.",
        "N counts queries or rated pairs. Changes are in percentage points, or hundredths of a"
        " correlation, and are from the student itself.",
        least_n=LEAST_N,
    ),
    "translation": Words(
        "Translation",
        "Translating",
        "Machine translations against those of people. chrF++ and BLEU count letters and words in"
        " common, 100 is the same text; TER counts edits, lower is better.",
        "N counts sentences. Changes are in points of the measure.",
        ("chrf2pp",),
        "translation",
        LEAST_N,
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
    ),
    "judged_triplets": Words(
        "Judged triplets",
        "Are the written triplets right?",
        "A language model wrote, about a sentence, one that follows from it and one that"
        " contradicts it. People, who did not know which was which, judged some of those that were"
        " kept, drawn by lot.",
        "N counts judged triplets; for agreement those that two or more people judged.",
    ),
    "alignment": Words(
        "Alignment",
        "Aligning the books",
        "Sentences of two editions are matched in order, and compared with matches known to be"
        " right. Matching by length alone stands beside it, for on easy books it goes far.",
        "N counts beads, groups of sentences that belong together.",
        ("strict_f1",),
        "alignment",
    ),
    "reading": Words(
        "Reading the pages",
        "Reading the pages",
        "Letters and words that were read wrongly, left out or invented, out of those on the"
        " page. Lower is better.",
        "N counts pages; long pages weigh more.",
        ("cer",),
        "reading",
    ),
    "ocr_benchmark": Words(
        "OCR on our own pages",
        "How well OCR reads these books",
        "Pages whose text layer is sound were read again as pictures, and compared with it: a"
        " measure that costs no typing. Lower is better.",
        "N counts pages.",
        ("cer",),
        "reading",
    ),
    "cost": Words(
        "Cost",
        "What a model costs to run",
        "How fast a model reads on this machine, and how much memory and disk it takes. Its share"
        " of what the machine does in plain matrix multiplication (GEMM), timed beside it, can be"
        " compared between machines.",
        "N counts passes over the texts. The range of a speed is from the slowest to the fastest"
        " pass; sizes are counted once.",
        is_compact=True,
    ),
}


def headline_comparisons(
    task: str, comparisons: Iterable[Comparison]
) -> Mapping[str, list[Comparison]]:
    """By suite, its directions in the metric that stands for it; suites without one are left out.

    Args:
        task: key of `SECTIONS`.
        comparisons: of its scores.
    """
    by_suite: dict[str, list[Comparison]] = {}
    for one in comparisons:
        if one.metric in SECTIONS[task].headlines:
            by_suite.setdefault(one.suite, []).append(one)
    found = {}
    for suite, own in by_suite.items():
        metric = min((one.metric for one in own), key=SECTIONS[task].headlines.index)
        found[suite] = [one for one in own if one.metric == metric]
    return found
