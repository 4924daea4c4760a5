"""What is known of a page before it is visited, and how the visit ended."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["new", "unchanged", "rejected"]


@dataclass(frozen=True)
class Known:
    """The newest version of a page that an earlier crawl stored."""

    page_id: str
    final_url: str
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body: bytes | None = None
    reject_reason: str | None = None

    @property
    def validators(self) -> dict[str, str]:
        """Request headers that ask for the page only if it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value and self.body is not None}


@dataclass(frozen=True)
class Visit:
    """How the visit of one page ended.

    Attributes:
        outcome: only `new` and `rejected` become rows.
        request_count: sent for it, with redirects and retries.
        byte_count: of all bodies that came, decompressed.
        is_answered: whether a server was there to serve or to refuse it.
    """

    outcome: Outcome
    page_id: str
    final_url: str
    status: int
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body: bytes | None = None
    reject_reason: str | None = None
    request_count: int = 0
    byte_count: int = 0
    is_answered: bool = True
