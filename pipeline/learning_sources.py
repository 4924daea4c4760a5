"""What students are to learn from, and whether it is there, before anything runs. Pure."""

from collections.abc import Iterator, Mapping

from pipeline.bitext_source import BitextSource
from pipeline.parameters import TRIPLETS, LessonParams
from pipeline.recipe_sections import Students
from pipeline.synthesis_sections import Synthesis


def missing_sources(
    students: Students,
    synthesis: Synthesis,
    *,
    has_documents: bool,
    has_bitexts: bool,
    has_suites: bool,
) -> Iterator[str]:
    """What speaks against a recipe, a sentence each.

    One without any source is a beginning, or is there for its models and suites: it may be read.

    Args:
        students: that are to be trained.
        synthesis: who writes triplets.
        has_documents: whether there are books or news.
        has_bitexts: whether there are bitexts.
        has_suites: whether it names data sets to score on.
    """
    has_pairs, has_writers = has_documents or has_bitexts, bool(synthesis.strategies)
    if not has_pairs and not has_writers:
        return
    if has_writers and not has_documents and not synthesis.monolingual:
        yield "synthesis.monolingual: there is no text of the focus language to write about"
    if _learns_triplets(students) and not has_writers:
        yield f"students learn triplets ({TRIPLETS}), but `synthesis.strategies` is empty"
    if has_pairs:
        return
    if of_pairs := [one for one in students.objectives if one != TRIPLETS]:
        yield (
            f"students.objectives: {of_pairs[0]} learns from pairs, and there are none without"
            f" `inbox`, `news` and `bitexts`; {TRIPLETS} learns from triplets"
        )
    if students.curve():
        yield "students: the curves are of pairs, and there are none"
    if not has_suites:
        yield "suites: without pairs there is no held-out text, so name a suite to score on"


def beyond_most_pairs(
    students: Students, lessons: LessonParams, source_count: int, pivot_count: int
) -> Iterator[str]:
    """What speaks against a data curve, a sentence: a point that asks for more than is taught.

    Args:
        students: with the points.
        lessons: say how many pairs of a source and pivot are taught.
        source_count: of bitexts, where there is no other source of pairs.
        pivot_count: of pivot languages.
    """
    if lessons.balanced_by == "group":
        return
    stratum_count = (source_count if lessons.balanced_by == "source" else 1) * pivot_count
    asked, most = max(students.curve_pairs, default=0), lessons.most_pairs * stratum_count
    if asked > most:
        yield (
            f"students.curve_pairs: {asked} pairs are more than the {most} that lessons.most_pairs"
            f" ({lessons.most_pairs} of each source and pivot) lets through; raise it"
        )


def with_documents_of_bitexts(
    lessons: LessonParams, bitexts: Mapping[str, BitextSource]
) -> LessonParams:
    """The same lessons, bitexts that hold documents among the running text unless it is stated."""
    documents = [f"bitexts/{name}" for name, source in bitexts.items() if source.are_documents]
    if "running_text" in lessons.model_fields_set or not documents:
        return lessons
    return lessons.model_copy(update={"running_text": ",".join([lessons.running_text, *documents])})


def _learns_triplets(students: Students) -> bool:
    kinds = students.kinds.values()
    return TRIPLETS in students.objectives or any(kind.are_triplets_after for kind in kinds)
