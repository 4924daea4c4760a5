"""Laws cut into passages, and questions whose answers are known by their place in the law."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.evaluation.suites.tables import read_columns, read_json_lines
from pipeline.suite_entries import Statute
from pipeline.text.passages import Paragraph, cut_passages, line_paragraphs


@dataclass(frozen=True)
class Law:
    """A law in passages, with questions.

    Attributes:
        passages: neighbouring paragraphs of one article.
        passage_of: position of the passage that holds each place.
        questions: texts.
        places: for each question where its answer stands; any one is enough.
        kinds: what sort of question each is; empty where not said.
    """

    passages: Sequence[str]
    passage_of: dict[str, int]
    questions: Sequence[str]
    places: Sequence[Sequence[str]]
    kinds: Sequence[str]

    def right_passages(self, suite: str) -> list[set[int]]:
        """For each question the positions of the passages that answer it.

        Raises:
            InputError: a question points to a place that the law does not have.
        """
        for question, places in zip(self.questions, self.places, strict=True):
            if lost := [place for place in places if place not in self.passage_of]:
                raise InputError(f"{suite}: the law has no {', '.join(lost)}, asked: {question}")
        return [{self.passage_of[place] for place in places} for places in self.places]


def read_statute(statute: Statute, language: str) -> Law:
    """The law's passages and the questions about it.

    Raises: as `read_columns`.
    """
    passages = cut_passages(read_paragraphs(statute, language))
    questions = read_json_lines(statute.questions)
    return Law(
        [passage.text for passage in passages],
        {place: number for number, passage in enumerate(passages) for place in passage.places},
        [str(one["question"]) for one in questions],
        [[str(place) for place in one["places"]] for one in questions],
        [str(one.get("kind", "")) for one in questions],
    )


def read_paragraphs(statute: Statute, language: str) -> list[Paragraph]:
    """Paragraphs of a text with a line each, or of rows that hold an article each."""
    if "article" in statute.text.columns:
        columns = read_columns(statute.text, ["article", "text"], language=language)
        return [
            Paragraph(f"{article}:{number}", text.strip(), number == 1)
            for article, content in zip(columns["article"], columns["text"], strict=True)
            for number, text in enumerate(filter(str.strip, content.splitlines()), 1)
        ]
    columns = read_columns(statute.text, ["line", "text"], language=language)
    lines = [
        (line, text)
        for line, text in zip(columns["line"], columns["text"], strict=True)
        if int(line) >= statute.first_line
    ]
    return line_paragraphs(lines, statute.heading)
