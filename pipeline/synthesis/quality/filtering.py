"""Which triplets are good enough: form first, then what they repeat, then what the teacher says.

Pure but for the teacher, which is given. Every row of the input is a row of the output, kept or
with the first reason that spoke against it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz import fuzz

from pipeline.near_duplicates import near_duplicates
from pipeline.parameters import TripletFilterParams
from pipeline.suites import EvaluatedIn
from pipeline.synthesis.inferences import RELATIONS
from pipeline.synthesis.quality import reasons
from pipeline.tables import FILTERED_TRIPLETS, as_table
from pipeline.text.identify import language_score
from pipeline.text.normalise import comparison_key

Text = tuple[str, str]
Embed = Callable[[Sequence[str], str], npt.NDArray[np.float32]]
"""Unit vectors of texts in a language."""
"""For each (language, text) the evaluation set that it gives away, or None."""

MOST_ANCHORS_OF_AN_ANSWER = 3  # an answer that fits more of them says nothing of any

Row = dict[str, Any]


def filter_triplets(
    triplets: pa.Table, embed: Embed, evaluated_in: EvaluatedIn, params: TripletFilterParams
) -> pa.Table:
    """Judge every triplet.

    Args:
        triplets: table of schema `SYNTHETIC_TRIPLETS`.
        embed: the teacher.
        evaluated_in: tells evaluation text, for none of it may be trained on.
        params: limits of the rules.

    Returns:
        A table of schema `FILTERED_TRIPLETS`, in the order of `triplets`. Cosines are null where
        there was no answer.
    """
    rows: list[Row] = triplets.to_pylist()
    answered = [row for row in rows if row["reject_reason"] is None]
    _add_cosines(answered, embed)
    duplicates = _duplicates(answered, params)
    repeated = _repeated(answered)
    suites = evaluated_in(
        [(row["anchor_language"], row["anchor_text"]) for row in answered]
        + [(row["written_language"], row[f"{side}_text"]) for side in RELATIONS for row in answered]
    )
    count = len(answered)
    for place, row in enumerate(answered):
        suite = next(filter(None, suites[place::count]), None)
        row["reject_reason"] = (
            _fault_of_form(row, params)
            or (reasons.DUPLICATE if place in duplicates else None)
            or (reasons.REPEATED if place in repeated else None)
            or (f"{reasons.CONTAMINATION}: {suite}" if suite else None)
            or next(_faults_of_meaning(row, params), None)
        )
    return as_table(rows, FILTERED_TRIPLETS)


def _add_cosines(rows: Sequence[Row], embed: Embed) -> None:
    if not rows:
        return
    first = rows[0]
    anchors = embed([row["anchor_text"] for row in rows], first["anchor_language"])
    for side in RELATIONS:
        texts = embed([row[f"{side}_text"] for row in rows], first["written_language"])
        for row, cosine in zip(rows, np.einsum("ij,ij->i", anchors, texts), strict=True):
            row[f"{side}_cosine"] = float(np.float32(cosine))


def _duplicates(rows: Sequence[Row], params: TripletFilterParams) -> set[int]:
    """Places of rows whose anchor is nearly that of an earlier one."""
    keys = [comparison_key(row["anchor_text"], row["anchor_language"]) for row in rows]
    seen: set[str] = set()
    found = set()
    for place, key in enumerate(keys):
        if key in seen:
            found.add(place)
        seen.add(key)
    return found | _nearly_earlier(keys, params.near_duplicate_similarity)


def _nearly_earlier(keys: Sequence[str], min_similarity: float) -> set[int]:
    """Places of texts that resemble an earlier one: halves are compared with what precedes them."""
    if len(keys) < 2:  # noqa: PLR2004 - a text and an earlier one
        return set()
    middle = len(keys) // 2
    first, second = keys[:middle], keys[middle:]
    across = {middle + one.query for one in near_duplicates(second, first, min_similarity)}
    within = _nearly_earlier(second, min_similarity)
    return _nearly_earlier(first, min_similarity) | across | {middle + at for at in within}


def _repeated(rows: Sequence[Row]) -> set[int]:
    """Places of rows whose answer was given to many anchors: beyond the first few of each."""
    found = set()
    for side in RELATIONS:
        seen: Counter[str] = Counter()
        for place, row in enumerate(rows):
            key = comparison_key(row[f"{side}_text"], row["written_language"])
            seen[key] += 1
            if seen[key] > MOST_ANCHORS_OF_AN_ANSWER:
                found.add(place)
    return found


def _fault_of_form(row: Mapping[str, Any], params: TripletFilterParams) -> str | None:
    texts = [row[f"{side}_text"] for side in RELATIONS]
    written = row["written_language"]
    keys = [comparison_key(text, written) for text in texts]
    premise = comparison_key(row["anchor_text"], row["anchor_language"])
    alike = max(fuzz.ratio(premise, key) for key in keys) / 100
    faults = {
        f"{reasons.TOO_SHORT} {params.min_words} words": (
            min(len(text.split()) for text in texts) < params.min_words
        ),
        reasons.LANGUAGE: (
            min(language_score(text, written) for text in texts) < params.min_language_score
        ),
        reasons.COPY: premise in keys,
        reasons.NEAR_COPY: alike > params.max_copy_similarity,
        reasons.ALIKE: fuzz.ratio(*keys) / 100 > params.max_copy_similarity,
    }
    return next((reason for reason, is_found in faults.items() if is_found), None)


def _faults_of_meaning(row: Mapping[str, Any], params: TripletFilterParams) -> Iterator[str]:
    positive, negative = row["positive_cosine"], row["negative_cosine"]
    if positive < params.min_positive_cosine:
        yield f"{reasons.POSITIVE_FAR} {params.min_positive_cosine:g}"
    if positive > params.max_positive_cosine:
        yield f"{reasons.POSITIVE_NEAR} {params.max_positive_cosine:g}"
    if negative < params.min_negative_cosine:
        yield f"{reasons.NEGATIVE_FAR} {params.min_negative_cosine:g}"
    if negative > params.max_negative_cosine:
        yield f"{reasons.NEGATIVE_NEAR} {params.max_negative_cosine:g}"
    if positive - negative < params.min_cosine_gap:
        yield reasons.GAP
