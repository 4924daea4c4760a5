"""Asking one site for pages: in its own time, by its robots.txt, within its hosts.

What is asked, and when, is decided here; who sends the requests comes in as a `Download`.
"""

import hashlib
from collections.abc import Callable, Mapping

from pipeline.news.addresses import host_of, joined, origin_of
from pipeline.news.answers import NOT_MODIFIED, OK, REDIRECTS, TRANSIENT, Answer, Download, NoPage
from pipeline.news.frontier import Frontier
from pipeline.news.politeness import Pace
from pipeline.news.robots import (
    MAX_AGE_SECONDS,
    MAX_BYTES,
    RobotsRules,
    is_unavailable,
    read_robots,
)
from pipeline.news.visits import Known, Outcome, Visit
from pipeline.tables import identify

MAX_ATTEMPTS = 3
MAX_REDIRECTS = 5


class SiteClient:
    """Asks one site for pages, one after the other.

    Attributes:
        request_count: sent since `reset_counts`.
        byte_count: of the bodies that came since then, decompressed.
        final_url: what was asked for last, after redirects.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a composition
        self,
        name: str,
        hosts: frozenset[str],
        frontier: Frontier,
        download: Download,
        pace: Pace,
        now: Callable[[], float],
        agent: str,
        retry_seconds: float,
    ) -> None:
        """Prepare to ask.

        Args:
            name: the site's name in the recipe.
            hosts: with their ports, if they are unusual ones; no page of another is asked for.
            frontier: keeps what robots.txt said, and until when the site wants to be left alone.
            download: sends requests.
            pace: says when.
            now: seconds since 1970.
            agent: the name by which robots.txt may speak of us.
            retry_seconds: half of the wait before the second attempt; each wait is twice the last.
        """
        self._name = name
        self._hosts = hosts
        self._frontier = frontier
        self._download = download
        self._pace = pace
        self._now = now
        self._agent = agent
        self._retry_seconds = retry_seconds
        self._rules: dict[str, tuple[RobotsRules, float]] = {}
        self.request_count = self.byte_count = 0
        self.final_url = ""

    def reset_counts(self) -> None:
        """Count from nothing."""
        self.request_count = self.byte_count = 0

    async def fetch(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask for a page, and for what it redirects to within the site.

        Raises:
            NoPage: robots.txt or the site's borders forbid it, or no whole answer came.
        """
        self.final_url = url
        for _ in range(MAX_REDIRECTS + 1):
            await self._check_robots(self.final_url)
            answer = await self._ask(self.final_url, headers)
            target = _redirect_of(answer, self.final_url)
            if target is None:
                return answer
            if host_of(target) not in self._hosts:
                location = answer.headers["location"]
                raise NoPage(f"redirected outside the site: {location}", is_answered=True)
            self.final_url = target
        raise NoPage(f"redirected more than {MAX_REDIRECTS} times", is_answered=True)

    async def _ask(
        self, url: str, headers: Mapping[str, str], first_bytes: int | None = None
    ) -> Answer:
        """Send a request, and again if the failure may pass."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            if self._pace.is_too_long:
                raise NoPage("the site asks to be left alone for a while", is_answered=True)
            await self._pace.wait()
            try:
                answer = await self._send(url, headers, first_bytes)
            except NoPage as error:
                if not error.is_transient or attempt == MAX_ATTEMPTS:
                    raise
            else:
                self.byte_count += len(answer.body)
                self._heed(answer)
                is_final = answer.status not in TRANSIENT or attempt == MAX_ATTEMPTS
                if is_final or self._pace.is_too_long:
                    return answer
            self._pace.pause(self._retry_seconds * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, url: str, headers: Mapping[str, str], first_bytes: int | None) -> Answer:
        self.request_count += 1
        try:
            return await self._download(url, headers, first_bytes=first_bytes)
        finally:
            self._pace.end_request()

    def _heed(self, answer: Answer) -> None:
        before = self._pace.rest_until
        self._pace.heed(answer)
        if self._pace.rest_until > before:
            self._frontier.limits.rest(self._name, self._pace.rest_until)

    async def robots_of(self, origin: str) -> RobotsRules:
        """What the robots.txt of an origin, such as `https://example.org`, says."""
        rules, read_at = self._rules.get(origin, (None, 0.0))
        if rules is None or self._now() - read_at > MAX_AGE_SECONDS:
            rules, read_at = self._rules[origin] = await self._rules_of(f"{origin}/robots.txt")
            self._pace.space(rules.interval_seconds)
        return rules

    async def _check_robots(self, url: str) -> None:
        rules = await self.robots_of(origin_of(url))
        if rules.problem:
            raise NoPage(f"robots.txt cannot be read: {rules.problem}")
        if not rules.allows(url):
            raise NoPage("forbidden by robots.txt", is_answered=True)

    async def _rules_of(self, url: str) -> tuple[RobotsRules, float]:
        """Rules and when they were read; the last ones known, while they cannot be read anew."""
        visit, read_at = self._frontier.limits.robots(self._name, url) or (None, 0.0)
        if visit is None or self._now() - read_at > MAX_AGE_SECONDS:
            known = self._frontier.known(self._name, url)
            body = visit.body if visit else known and known.body
            try:
                visit = await self._read_robots(url, known)
            except NoPage as error:
                problem = None if body is not None else error.reason
                return RobotsRules(self._agent, body or b"", problem), self._now()
            read_at = self._now()
            self._frontier.limits.keep_robots(self._name, url, visit, read_at)
        return RobotsRules(self._agent, visit.body or b""), read_at

    async def _read_robots(self, url: str, known: Known | None) -> Visit:
        answer, final_url = await self._fetch_robots(url, known.validators if known else {})
        status, reason = answer.status, f"HTTP {answer.status}"
        if status == NOT_MODIFIED and known and known.body is not None:
            return Visit("unchanged", known.page_id, final_url, status, body=known.body)
        if is_unavailable(status):
            outcome: Outcome = "rejected" if known and known.body is not None else "unchanged"
            return Visit(outcome, identify(url, reason), final_url, status, reject_reason=reason)
        if status != OK:
            raise NoPage(reason)
        body = read_robots(answer.body)
        page_id = identify(url, hashlib.sha256(body).hexdigest())
        is_same = known is not None and known.page_id == page_id
        return Visit(
            "unchanged" if is_same else "new",
            page_id,
            final_url,
            status,
            answer.headers.get("content-type"),
            answer.headers.get("etag"),
            answer.headers.get("last-modified"),
            body,
        )

    async def _fetch_robots(self, url: str, headers: Mapping[str, str]) -> tuple[Answer, str]:
        """Ask for a robots.txt; it alone may lead to another host (RFC 9309, 2.3.1.2)."""
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._ask(url, headers, first_bytes=MAX_BYTES + 1)
            target = _redirect_of(answer, url)
            if target is None:
                return answer, url
            url = target
        raise NoPage(f"redirected more than {MAX_REDIRECTS} times")


def _redirect_of(answer: Answer, url: str) -> str | None:
    location = answer.headers.get("location")
    if answer.status not in REDIRECTS or not location:
        return None
    target = joined(url, location)
    if target is None:
        raise NoPage(f"redirected outside the site: {location}", is_answered=True)
    return target
