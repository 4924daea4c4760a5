"""What is known of each language: alphabet, OCR model, splitter, identifiers, casing.

The entries are in `languages.yaml` beside this module, read once at first use. A code is ISO 639-3
and ISO 15924 joined by an underscore, as in FLORES-200: `tuk_Latn`.
"""

import difflib
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import InputError

_ENTRIES = Path(__file__).with_suffix(".yaml")


class Language(BaseModel):
    """One language in one script; equal codes are equal languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[a-z]{3}_[A-Z][a-z]{3}$")
    iso639_1: str = Field(pattern=r"^[a-z]{2}$")
    name: str  # in English
    endonym: str
    alphabet: str  # its letters in both cases, without spaces
    exclusive_letters: str  # those that no other language here of the same script has
    known_spelling: tuple[tuple[str, str], ...] = ()  # see `pipeline.text.respelling`
    tesseract: str  # as given to `tesseract -l`
    packages: tuple[str, ...]  # Debian's, which hold the OCR model
    quoted: tuple[str, ...] = ()  # codes of languages in other scripts that its books quote
    dictionary: str | None = None  # name of its spelling dictionary's files
    splitter: Literal["razdel", "sentencex", "danda"]
    abbreviations: tuple[str, ...]  # no sentence ends in these
    closing_abbreviations: tuple[str, ...] = ()  # one ends in these when a capital follows
    has_ordinal_dot: bool = False  # "3." is read "third"
    casing: Literal["default", "turkic"] = "default"  # turkic: I is the capital of dotless ı
    py3langid: str | None  # the identifier's code; None where it does not know the language
    pycld2: str | None
    nllb: str | None

    @property
    def script(self) -> str:
        """ISO 15924 code: `Latn`, `Cyrl`, `Beng`."""
        return self.code[4:]

    @property
    def is_latin(self) -> bool:
        """Whether it is written in Latin letters."""
        return self.script == "Latn"

    @property
    def is_cyrillic(self) -> bool:
        """Whether it is written in Cyrillic letters."""
        return self.script == "Cyrl"


def language(code: str) -> Language:
    """Look one language up.

    Raises:
        InputError: the code is not known; the message lists the known ones and the nearest.
    """
    registry = _registry()
    if code in registry:
        return registry[code]
    nearest = difflib.get_close_matches(code, registry, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    raise InputError(
        f"unknown language code {code!r}{hint} Known: {', '.join(registry)}. "
        f"An entry in pipeline/{_ENTRIES.name} adds one."
    )


def language_codes() -> tuple[str, ...]:
    """All known codes, in the order of the entries."""
    return tuple(_registry())


@lru_cache(maxsize=1)
def _registry() -> dict[str, Language]:
    entries = yaml.safe_load(_ENTRIES.read_text(encoding="utf-8"))
    alphabets = {code: "".join(entry["alphabet"].split()) for code, entry in entries.items()}
    return {
        code: Language.model_validate(
            {
                "py3langid": entry["iso639_1"],
                "pycld2": entry["iso639_1"],
                "nllb": code,
                **entry,
                "code": code,
                "alphabet": alphabets[code],
                "known_spelling": tuple(entry.get("known_spelling", {}).items()),
                "exclusive_letters": _exclusive_letters(code, alphabets),
            }
        )
        for code, entry in entries.items()
    }


def _exclusive_letters(code: str, alphabets: dict[str, str]) -> str:
    rivals = {
        letter
        for other, alphabet in alphabets.items()
        if other != code and other[4:] == code[4:]
        for letter in alphabet
    }
    return "".join(letter for letter in alphabets[code] if letter not in rivals)
