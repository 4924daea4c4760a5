"""Which scored pairs are good enough, judged one by one: people first, then form, then scores.

Pure. Cheap rules come before the learnt probability, as in OpusCleaner and bicleaner. Every row of
the input is a row of the output, kept or with the first reason that spoke against it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from pipeline.corpus import reasons
from pipeline.parameters import FilterParams
from pipeline.tables import FILTERED_PAIRS, as_table, identify
from pipeline.text.normalise import normalise

Row = dict[str, object]

_ORPHANED = "orphaned"  # a verdict on a pair that is no more


def filter_pairs(
    scored: pa.Table,
    probabilities: pa.Table,
    verdicts: pa.Table,
    threshold: float | None,
    params: FilterParams,
    verdict_names: Mapping[str, str] | None = None,
) -> pa.Table:
    """Reject the pairs that are no training material by themselves.

    A reason of an earlier stage stands. What people reviewed follows them alone: correct pairs are
    kept whatever their scores, with their texts as mended (normalised) and the `pair_id` of these;
    scores and locator stay those of the texts as they were found. All other pairs must pass the
    rules of form. Then, once there is a threshold, those with a probability must reach it. Of the
    rest, aligned pairs need a cosine, mined pairs a margin, and bitexts neither.

    Numbers that disagree reject nothing: digits and words differ too often between good
    translations.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        probabilities: table of schema `PAIR_PROBABILITIES`; where a `pair_id` occurs more than
            once, its first row here belongs to its first row there, and so on.
        verdicts: table of schema `VERDICTS`, one row per reviewed pair.
        threshold: least probability, compared in single precision; None while nothing is
            calibrated.
        params: limits of the rules.
        verdict_names: what the codes of verdicts mean, for reasons; codes it lacks are shown as
            they are.

    Returns:
        A table of schema `FILTERED_PAIRS`, in the order of `scored`.
    """
    judged = {row["pair_id"]: row for row in verdicts.to_pylist() if row["status"] != _ORPHANED}
    names = verdict_names or {}
    rows: list[Row] = scored.to_pylist()
    for row, probability in zip(rows, _in_order_of(scored, probabilities), strict=True):
        verdict = judged.get(row["pair_id"])
        row.update({"probability": probability, "is_reviewed": verdict is not None})
        if row["reject_reason"] is None:
            row.update(
                {"reject_reason": _fault(row, threshold, params)}
                if verdict is None
                else _reviewed(row, verdict, names)
            )
    return as_table(rows, FILTERED_PAIRS)


def _in_order_of(scored: pa.Table, probabilities: pa.Table) -> Iterator[float | None]:
    """The probability of every scored row, None where it has none."""
    known: dict[str, list[float | None]] = defaultdict(list)
    ids, values = (probabilities[name].to_pylist() for name in ("pair_id", "probability"))
    for pair_id, value in zip(ids, values, strict=True):
        known[pair_id].append(value)
    seen: dict[str, int] = defaultdict(int)
    for pair_id in scored["pair_id"].to_pylist():
        mine = known.get(pair_id, [None])
        yield mine[min(seen[pair_id], len(mine) - 1)]
        seen[pair_id] += 1


def _reviewed(row: Row, verdict: Row, names: Mapping[str, str]) -> Row:
    """What a verdict changes about its pair."""
    if verdict["is_correct"] is None:
        return {"reject_reason": reasons.REVIEWERS_DISAGREE}
    if not verdict["is_correct"]:
        code = str(verdict["verdict"] or "")
        words = (reasons.REJECTED_BY_REVIEWERS, names.get(code, code))
        return {"reject_reason": ": ".join(filter(None, words))}
    mended = _mended(row, verdict)
    texts = (str(mended[f"{side}_text"]) for side in ("source", "target"))
    return mended | {"reject_reason": None if all(map(_is_spoken, texts)) else reasons.NO_LETTERS}


def _mended(row: Row, verdict: Row) -> Row:
    """Texts and identity of a pair as its reviewers left it."""
    source, target = (_text_of(side, row, verdict) for side in ("source", "target"))
    texts: Row = {"source_text": source, "target_text": target}
    if texts.items() <= row.items():
        return texts
    languages = str(row["source_language"]), str(row["target_language"])
    return texts | {"pair_id": identify(languages[0], source, languages[1], target)}


def _text_of(side: str, row: Row, verdict: Row) -> str:
    """One side's text: untouched, to the last character, unless somebody mended it."""
    found, judged = row[f"{side}_text"], verdict[f"{side}_text"]
    if judged is None or judged == found:
        return str(found)
    return normalise(str(judged), str(row[f"{side}_language"]))


def _fault(row: Row, threshold: float | None, params: FilterParams) -> str | None:
    """The first reason, if any, that speaks against a pair nobody reviewed."""
    source, target = str(row["source_text"]), str(row["target_text"])
    faults = {
        reasons.NO_LETTERS: not (_is_spoken(source) and _is_spoken(target)),
        reasons.IDENTICAL_SIDES: source.casefold() == target.casefold(),
        f"{reasons.TOO_SHORT} {params.min_characters} characters": (
            min(len(source), len(target)) < params.min_characters
        ),
        f"{reasons.LENGTH_RATIO} {params.min_length_ratio:g}": (
            _is_below(row["length_ratio"], params.min_length_ratio)
        ),
        **_score_faults(row, threshold, params),
    }
    return next((reason for reason, is_found in faults.items() if is_found), None)


def _score_faults(row: Row, threshold: float | None, params: FilterParams) -> dict[str, bool]:
    """The one score that decides about this pair, and whether it is missing or too low."""
    is_bitext = row["origin"] == "bitexts"
    if threshold is not None and row["probability"] is not None:
        value, least = row["probability"], threshold
        reason = f"{reasons.PROBABILITY} {least:.2f}"
    elif row["origin"] == "mined":
        value, least = row["margin"], params.min_margin
        reason = f"{reasons.MARGIN} {least:g}"
    else:
        value, least = None if is_bitext else row["cosine"], params.min_cosine
        reason = f"{reasons.COSINE} {least:g}"
    return {reasons.NOT_SCORED: value is None and not is_bitext, reason: _is_below(value, least)}


def _is_spoken(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _is_below(value: object, least: float) -> bool:
    """Compared as the values are stored, so that a score equal to its limit passes."""
    return isinstance(value, float) and value < float(np.float32(least))
