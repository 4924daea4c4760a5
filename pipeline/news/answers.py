"""What a server may say, as far as a visit depends on it; the terms are those of RFC 9110."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

OK = 200
NOT_MODIFIED = 304
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500
CLIENT_ERRORS = 400
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TRANSIENT = frozenset({408, TOO_MANY_REQUESTS, 500, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """What a server said.

    Attributes:
        status: HTTP status.
        headers: names in small letters.
        body: decompressed.
        is_html: by its header or, without one, by its looks.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_html: bool = True


class NoPage(Exception):  # noqa: N818 - the name is the message
    """A page that cannot be had.

    Attributes:
        reason: one clause for people.
        is_answered: whether a server was there; many in a row that were not, and a site is down.
        is_transient: worth another attempt.
    """

    def __init__(
        self, reason: str, *, is_answered: bool = False, is_transient: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_answered = is_answered
        self.is_transient = is_transient


class Download(Protocol):
    """Sends requests."""

    async def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Send one GET request; redirects are not followed.

        Raises:
            NoPage: no whole answer came within the limits of time and size.
        """


def asked_wait_seconds(answer: Answer) -> float:
    """What `Retry-After` asks for; a date counts from the server's own clock."""
    asked = answer.headers.get("retry-after", "").strip()
    if not asked or answer.status not in TRANSIENT:
        return 0.0
    if asked.isdecimal():
        return float(asked)
    moment, now = _moment(asked), _moment(answer.headers.get("date", ""))
    if moment is None:
        return 0.0
    return max(0.0, (moment - now).total_seconds()) if now else math.inf


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
