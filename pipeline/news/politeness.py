"""When the next request to a site may be sent: never before the site's own time.

A floor between two requests comes from robots.txt, a moment from `Retry-After` (RFC 9110, 10.2.3),
and a pause from failures; the delay of the recipe and the throttle by latency are Scrapy's.
"""

import math
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

from pipeline.news.answers import REDIRECTS, TRANSIENT, Answer

MAX_WAIT_SECONDS = 120.0  # a site that asks for more is left alone until the next crawl
_MAX_REST_SECONDS = 366 * 86400.0


class Pace:
    """Keeps one site's requests apart."""

    def __init__(
        self,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        rest_until: float = 0.0,
    ) -> None:
        """Begin a visit.

        Args:
            now: seconds since 1970.
            sleep: waits for so many seconds.
            rest_until: what the site asked for earlier, in seconds since 1970.
        """
        self._now = now
        self._sleep = sleep
        self._ended_at = -math.inf
        self._due = rest_until
        self._interval = 0.0
        self.rest_until = rest_until

    @property
    def is_too_long(self) -> bool:
        """Whether the site is better left alone until another crawl."""
        return self._wait_seconds() > MAX_WAIT_SECONDS

    def space(self, seconds: float) -> None:
        """Leave at least so many seconds between two requests; the most that was said counts."""
        self._interval = max(self._interval, seconds)

    async def wait(self) -> None:
        """Wait until the next request may be sent."""
        while (seconds := self._wait_seconds()) > 0:
            await self._sleep(seconds)

    def end_request(self) -> None:
        """Count from now to the next request: the last one has been answered, or given up."""
        self._ended_at = self._now()

    def pause(self, seconds: float) -> None:
        """Wait so long from now, after a failure."""
        self._due = max(self._due, self._now() + seconds)

    def heed(self, answer: Answer) -> None:
        """Take the `Retry-After` of an answer, if it has one; `rest_until` says until when."""
        seconds = asked_wait_seconds(answer, self._now())
        if seconds > 0:
            self.rest_until = max(self.rest_until, self._now() + min(seconds, _MAX_REST_SECONDS))
            self._due = max(self._due, self.rest_until)

    def _wait_seconds(self) -> float:
        return max(self._due, self._ended_at + self._interval) - self._now()


def asked_wait_seconds(answer: Answer, now: float) -> float:
    """What `Retry-After` asks for.

    Args:
        answer: of a server; the header counts with a redirect and a passing failure.
        now: seconds since 1970; a date counts from the server's own clock if it names its time.
    """
    asked = answer.headers.get("retry-after", "").strip()
    if not asked or answer.status not in TRANSIENT | REDIRECTS:
        return 0.0
    if asked.isdecimal():
        return float(asked)
    moment = _moment(asked)
    if moment is None:
        return 0.0
    of_server = _moment(answer.headers.get("date", ""))
    return max(0.0, moment - (now if of_server is None else of_server))


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
