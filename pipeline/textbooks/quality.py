"""What must hold of a textbook's pages and sentences before anyone uses them (pure)."""

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.storage import GateVerdict
from pipeline.tables import kept
from pipeline.textbooks.judgement import BEYOND

MIN_READABLE_FRACTION = 0.5


def page_verdicts(pages: pa.Table) -> list[GateVerdict]:
    """Judge TEXTBOOK_PAGES of one document: at least half of its printed pages are readable.

    Blank pages and those beyond `most_pages` do not count against it; when nothing was readable,
    the first reason is quoted. Repaired words are counted.
    """
    reasons = [reason for reason in pages["reject_reason"].to_pylist() if reason is not None]
    faulty = [reason for reason in reasons if not reason.startswith(("empty:", BEYOND))]
    readable_count = kept(pages).num_rows
    printed_count = readable_count + len(faulty)
    is_passed = readable_count > 0 and readable_count >= MIN_READABLE_FRACTION * printed_count
    reason = f"{readable_count} of {printed_count} printed pages are readable"
    if repaired_count := count_repaired(pages):
        reason += f", {repaired_count} words repaired"
    if reasons and not is_passed:
        reason += f"; the first that is not: {(faulty or reasons)[0]}"
    return [GateVerdict("has_readable_pages", is_passed, reason)]


def count_repaired(pages: pa.Table) -> int:
    """How many words of TEXTBOOK_PAGES are no longer as the engine read them."""
    words = pc.list_flatten(pages["words"])
    return int(pc.count(pc.struct_field(words, "raw_text")).as_py())


def sentence_verdicts(sentences: pa.Table) -> list[GateVerdict]:
    """Judge TEXTBOOK_SENTENCES of one document: it has sentences, and they are in its language."""
    kept_count = kept(sentences).num_rows
    reasons = [reason for reason in sentences["reject_reason"].to_pylist() if reason is not None]
    foreign = [reason for reason in reasons if reason.startswith("language:")]
    is_own = len(foreign) <= kept_count
    return [
        GateVerdict(
            "has_sentences", kept_count > 0, f"{kept_count} sentences, {len(reasons)} rejected"
        ),
        GateVerdict(
            "is_in_its_language",
            is_own,
            foreign[0] if not is_own else f"{len(foreign)} sentences are in another language",
        ),
    ]
