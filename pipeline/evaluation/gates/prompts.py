"""Is a model asked as it was trained? A prompt left out, or put twice, costs points unseen. Pure.

Three checks: what the folder declares against what the model's family was trained with, texts that
bring their own prompt, and, where there is time to encode a sample twice, whether another prompt
does clearly better. Measured with e5-small on 200 Turkmen-Russian pairs of FLORES-200: `query: `
twice loses 4 points of P@1 against once; none at all is no worse, so that a difference must be both
large and sure before it counts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.encoders import Encoder, Role
from pipeline.errors import InputError
from pipeline.evaluation.gates.words import listed
from pipeline.evaluation.models import Texts
from pipeline.statistics import sign_test
from pipeline.storage import GateVerdict

Hits: TypeAlias = npt.NDArray[np.bool_]

_MOST_PREFIXED = 0.01  # share of texts; nobody begins a sentence with `query: ` by chance
_MOST_CHANCE = 0.01
_CLEAR_GAIN = 0.03
_NAMES: Mapping[Role, tuple[str, ...]] = {
    "query": ("query",),
    "passage": ("passage", "document"),
}
_CONFIGURATION = "config_sentence_transformers.json"


@dataclass(frozen=True)
class _Family:
    """Models trained with the same prompts, recognised by their names."""

    name: str
    pattern: re.Pattern[str]
    prompts: Mapping[Role, str]


_FAMILIES = (
    _Family(
        "E5",
        re.compile(r"(?:^|[:/_-])e5-(?:small|base|large)(?!.*instruct)", re.IGNORECASE),
        {"query": "query: ", "passage": "passage: "},
    ),
    _Family(
        "Nomic Embed",
        re.compile(r"nomic-embed-text", re.IGNORECASE),
        {"query": "search_query: ", "passage": "search_document: "},
    ),
)


def read_prompts(name: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """What a model is called, and its prompts by their names.

    Args:
        name: as the user gave it.
        folder: of the model; a file that is not there says nothing.

    Raises:
        InputError: a configuration file is no JSON.
    """
    origin = _content(folder / "config.json").get("_name_or_path", "")
    prompts = _content(folder / _CONFIGURATION).get("prompts") or {}
    return [one for one in (name, folder.name, origin) if one], prompts


def hits_with(encoder: Encoder, queries: Texts, pool: Texts, prefix: str = "") -> Hits:
    """Whether each query's own candidate, in the same place, is the nearest, (n,) bool.

    Args:
        encoder: puts its own prompts before all texts, as ever.
        queries: at most a few hundred, distinct.
        pool: as many.
        prefix: put before the texts of both sides besides, e.g. `query: ` for an encoder that
            declares no prompts.
    """
    first, second = (
        encoder.encode(
            [prefix + text for text in side.texts], language=side.language, role=side.role
        )
        for side in (queries, pool)
    )
    return np.asarray((first @ second.T).argmax(axis=1) == np.arange(len(first)))


def prompts_by_role(prompts: Mapping[str, str]) -> dict[Role, str]:
    """What our encoders put before a text of each role, out of a model's named prompts."""
    return {
        role: next((prompts[name] for name in names if name in prompts), "")
        for role, names in _NAMES.items()
    }


def declared_prompt_gate(names: Sequence[str], prompts: Mapping[str, str]) -> GateVerdict:
    """Refuse a model whose folder does not declare the prompts that it was trained with.

    Args:
        names: what the model is called: as given, its folder, `_name_or_path` of its `config.json`.
        prompts: by name, as in `config_sentence_transformers.json`.
    """
    used = prompts_by_role(prompts)
    declared = {name: text for name, text in prompts.items() if text}
    family = next((one for one in _FAMILIES if any(map(one.pattern.search, names))), None)
    if family and used != family.prompts:
        return _refusal(
            f"{names[0]} is called like an {family.name} model, which was trained with"
            f" {_shown(family.prompts)}, but its folder declares {_shown(declared)}. Write the"
            f" prompts into {_CONFIGURATION}, under `prompts`, or rename the model if it is of"
            " another kind."
        )
    if declared and not any(used.values()):
        return _refusal(
            f"{names[0]} declares {_shown(declared)}, none called query, passage or document, so"
            " that texts would be encoded without. Name the one that fits `query` in"
            f" {_CONFIGURATION}, and the one for searched texts `passage`."
        )
    asked = _shown({role: text for role, text in used.items() if text})
    return GateVerdict("prompt", is_passed=True, reason=f"{names[0]} is asked with {asked}.")


def doubled_prompt_gate(prompts: Mapping[str, str], texts: Sequence[str]) -> GateVerdict:
    """Refuse texts that already begin with a prompt, be it this model's or another family's.

    Args:
        prompts: the model's, by name.
        texts: of a suite, as they are given to the encoder.
    """
    families = (text for family in _FAMILIES for text in family.prompts.values())
    starts = {text.strip().casefold(): text for text in (*families, *prompts.values())}
    known = tuple(start for start in starts if start)
    found = [text for text in texts if text.lstrip().casefold().startswith(known)]
    if len(found) <= _MOST_PREFIXED * len(texts):
        reason = f"{len(found)} of {len(texts):,} texts begin with a prompt."
        return GateVerdict("prompt", is_passed=True, reason=reason)
    own = {name: text for name, text in prompts.items() if text}
    trouble = "it would stand there twice" if own else "this model knows none"
    return _refusal(
        f"{len(found):,} of {len(texts):,} texts begin with a prompt, e.g. “{found[0][:40]}”, and"
        f" {trouble}. Take the prompts out of the texts: they belong into the model's"
        f" {_CONFIGURATION}."
    )


def measured_prompt_gate(
    used: npt.ArrayLike, others: Mapping[str, npt.ArrayLike], what: str = "queries"
) -> GateVerdict:
    """Refuse a model that does clearly better with another prompt than with the one it is given.

    Clearly: by 0.03 or more, and with a two-sided sign test below 0.01, divided by the number of
    prompts tried (Bonferroni).

    Args:
        used: hit or miss of each unit as the suite asks, (n,).
        others: the same units with another prompt, by its name for people, e.g. `no prompt`.
        what: the units are.

    Raises:
        InputError: nothing to compare with, or not the same units.
    """
    if not others:
        raise InputError("name at least one other prompt to compare with")
    own = np.asarray(used, np.float64)
    tried = {name: np.asarray(hits, np.float64) for name, hits in others.items()}
    gains = {name: float(hits.mean() - own.mean()) for name, hits in tried.items()}
    chances = {name: sign_test(own, hits) for name, hits in tried.items()}
    best = max(gains, key=gains.__getitem__)
    reason = (
        f"As asked, the model scores {own.mean():.3f} over {len(own)} {what}; with {best}"
        f" {own.mean() + gains[best]:.3f} (p = {chances[best]:.2g})."
    )
    if gains[best] < _CLEAR_GAIN or chances[best] * len(others) >= _MOST_CHANCE:
        return GateVerdict("prompt", is_passed=True, reason=reason)
    return _refusal(
        f"{reason} It was hardly trained with the prompt that it is given: correct the prompts in"
        f" its {_CONFIGURATION}, and score again."
    )


def _content(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    return content if isinstance(content, dict) else {}


def _refusal(reason: str) -> GateVerdict:
    return GateVerdict("prompt", is_passed=False, reason=reason)


def _shown(prompts: Mapping[str, str] | Mapping[Role, str]) -> str:
    quoted = [f"“{text}” ({name})" for name, text in prompts.items()]
    return f"the prompts {listed(quoted)}" if quoted else "no prompts"
