"""Sentences of the focus language, and what a language model writes about each of them."""

import pyarrow as pa

from pipeline.tables.columns import as_schema

ANCHOR_SENTENCES = as_schema(
    [
        ("anchor_id", pa.string(), "`identify(language, text)`"),
        ("language", pa.string()),
        ("text", pa.string()),
        ("document_key", pa.string(), "textbooks/... | news/... | monolingual/<source name>"),
        ("locator", pa.string(), "JSON: page, URL, or file and line"),
        ("licence", pa.string()),
        ("reject_reason", pa.string()),
    ]
)

SYNTHETIC_TRIPLETS = as_schema(
    [
        ("triplet_id", pa.string(), "`identify(strategy, anchor_id)`"),
        ("anchor_id", pa.string()),
        ("strategy", pa.string(), "in_context | adapters | xl_lora"),
        ("generator", pa.string(), "fingerprint of the model that wrote, prompts included"),
        ("anchor_language", pa.string()),
        ("written_language", pa.string(), "that positive and negative should be in"),
        ("anchor_text", pa.string()),
        ("positive_text", pa.string(), "should follow from the anchor; null without an answer"),
        ("negative_text", pa.string(), "should contradict it; likewise"),
        ("positive_raw", pa.string(), "the whole answer, as it came"),
        ("negative_raw", pa.string()),
        ("document_key", pa.string(), "the anchor's"),
        ("licence", pa.string(), "the anchor's"),
        ("prompt_tokens", pa.int32(), "of both prompts"),
        ("completion_tokens", pa.int32(), "of both answers"),
        ("faults", pa.list_(pa.string()), "of attempts that failed, in order"),
        ("reject_reason", pa.string(), "no answer, and why"),
    ]
)

FILTERED_TRIPLETS = as_schema(
    [
        *SYNTHETIC_TRIPLETS,
        ("positive_cosine", pa.float32(), "of anchor and positive, by the teacher; null without"),
        ("negative_cosine", pa.float32()),
    ]
)
