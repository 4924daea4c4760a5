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
        InputError: a file is missing, a line is no bead, or a bead points beyond the text.
    """
    codes = tuple(language(code).code for code in suite.languages)
    sides = [read_text_lines(path) for path in suite.texts]
    parsed = [parse_bead(line) for line in read_text_lines(suite.beads) if line]
    beads = [(bead.source, bead.target) for bead in parsed]
    for bead in beads:
        if any(max(ids, default=-1) >= len(side) for ids, side in zip(bead, sides, strict=True)):
            raise InputError(f"{suite.name}: {suite.beads} has {bead}, beyond the end of a text")
    return AlignmentTask(suite.name, (codes[0], codes[1]), sides[0], sides[1], beads, suite.note)
