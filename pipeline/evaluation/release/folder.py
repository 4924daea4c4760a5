"""A student as people receive it: one folder that loads by itself and tells what it is.

`SentenceTransformer(folder).encode(texts)` gives the vectors that were scored, for the prompt that
the student was trained with is made the default.
"""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders.folders import appearing_whole
from pipeline.errors import InputError
from pipeline.evaluation.release.card_facts import Card
from pipeline.evaluation.release.model_card import CARD_NAME, EXAMPLE_NAME, render_card
from pipeline.tables import identify

ONNX_FOLDER_NAME = "onnx"
_CONFIGURATION = "config_sentence_transformers.json"
_DEFAULT_PROMPT = "query"
_EXAMPLE_COUNT = 5
_EXAMPLE_CHARACTERS = range(15, 100)


def write_release(student: Path, exports: Path | None, card: Card, folder: Path) -> Path:
    """Write the released model.

    Args:
        student: a sentence-transformers folder.
        exports: folder of its ONNX exports; None leaves them out.
        card: what the model card tells.
        folder: appears whole or not at all.

    Returns:
        The folder: the model with its prompts, `onnx/`, the model card `README.md`, and
        `search_example.py`.

    Raises:
        InputError: `student` is no model's folder.
    """
    if not (student / "modules.json").is_file():
        raise InputError(f"{student} is no sentence-transformers folder: it has no modules.json")
    with appearing_whole(folder) as unfinished:
        shutil.copytree(student, unfinished, dirs_exist_ok=True)
        prompts = _bake_prompts(unfinished / _CONFIGURATION)
        if exports is not None:
            shutil.copytree(exports, unfinished / ONNX_FOLDER_NAME)
        text = render_card(card, prompts, has_onnx=exports is not None)
        (unfinished / CARD_NAME).write_text(text, encoding="utf-8")
        (unfinished / EXAMPLE_NAME).write_text(card.example, encoding="utf-8")
    return folder


def example_pairs(corpus: pa.Table, licences: frozenset[str]) -> list[tuple[str, str]]:
    """A few held-out pairs of sentences for the example: focus text and pivot text.

    Ordered, and so chosen, by their hashes; only from sources under one of `licences`, and with no
    text twice.
    """
    test = corpus.filter(pc.equal(corpus["split"], "test"))
    found: dict[str, str] = {}
    for row in sorted(test.to_pylist(), key=lambda row: identify(row["pair_id"] or "")):
        source, target = row["source_text"], row["target_text"]
        is_short = all(len(text) in _EXAMPLE_CHARACTERS for text in (source, target))
        if is_short and row["licence"] in licences and target not in found.values():
            found.setdefault(source, target)
    return list(found.items())[:_EXAMPLE_COUNT]


def _bake_prompts(configuration: Path) -> dict[str, str]:
    """Make the query prompt the default; returns the prompts.

    Newer versions of sentence-transformers call the searched side `document`, older models call it
    `passage`: a released model knows both names.
    """
    content = json.loads(configuration.read_text(encoding="utf-8"))
    prompts = {name: text for name, text in content.get("prompts", {}).items() if text}
    searched = prompts.get("document", prompts.get("passage"))
    if searched is not None:
        prompts |= {"passage": searched, "document": searched}
    content["prompts"] = prompts
    content["default_prompt_name"] = _DEFAULT_PROMPT if _DEFAULT_PROMPT in prompts else None
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    configuration.write_text(text + "\n", encoding="utf-8")
    return prompts
