"""Sentences of one language alone, which a start model is to translate back. Pure."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.monolingual.choosing import choose_sentences
from pipeline.near_duplicates import near_duplicates
from pipeline.parameters import AnchorParams
from pipeline.suites import EvaluatedIn
from pipeline.tables import kept
from pipeline.text.normalise import comparison_key

HELD_OUT = "held out: like a text of the dev or test split"


def judge_sentences(
    sentences: Iterable[dict[str, Any]],
    language: str,
    corpus: pa.Table,
    evaluated_in: EvaluatedIn,
    params: AnchorParams,
    min_similarity: float,
) -> pa.Table:
    """Every sentence of a language, and what speaks against translating it back, if anything does.

    Args:
        sentences: open rows of `ANCHOR_SENTENCES`; those of other languages are passed over.
        language: code.
        corpus: of schema `PARALLEL_CORPUS`; what is like its held-out texts is rejected.
        evaluated_in: tells for texts the evaluation sets that they give away.
        params: how long and how sure of its language a sentence must be; all that fit are taken.
        min_similarity: Jaccard index of character 5-grams, in (0, 1], from which texts are alike.

    Returns:
        Table of schema `ANCHOR_SENTENCES`, in the sentences' order.
    """
    own = [row for row in sentences if row["language"] == language]
    suites = evaluated_in([(language, row["text"]) for row in own])
    everything = params.model_copy(update={"anchor_count": len(own)})
    fit = choose_sentences(own, language, everything, suites)
    return without_held_out(fit, language, corpus, min_similarity)


def without_held_out(
    sentences: pa.Table, language: str, corpus: pa.Table, min_similarity: float
) -> pa.Table:
    """The same sentences; those that would give a held-out text away have that as their reason.

    Args:
        sentences: of schema `ANCHOR_SENTENCES`, of one language.
        language: their code.
        corpus: of schema `PARALLEL_CORPUS`.
        min_similarity: Jaccard index of character 5-grams, in (0, 1], from which texts are alike.
    """
    held_out = [
        comparison_key(row[f"{side}_text"], language)
        for row in kept(corpus).to_pylist()
        for side in ("source", "target")
        if row["split"] != "train" and row[f"{side}_language"] == language
    ]
    keys = [comparison_key(text, language) for text in sentences["text"].to_pylist()]
    alike = {match.query for match in near_duplicates(keys, held_out, min_similarity)}
    reasons = [
        reason or (HELD_OUT if number in alike else None)
        for number, reason in enumerate(sentences["reject_reason"].to_pylist())
    ]
    place = sentences.schema.get_field_index("reject_reason")
    column = pa.array(reasons, pa.string())
    return sentences.set_column(place, sentences.schema.field(place), column)


def kept_texts(sentences: pa.Table, language: str) -> list[str]:
    """Texts of a language, of schema `ANCHOR_SENTENCES`, against which nothing speaks."""
    fit = kept(sentences)
    texts: list[str] = fit.filter(pc.equal(fit["language"], language))["text"].to_pylist()
    return texts
