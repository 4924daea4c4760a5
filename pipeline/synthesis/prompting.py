"""Prompts: templates and examples are files beside this module, so that they can be read."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.languages import language
from pipeline.synthesis.inferences import RELATIONS, Inference, Relation

PROMPTS_FOLDER = Path(__file__).with_name("prompts")
EXAMPLES_LANGUAGE = "eng_Latn"


class Example(NamedTuple):
    """What is shown to a model."""

    premise: str
    hypothesis: str


def written_examples() -> list[Inference]:
    """The examples that come with Dutar, in English."""
    rows: list[dict[str, str]] = yaml.safe_load(_text("examples.yaml"))
    return [
        Inference(EXAMPLES_LANGUAGE, row["premise"], relation, row[relation])
        for row in rows
        for relation in RELATIONS
    ]


def in_context_prompt(
    premise: str, relation: Relation, written: str, examples: Sequence[Example]
) -> str:
    """Instruction, examples, then the premise, whose line is to be gone on with.

    Args:
        premise: in any language.
        relation: of what is to be written.
        written: the code of the language to write in.
        examples: shown in this order; the last ones weigh most.
    """
    words = _words(relation, written)
    return _render("in_context.jinja", premise=premise, examples=examples, **words)


def inference_prompt(premise: str, relation: Relation, written: str) -> str:
    """The short prompt of a model that has learnt what is wanted."""
    words = _words(relation, written)
    return _render("inference.jinja", premise=premise, language=language(written).name, **words)


def prompt_files() -> str:
    """All of the prompt files as one text: what prompts depend on besides their arguments."""
    paths = sorted(path for path in PROMPTS_FOLDER.iterdir() if path.is_file())
    return json.dumps({path.name: path.read_text(encoding="utf-8") for path in paths})


def _words(relation: Relation, written: str) -> dict[str, str]:
    words: dict[str, dict[str, str]] = yaml.safe_load(_text("relations.yaml"))
    name = language(written).name
    return {key: text.format(language=name) for key, text in words[relation].items()}


def _render(template: str, **values: Any) -> str:  # noqa: ANN401 - a template's values
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PROMPTS_FOLDER),
        autoescape=False,  # noqa: S701 - a prompt is no HTML
        trim_blocks=True,
        undefined=StrictUndefined,
    )


@lru_cache
def _text(name: str) -> str:
    return (PROMPTS_FOLDER / name).read_text(encoding="utf-8")
