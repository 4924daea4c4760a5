"""Alignment suites as tasks: two texts and the beads that people made. Reads their files."""

from pipeline.errors import InputError
from pipeline.evaluation.suites.tables import read_text_lines
from pipeline.evaluation.tasks.alignment_f1 import AlignmentTask
from pipeline.languages import language
from pipeline.suite_entries import AlignmentSuite
from pipeline.text.beads import parse_bead


def alignment_task(suite: AlignmentSuite) -> AlignmentTask:
    """The task of a suite.

    Raises:
        InputError: as `read_alignment_task`.
    """
    return read_alignment_task(suite.name, suite.languages, suite.texts, suite.beads, suite.note)


def read_alignment_task(
    name: str, languages: tuple[str, str], texts: tuple[str, str], gold: str, note: str = ""
) -> AlignmentTask:
    """A task from files.

    Args:
        name: of the data set.
        languages: of both texts.
        texts: paths; a sentence a line.
        gold: path; lines such as `[0,1]:[0]`.
        note: what a reader of the scores must know.

    Raises:
        InputError: a language is not known, a file is missing, a line is no bead, or a bead points
            beyond the text.
    """
    codes = language(languages[0]).code, language(languages[1]).code
    sides = [read_text_lines(path) for path in texts]
    parsed = [parse_bead(line) for line in read_text_lines(gold) if line]
    beads = [(bead.source, bead.target) for bead in parsed]
    for bead in beads:
        if any(max(ids, default=-1) >= len(side) for ids, side in zip(bead, sides, strict=True)):
            raise InputError(f"{name}: {gold} has {bead}, beyond the end of a text")
    return AlignmentTask(name, codes, sides[0], sides[1], beads, note)
