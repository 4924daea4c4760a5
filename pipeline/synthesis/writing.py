"""Asking a model about every anchor: positives, then negatives; killed anywhere, it goes on.

What a batch is and which seeds it has is decided before the first is asked, so that a call that
takes up another's record asks for the rest and ends with the same table.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.progress import Progress, silent
from pipeline.synthesis.generators.protocol import Completion, Generator, Request
from pipeline.synthesis.inferences import RELATIONS, Relation
from pipeline.synthesis.record import GenerationRecord, record_of
from pipeline.tables import SYNTHETIC_TRIPLETS, as_table, identify, kept

NO_ANSWER = "no answer"
RECORD_NAME = "answers.jsonl"
_LABEL_END = ":"

PromptsOf = Callable[[Sequence[tuple[str, str]], Relation], list[str]]


@dataclass(frozen=True)
class Writer:
    """Who writes.

    Attributes:
        strategy: its name.
        fingerprint: of the model, its adapters and its prompts.
        generators: for either relation.
        prompts: of (language, text) for a relation.
        written: code of the language to write in.
        seed: with the anchor and the relation, it decides what is drawn.
    """

    strategy: str
    fingerprint: str
    generators: Mapping[Relation, Generator]
    prompts: PromptsOf
    written: str
    seed: int


@dataclass(frozen=True)
class Written:
    """What came of it.

    Attributes:
        triplets: table of schema `SYNTHETIC_TRIPLETS`, in the anchors' order.
        facts: counts, and tokens a second as they were on the day, plain JSON.
    """

    triplets: pa.Table
    facts: dict[str, int | float]


def write_triplets(
    anchors: pa.Table,
    writer: Writer,
    work_folder: Path,
    progress: Progress = silent,
    clock: Callable[[], float] = time.monotonic,
) -> Written:
    """Ask for a positive and a negative of every kept anchor.

    Args:
        anchors: table of schema `ANCHOR_SENTENCES`.
        writer: who is asked.
        work_folder: holds the record; left there by a killed call, it is taken up.
        progress: hears of every batch.
        clock: seconds from any origin.

    Raises:
        InputError: the model or its server cannot do what is asked.
        SourceUnavailable: the server cannot be reached; another call goes on.
    """
    rows = kept(anchors).to_pylist()
    work_folder.mkdir(parents=True, exist_ok=True)
    identity = identify(writer.fingerprint, str(writer.seed), *(row["anchor_id"] for row in rows))
    record = GenerationRecord(work_folder / RECORD_NAME, identity)
    for relation in RELATIONS:
        requests = _requests(rows, relation, writer)
        size = writer.generators[relation].batch_prompts
        for start in range(0, len(requests), size):
            batch = requests[start : start + size]
            keys = tuple(request.key for request in batch)
            if keys not in record.batches:
                begun = clock()
                completions = writer.generators[relation].complete(batch)
                record.append(record_of(keys, completions, clock() - begun))
            progress(start + len(batch), len(requests), f"{relation}s written")
    return Written(_table(rows, record, writer), _facts(record))


def first_line(answer: str) -> str:
    """What was asked for: the first line of an answer, without a label, quotes and spaces."""
    line = next((line.strip() for line in answer.splitlines() if line.strip()), "")
    label, found, rest = line.partition(_LABEL_END)
    if found and len(label.split()) <= 1 and rest:  # "Entailment: ..." said once more
        line = rest
    return line.strip().strip('"“”«»').strip()


def _requests(
    rows: Sequence[Mapping[str, Any]], relation: Relation, writer: Writer
) -> list[Request]:
    """Longest prompts first: a batch is of like length, and a lack of memory shows at once."""
    prompts = writer.prompts([(row["language"], row["text"]) for row in rows], relation)
    asked = [
        Request(_key(row, relation), prompt, _seed(writer.seed, row["anchor_id"], relation))
        for row, prompt in zip(rows, prompts, strict=True)
    ]
    return sorted(asked, key=lambda request: (-len(request.prompt), request.key))


def _key(row: Mapping[str, Any], relation: Relation) -> str:
    return f"{row['anchor_id']}/{relation}"


def _seed(seed: int, anchor_id: str, relation: Relation) -> int:
    return int(identify(str(seed), anchor_id, relation)[:8], 16)


def _table(rows: Sequence[Mapping[str, Any]], record: GenerationRecord, writer: Writer) -> pa.Table:
    answers = {
        key: completion
        for batch in record.batches.values()
        for key, completion in zip(batch.keys, batch.completions, strict=True)
    }
    return as_table([_triplet(row, answers, writer) for row in rows], SYNTHETIC_TRIPLETS)


def _triplet(
    row: Mapping[str, Any], answers: Mapping[str, Completion], writer: Writer
) -> dict[str, object]:
    own = {relation: answers[_key(row, relation)] for relation in RELATIONS}
    texts = {relation: first_line(one.text) or None for relation, one in own.items()}
    silent_ones = [one.faults[-1] for one in own.values() if not one.is_answered]
    empty = [f"empty {relation}" for relation, text in texts.items() if text is None]
    reason = next(iter([*silent_ones, *empty]), None)
    return {
        "triplet_id": identify(writer.strategy, row["anchor_id"]),
        "anchor_id": row["anchor_id"],
        "strategy": writer.strategy,
        "generator": writer.fingerprint,
        "anchor_language": row["language"],
        "written_language": writer.written,
        "anchor_text": row["text"],
        **{f"{relation}_text": texts[relation] for relation in RELATIONS},
        **{f"{relation}_raw": own[relation].text for relation in RELATIONS},
        "document_key": row["document_key"],
        "licence": row["licence"],
        "prompt_tokens": sum(one.prompt_tokens for one in own.values()),
        "completion_tokens": sum(one.completion_tokens for one in own.values()),
        "faults": [fault for one in own.values() for fault in one.faults],
        "reject_reason": f"{NO_ANSWER}: {reason}" if reason else None,
    }


def _facts(record: GenerationRecord) -> dict[str, int | float]:
    batches = record.batches.values()
    completions = [one for batch in batches for one in batch.completions]
    seconds = sum(batch.seconds for batch in batches)
    written = sum(one.completion_tokens for one in completions)
    return {
        "prompt_tokens": sum(one.prompt_tokens for one in completions),
        "completion_tokens": written,
        "seconds": round(seconds, 3),
        "tokens_per_second": round(written / seconds, 3) if seconds else 0.0,
        "failed_attempts": sum(len(one.faults) for one in completions),
        "unanswered_count": sum(not one.is_answered for one in completions),
    }
