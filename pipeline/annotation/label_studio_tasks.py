"""Between our tables and Label Studio's JSON: a task out, a review in (pure).

Field names here are those of `interface.xml` beside this module.
"""

import base64
import hashlib
import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pipeline.annotation.verdict_codes import BY_CODE, MEANINGS
from pipeline.languages import Language, language
from pipeline.tables import identify
from pipeline.text.normalise import normalise

MODEL_VERSION = "dutar"


def as_task(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `ANNOTATION_TASKS` as Label Studio imports it.

    The probability goes along as the score of an empty prediction: an operator can sort by it, and
    no annotator is shown what a model thinks.
    """
    data: dict[str, Any] = {"pair_id": row["pair_id"], "queue_position": row["queue_position"]}
    for side in ("source", "target"):
        code = row[f"{side}_language"]
        data |= {
            f"{side}_language": code,
            f"{side}_language_name": language(code).name,
            f"{side}_letters": _letters_to_copy(language(code)),
            f"{side}_text": row[f"{side}_text"],
            f"{side}_context": row[f"{side}_context"] or "",
            f"{side}_link": _link(row[f"{side}_url"]),
            f"{side}_crop": _data_uri(row[f"{side}_crop"]),
        }
    task: dict[str, Any] = {"data": data}
    if row["probability"] is not None:
        score = float(row["probability"])
        task["predictions"] = [{"model_version": MODEL_VERSION, "score": score, "result": []}]
    return task


def as_review(
    annotation: Mapping[str, Any], data: Mapping[str, Any], annotator: str
) -> dict[str, Any]:
    """What one person said about one task, as a row of `REVIEWS`.

    Label Studio stores a prefilled text with every annotation; it is an edit only when it differs
    after normalisation. What cannot be understood is a row with its reason.
    """
    said = answers_in(annotation)
    verdict = only_choice(said.get("verdict"))
    meaning = only_choice(said.get("meaning"))
    row: dict[str, Any] = {
        **annotation_facts(annotation, annotator),
        "pair_id": str(data.get("pair_id") or ""),
        "verdict": verdict if verdict in BY_CODE else None,
        "meaning": int(meaning) if meaning in _MEANING_WORDS else None,
        "source_text": str(data.get("source_text") or ""),
        "target_text": str(data.get("target_text") or ""),
        "reject_reason": _complaint(data, verdict, meaning),
    }
    if row["reject_reason"] is None:
        row["source_edit"] = _edit(said.get("source_edit"), data, "source")
        row["target_edit"] = _edit(said.get("target_edit"), data, "target")
    return row


def annotation_facts(annotation: Mapping[str, Any], annotator: str) -> dict[str, Any]:
    """Which review it is, whose, and of when: columns that every table of reviews has."""
    return {
        # an emptied server counts from 1 again, so the number alone is no identity
        "review_id": identify("label_studio", str(annotation["id"]), annotation["created_at"]),
        "annotator": annotator,
        "updated_at": datetime.fromisoformat(annotation["updated_at"]),
    }


def answers_in(annotation: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What was said in each field of a form, as Label Studio keeps it."""
    return {item.get("from_name"): item.get("value") or {} for item in annotation["result"] or []}


def only_choice(value: Mapping[str, Any] | None) -> str | None:
    """The code that was chosen in a field; None without one, or of several."""
    choices = (value or {}).get("choices") or []
    return str(choices[0]) if len(choices) == 1 else None


def pseudonym(email: str, annotators: tuple[str, ...]) -> str:
    """The annotator whose account it is, or `reviewer_` and six digits of a hash for others."""
    name = email.partition("@")[0]
    if name in annotators:
        return name
    return f"reviewer_{hashlib.sha256(email.encode()).hexdigest()[:6]}"


_MEANING_WORDS = {str(value) for value in MEANINGS}
_TASK_KEYS = ("pair_id", "source_language", "target_language", "source_text", "target_text")


def _complaint(data: Mapping[str, Any], verdict: str | None, meaning: str | None) -> str | None:
    if missing := [key for key in _TASK_KEYS if not isinstance(data.get(key), str)]:
        return f"task without {missing[0]}"
    if verdict is None:
        return "no verdict"
    if verdict not in BY_CODE:
        return "unknown verdict"
    if meaning is not None and meaning not in _MEANING_WORDS:
        return "unknown meaning"
    return None


def _edit(value: Mapping[str, Any] | None, data: Mapping[str, Any], side: str) -> str | None:
    texts = (value or {}).get("text") or []
    lines = [texts] if isinstance(texts, str) else texts
    code = str(data[f"{side}_language"])
    mended = normalise(" ".join(map(str, lines)), code)
    return mended if mended and mended != normalise(str(data[f"{side}_text"]), code) else None


def _letters_to_copy(of: Language) -> str:
    """Letters that a keyboard without them lacks; none for a script that needs its own anyway."""
    return " ".join(letter for letter in of.alphabet if not letter.isascii()) if of.is_latin else ""


def _link(url: str | None) -> str:
    if not url or urlsplit(url).scheme not in {"http", "https"}:
        return ""
    address = html.escape(url)
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>'


def _data_uri(jpeg: bytes | None) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""
