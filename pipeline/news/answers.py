"""What a server may say, as far as a visit depends on it; the terms are those of RFC 9110."""

from collections.abc import Mapping
from dataclasses import dataclass
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

    async def __call__(
        self, url: str, headers: Mapping[str, str], *, first_bytes: int | None = None
    ) -> Answer:
        """Send one GET request; redirects are not followed.

        Args:
            url: normalised.
            headers: beside those of every request.
            first_bytes: of a longer body, about so many come, instead of a refusal.

        Raises:
            NoPage: no whole answer came within the limits of time and size.
        """
