"""Whether a recipe has the text that its students are to learn from, said before anything runs."""

from collections.abc import Iterator

from pipeline.parameters import TRIPLETS
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


def _learns_triplets(students: Students) -> bool:
    kinds = students.kinds.values()
    return TRIPLETS in students.objectives or any(kind.are_triplets_after for kind in kinds)
