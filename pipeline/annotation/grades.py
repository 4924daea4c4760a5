"""What an expert may say about a passage that was found for a question: four grades (pure)."""

from typing import NamedTuple


class Grade(NamedTuple):
    """One grade: its code, what experts read, its hotkey, and when to give it."""

    code: str
    name: str
    hotkey: str
    meaning: str


GRADES = (  # best first
    Grade("excellent", "Excellent", "1", "Answers the question in full"),
    Grade("good", "Good", "2", "Answers it, but a detail is missing or must be searched for"),
    Grade("partly", "Partly", "3", "On the subject and of some use; the question stays open"),
    Grade("wrong", "Wrong", "4", "Does not answer the question"),
)

GRADE_CODES = tuple(grade.code for grade in GRADES)
