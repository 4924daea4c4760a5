"""Are the texts in the language they are said to be in? Pure.

Short texts say little, and Turkic neighbours little apart, so texts are joined with those behind
them until there are letters enough to judge, and names are passed over, see `passages`. Of 333
sentences of each of eleven FLORES-200 languages none was taken for another. Of 27 Tatoeba columns
22 had 3% or less; the other five do mix scripts, and the three worst of them are refused: Tatar and
Kazakh that are Latin in part, Uzbek that is Cyrillic in part.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluation.gates.passages import Passages, passages_of
from pipeline.evaluation.gates.words import listed
from pipeline.evaluation.measures.slices import script_name
from pipeline.evaluation.models import Texts
from pipeline.languages import language, language_codes
from pipeline.statistics import wilson
from pipeline.storage import GateVerdict
from pipeline.text import identify_language, normalise

_MOST_OTHER = 0.05  # of the passages, at the lower end of its interval
_NAMED_LEAST = 0.1  # of the passages: rarer languages are not named
_EXAMPLE_CHARACTERS = 60


@dataclass(frozen=True)
class _Side:
    """What was found in the texts of one side.

    Attributes:
        name: of the side or file, for people.
        stated: language code.
        text_count: how many there are.
        passages: what was judged of them.
        found: passages by the language they look like, most frequent first.
        example: the start of a passage in another language; empty where there is none.
    """

    name: str
    stated: str
    text_count: int
    passages: Passages
    found: Mapping[str, int]
    example: str

    @property
    def is_right(self) -> bool:
        """Whether another language is no more than noise."""
        n = sum(self.found.values())
        return not n or wilson(n - self.found.get(self.stated, 0), n).ci_low <= _MOST_OTHER

    @property
    def looks_like(self) -> str:
        """The code of the most frequent language."""
        return next(iter(self.found), self.stated)


def language_gate(sides: Mapping[str, Texts]) -> GateVerdict:
    """Refuse texts that are in another language, or another script, than is said.

    Names are passed over. Texts that are names alone pass if they read as stated all the same; else
    they are refused as not judged, for a language cannot be told by names, nor a wrong one.

    Args:
        sides: texts by the name of their side or file, e.g. `sources`. A language that is not in
            `languages.yaml` is not judged, and the reason says so.
    """
    known = {name: side for name, side in sides.items() if side.language in language_codes()}
    looked_at = [_look(name, side) for name, side in known.items()]
    wrong = [side for side in looked_at if not side.is_right]
    skipped = [f"{name} ({side.language})" for name, side in sides.items() if name not in known]
    sentences = [_wrong_sentence(side) for side in wrong] or [_right_sentence(looked_at)]
    if skipped:
        sentences.append(f"Not checked, for the language is not known here: {listed(skipped)}.")
    if wrong:
        sentences.append(_advice(looked_at))
    return GateVerdict("language", not wrong, " ".join(filter(None, sentences)))


def _look(name: str, side: Texts) -> _Side:
    passages = passages_of([normalise(text, side.language) for text in side.texts], side.language)
    codes = [identify_language(text, language_codes()).code for text in passages.texts]
    looked_at = zip(passages.texts, codes, strict=True)
    other = next((text for text, code in looked_at if code != side.language), "")
    found = dict(Counter(codes).most_common())
    example = other[:_EXAMPLE_CHARACTERS]
    return _Side(name, side.language, len(side.texts), passages, found, example)


def _right_sentence(sides: Sequence[_Side]) -> str:
    read = [
        f"{one.name} in {language(one.stated).name}{_passed_over(one)}"
        for one in sides
        if one.found
    ]
    short = [side.name for side in sides if not side.found]
    return " ".join(
        [f"The texts read as stated: {listed(read)}."] * bool(read)
        + [f"Not judged, for they are too short: {listed(short)}."] * bool(short)
    )


def _passed_over(side: _Side) -> str:
    count = side.passages.name_count
    if not count:
        return ""
    if not side.passages.is_without_names:
        return " (by names, for there is little else)"
    return f" ({count} of {side.text_count} texts, names, passed over)"


def _wrong_sentence(side: _Side) -> str:
    n = sum(side.found.values())
    others = [(code, count) for code, count in side.found.items() if code != side.stated]
    named = [one for one in others if one[1] >= _NAMED_LEAST * n] or others[:1]
    seen = listed([f"{count / n:.0%} {_likeness(code)}" for code, count in named])
    if not side.passages.is_without_names:
        return (
            f"The {side.name} are not judged: {side.passages.name_count} of {side.text_count} texts"
            f" are names, and the rest is too short to tell {_name(side.stated)}; of {n} passages"
            f" with the names {seen}, e.g. “{side.example}”."
        )
    return (
        f"The {side.name} should be {_name(side.stated)}, but of {n} passages"
        f"{_passed_over(side)} {seen}, e.g. “{side.example}”."
    )


def _likeness(code: str) -> str:
    if code not in language_codes():
        return "look like no language known here"
    return f"look like {_name(code)}"


def _name(code: str) -> str:
    entry = language(code)
    return f"{entry.name.partition(' (')[0]} in {script_name(entry.script)} letters"


def _advice(sides: Sequence[_Side]) -> str:
    """What to do: turn the sides round, state the language that it is, or clean the rows."""
    if not any(side.passages.is_without_names for side in sides if not side.is_right):
        return "Add texts of more than a name, such as sentences."
    stated, looks = [side.stated for side in sides], [side.looks_like for side in sides]
    if stated == looks:
        return "Take out the rows that are in another language or script."
    if sorted(stated) == sorted(looks):
        return "The sides are the wrong way round: exchange the columns, or their languages."
    if len(set(looks)) < len(set(stated)):
        return (
            "Two sides are in one language, as where a page without a translation falls back to"
            " the original: leave this document out."
        )
    return "Give the file of the language that is stated, or state the language that it is in."
