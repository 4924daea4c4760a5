"""What people are asked and what they said."""

import pyarrow as pa

from pipeline.tables.columns import Column, as_schema

ANNOTATION_TASKS = as_schema(
    [
        ("pair_id", pa.string()),
        ("annotator", pa.string(), "pseudonym of whom the task is for"),
        ("queue_position", pa.int32(), "0-based, for this annotator"),
        ("selection", pa.string(), "uncertain | random | second_opinion"),
        ("is_overlap", pa.bool_(), "another annotator has the same pair"),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("source_context", pa.string(), "neighbouring sentences; empty where there are none"),
        ("target_context", pa.string()),
        ("source_url", pa.string(), "of an article; empty for a book"),
        ("target_url", pa.string()),
        ("source_crop", pa.binary(), "JPEG of the place in the page; null for what has no page"),
        ("target_crop", pa.binary()),
        ("probability", pa.float32(), "that the pair is correct, [0, 1]; null before calibration"),
    ]
)

REVIEWS = as_schema(
    [
        ("review_id", pa.string(), "`identify(source, the source's own id)`"),
        ("pair_id", pa.string()),
        ("annotator", pa.string(), "pseudonym"),
        ("verdict", pa.string(), "a code of `pipeline.annotation.verdict_codes`"),
        ("meaning", pa.int32(), "1 (nothing in common) to 5 (the same); null when not rated"),
        ("source_text", pa.string(), "as shown"),
        ("target_text", pa.string()),
        ("source_edit", pa.string(), "as mended; null when left as it was"),
        ("target_edit", pa.string()),
        ("updated_at", pa.timestamp("us", tz="UTC")),
        ("reject_reason", pa.string()),
    ]
)

VERDICTS = as_schema(
    [
        ("pair_id", pa.string()),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("source_text", pa.string(), "as mended, if anyone did"),
        ("target_text", pa.string()),
        ("verdict", pa.string(), "the majority's; null when there is none"),
        ("is_correct", pa.bool_(), "null when annotators disagree: left for adjudication"),
        ("meaning", pa.float32(), "mean of the ratings, [1, 5]; null when not rated"),
        ("reviewer_count", pa.int32()),
        ("status", pa.string(), "single | agreed | majority | disputed | orphaned"),
    ]
)

CALIBRATION = as_schema(
    [
        ("fold", pa.int32(), "null: fitted on all verdicts; k: on those outside fold k"),
        ("feature", pa.string(), "`intercept` first"),
        ("weight", pa.float64(), "of the standardised feature, in log odds"),
        ("mean", pa.float64(), "what it is standardised by"),
        ("scale", pa.float64()),
    ]
)

_ANSWER: list[Column] = [
    ("answer_id", pa.string(), "of the question and the passage"),
    ("suite", pa.string(), "what is searched, e.g. turkmen_labour_code"),
    ("model", pa.string(), "who found it"),
    ("model_fingerprint", pa.string()),
    ("rank", pa.int32(), "1: what was found first"),
    ("pool_size", pa.int32(), "passages that it was chosen from"),
    ("question_language", pa.string()),
    ("passage_language", pa.string()),
    ("question", pa.string()),
    ("passage", pa.string()),
    ("document", pa.string()),
    ("first_place", pa.string(), "of the passage within the document"),
    ("last_place", pa.string()),
]

ANSWERS = as_schema(_ANSWER)

RATINGS = as_schema(
    [
        ("review_id", pa.string()),
        *_ANSWER,
        ("annotator", pa.string(), "pseudonym"),
        ("grade", pa.string(), "a code of `pipeline.annotation.grades`"),
        ("comment", pa.string(), "null where there is none"),
        ("updated_at", pa.timestamp("us", tz="UTC")),
        ("reject_reason", pa.string()),
    ]
)

_TRIPLET: list[Column] = [
    ("task_id", pa.string(), "`identify(triplet_id, *texts)`: what is rewritten is asked anew"),
    ("triplet_id", pa.string()),
    ("strategy", pa.string(), "in_context | adapters | xl_lora"),
    ("anchor_language", pa.string()),
    ("written_language", pa.string()),
    ("anchor_text", pa.string()),
    ("positive_text", pa.string(), "should follow from the anchor"),
    ("negative_text", pa.string(), "should contradict it"),
]

TRIPLET_TASKS = as_schema(_TRIPLET)  # in the order in which people are asked

TRIPLET_REVIEWS = as_schema(
    [
        ("review_id", pa.string()),
        *_TRIPLET,
        ("annotator", pa.string(), "pseudonym"),
        ("positive_verdict", pa.string(), "a code of `pipeline.annotation.inferences`"),
        ("negative_verdict", pa.string()),
        ("updated_at", pa.timestamp("us", tz="UTC")),
        ("reject_reason", pa.string()),
    ]
)

TRIPLET_VERDICTS = as_schema(
    [
        *_TRIPLET,
        ("follows", pa.bool_(), "most say that the positive does"),
        ("contradicts", pa.bool_(), "most say that the negative does"),
        ("is_right", pa.bool_(), "both; false also where as many say no"),
        ("reviewer_count", pa.int32()),
    ]
)
