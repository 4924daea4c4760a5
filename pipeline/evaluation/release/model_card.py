"""The model card: what a model is, how good, from what, and what it is not. Pure.

After Mitchell et al. 2019, "Model Cards for Model Reporting"; the head is the YAML that model hubs
read.
"""

from collections.abc import Iterator, Mapping

import yaml

from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.release.card_facts import Card, Reviewing
from pipeline.evaluation.release.model_index import model_index
from pipeline.evaluation.report.facts import facts_of
from pipeline.evaluation.report.views import Comparison, compared
from pipeline.evaluation.report.words import (
    count,
    direction_name,
    language_name,
    language_tag,
    metric_name,
    number,
    spaced,
)

CARD_NAME, EXAMPLE_NAME = "README.md", "search_example.py"
_HUB_IDS = {
    "embedded:e5-small": "intfloat/multilingual-e5-small",
    "embedded:minilm": "sentence-transformers/all-MiniLM-L6-v2",
}
_MOST_OPEN_ROWS = 20
_LOAD_ADAPTER = """
Each is put on when it is wanted, and taken off by `disable_adapters()`. A model that has it inside
is written by `dutar merge-adapter . {task} NEW_FOLDER`.

```python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(".")  # run in the folder of the model
model.load_adapter("adapters/{task}", adapter_name="{task}")
```
"""
_STANDING_LIMITS = (
    "Held-out scores come from the corpus's own sources: other kinds of text may do worse.",
    "Trained on sentences; long passages were not looked at in training.",
)


def render_card(card: Card, prompts: Mapping[str, str], *, has_onnx: bool) -> str:
    """The card as Markdown.

    Args:
        card: what it tells.
        prompts: of the saved model, by name.
        has_onnx: whether ONNX exports are beside it.
    """
    sections = {
        "Use": _use(card, prompts, has_onnx=has_onnx),
        "Scores": _scores(card),
        **({"Adapters and shorter vectors": told} if (told := _forms(card)) else {}),
        "Training data": _data(card),
        "How it was made": _making(card),
        "Limits": [f"- {text}" for text in (*card.refusals, *_STANDING_LIMITS)],
        "Lineage": [f"- `{name}`: `{digest}`" for name, digest in card.lineage.items()],
    }
    parts = [_head(card), *_introduction(card)]
    parts += ["\n".join((f"## {title}\n", *lines)) for title, lines in sections.items()]
    return "\n\n".join(parts) + "\n"


def _head(card: Card) -> str:
    base = card.making.base_model
    content = {
        "language": [language_tag(code) for code in (card.focus, *card.pivots)],
        "license": card.licence.lower(),
        **({"base_model": _hub_id(base)} if base else {}),
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": ["sentence-transformers", "sentence-similarity", "feature-extraction"],
        "model-index": model_index(card.name, card.student, card.scores, card.suites),
    }
    return f"---\n{yaml.safe_dump(content, sort_keys=False)}---"


def _introduction(card: Card) -> Iterator[str]:
    yield f"# {card.name}"
    if not card.is_releasable:
        yield "**Not released: the gates below refused this model. Do not rely on it.**"
    pivots = " and ".join(language_name(code) for code in card.pivots)
    yield (
        f"A sentence-embedding model for {language_name(card.focus)} in one space with {pivots}:"
        f" a sentence and its translation get nearly the same unit vector. {card.title}."
    )


def _use(card: Card, prompts: Mapping[str, str], *, has_onnx: bool) -> list[str]:
    lines = [f"`{EXAMPLE_NAME}`, to be run in this folder:\n", "```python", card.example + "```\n"]
    if prompts:
        told = ", ".join(f"{name} `{text}`" for name, text in sorted(prompts.items()))
        lines.append(
            f"Prompts are part of the saved model ({told}). `encode` puts the query prompt before"
            " every text by itself; do not write it yourself. Texts that are only searched may be"
            " encoded by `encode_document`."
        )
    if has_onnx:
        lines.append(
            "\n`onnx/` has the same model for ONNX Runtime, in fp32 and int8, from token numbers to"
            " unit vectors; there the prompt has to be written before each text."
        )
    return lines


def _scores(card: Card) -> list[str]:
    rows = [
        _score_row(one, card)
        for table in card.scores.values()
        for one in compared(table)
        if card.student in one.by_model
    ]
    table = [
        "| suite | direction | metric | before | now | N | gain |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
    ]
    if len(rows) > _MOST_OPEN_ROWS:
        summary = f"<summary>{len(rows)} scores</summary>"
        table = ["<details>", summary, "", *table, "", "</details>"]
    return ["Each with its 95% interval and N; gains are over the model before training.\n", *table]


def _forms(card: Card) -> list[str]:
    """Adapters with what they learnt, and every form of the student beside itself."""
    lines = [f"- `adapters/{task}`, trained by {by}" for task, by in card.adapters.items()]
    if lines:
        task = next(iter(card.adapters))
        lines.append(_LOAD_ADAPTER.format(task=task))
    rows = [
        f"| {form} | {_form_cells(one, form, card)} |"
        for one in compared(card.forms)
        for form in one.by_model
        if form.startswith(f"{card.student} ")
    ]
    header = "| form | suite | direction | metric | the model itself | this form | N | gain |"
    return [*lines, header, f"|{' --- |' * 8}", *rows] if rows else lines


def _form_cells(one: Comparison, form: str, card: Card) -> str:
    score, itself, gain = one.by_model[form], one.by_model[card.student], one.difference(form)
    cells = (
        facts_of(card.suites, one.suite).title,
        direction_name(one.direction),
        metric_name(one.metric),
        _with_interval(itself),
        _with_interval(score),
        count(score["n"]),
        _with_interval(gain) if gain else "",
    )
    return " | ".join(cells)


def _score_row(one: Comparison, card: Card) -> str:
    score, start = one.by_model[card.student], one.by_model.get(START)
    gain = one.difference(card.student)
    cells = (
        facts_of(card.suites, one.suite).title,
        direction_name(one.direction),
        metric_name(one.metric),
        _number(start["value"]) if start else "",
        _with_interval(score),
        count(score["n"]),
        _with_interval(gain) if gain else "",
    )
    return f"| {' | '.join(cells)} |"


def _with_interval(score: Mapping[str, float | None]) -> str:
    value = _number(score["value"])
    low, high = score["ci_low"], score["ci_high"]
    return value if low is None or high is None else f"{value} ({number(low)} to {number(high)})"


def _number(value: float | None) -> str:
    return "undefined" if value is None else number(value)


def _data(card: Card) -> list[str]:
    rows = [
        f"| {source.origin} | {source.licence} | {count(source.pair_count)} |"
        for source in card.sources
    ]
    table = ["| origin | licence | training pairs or triplets |", "| --- | --- | --- |", *rows]
    return [*table, "", _reviewed(card.reviewing)]


def _reviewed(found: Reviewing) -> str:
    if not found.review_count:
        return "Nobody has reviewed these: their quality is the filter's alone."
    people = "one person" if found.annotator_count == 1 else f"{found.annotator_count} people"
    return (
        f"{count(found.review_count)} reviews by {people} stand behind the filter;"
        f" {count(found.reviewed_pair_count)} of the training pairs were reviewed and found right."
    )


def _making(card: Card) -> list[str]:
    made = card.making
    begin = f"`{_hub_id(made.base_model)}`" if made.base_model else "A new model"
    told = (
        f"{begin}, taught by `{_hub_id(made.teacher)}` with the objective"
        f" {made.objective} at the balance {made.balance:g}: the share of the focus language's"
        " weight against holding the pivots where they were."
    )
    facts = [f"- {spaced(name)}: {_fact(value)}" for name, value in made.facts.items()]
    return [told, "", *facts, f"\nTo make it again: `{card.command}`."]


def _fact(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return count(value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _hub_id(model: str) -> str:
    return _HUB_IDS.get(model, model)
