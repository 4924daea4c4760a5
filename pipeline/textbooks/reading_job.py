"""What the pages of one document have in common while they are read, and a page's row."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pipeline.languages import Language
from pipeline.parameters import TextbookParams
from pipeline.progress import Progress
from pipeline.sandbox import Failure, map_capped
from pipeline.textbooks.judgement import Word, mean_confidence, text_of
from pipeline.textbooks.time_budget import TimeBudget

T = TypeVar("T")
Row = dict[str, object]


@dataclasses.dataclass(frozen=True)
class ReadingJob:
    """What is the same for every page of a document."""

    pdf: Path
    language: Language
    document_key: str
    params: TextbookParams
    worker_count: int
    progress: Progress
    budget: TimeBudget

    def call(self, function: Callable[..., T], *arguments: object) -> T | Failure:
        """Call a function in a child process."""
        return next(iter(self.map(function, [arguments])))

    def map(
        self, function: Callable[..., T], items: Sequence[Sequence[object]]
    ) -> Iterator[T | Failure]:
        """Call a function once per item in child processes; results in the items' order."""
        results = map_capped(
            function,
            items,
            worker_count=self.worker_count,
            memory_bytes=self.params.memory_limit_megabytes * 1024 * 1024,
            wall_seconds=self.params.page_timeout_seconds,
        )
        return self.budget.limited(results, len(items))


def page_row(job: ReadingJob, number: int, words: list[Word], **columns: object) -> Row:
    """A row of TEXTBOOK_PAGES; its text and confidence are those of its words."""
    return {
        "document_key": job.document_key,
        "page_number": number,
        "text": text_of(words),
        "words": words,
        "confidence_fraction": mean_confidence(words) if words else None,
        **columns,
    }
