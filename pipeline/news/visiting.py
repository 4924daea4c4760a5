"""How a site is visited: politely, one page after the other, breadth first.

What is asked of a site, and when, is decided here; who sends the requests comes in as a `Download`.
robots.txt is read as RFC 9309 says: without one everything is allowed, and while it cannot be read
nothing is. Requests carry the validators of RFC 9110, so that an unchanged page costs no body.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from protego import Protego

from pipeline.news.addresses import home_urls, host_of, hosts_of, joined, origin_of
from pipeline.news.answers import (
    CLIENT_ERRORS,
    NOT_MODIFIED,
    OK,
    REDIRECTS,
    SERVER_ERRORS,
    TOO_MANY_REQUESTS,
    TRANSIENT,
    Answer,
    Download,
    NoPage,
    asked_wait_seconds,
)
from pipeline.news.frontier import Frontier, Known, Visit
from pipeline.news.markup import find_links
from pipeline.parameters import NewsParams
from pipeline.recipe_sections import NewsSite
from pipeline.tables import identify

MAX_ATTEMPTS = 3
MAX_REDIRECTS = 5
MAX_WAIT_SECONDS = 120.0  # a site that asks for more is left alone until the next crawl
MAX_SILENT_PAGES = 5  # so many pages in a row without an answer, and a site is down


@dataclass(frozen=True)
class _Rules:
    """What a host's robots.txt says; without rules, `problem` says why nothing is allowed."""

    rules: Protego | None = None
    problem: str | None = None


class SiteVisitor:
    """Visits one site from its home pages on."""

    def __init__(  # noqa: PLR0913, PLR0917 - a composition
        self,
        name: str,
        site: NewsSite,
        params: NewsParams,
        frontier: Frontier,
        download: Download,
        sleep: Callable[[float], Awaitable[None]],
        agent: str,
    ) -> None:
        """Prepare a visit.

        Args:
            name: the site's name in the recipe.
            site: the site.
            params: how fast and how far.
            frontier: holds the site's home pages, or what an earlier process left to visit.
            download: sends requests.
            sleep: waits for so many seconds.
            agent: the name by which robots.txt may speak of us.
        """
        self._name = name
        self._hosts = hosts_of(home_urls(site))
        self._params = params
        self._frontier = frontier
        self._download = download
        self._sleep = sleep
        self._agent = agent
        self._rules: dict[str, _Rules] = {}
        self._rest_seconds = 0.0  # before the next request
        self._request_count = self._byte_count = 0  # of the page being visited
        self._final_url = ""

    async def visit_all(self, report: Callable[[str], None]) -> None:
        """Visit until nothing is left, or the site is down or asks to be left alone.

        Args:
            report: hears of every page that is done.
        """
        silent_pages = 0
        while (url := self._frontier.next_url(self._name)) is not None:
            known = self._frontier.known(self._name, url)
            visit = await self._visit(url, known)
            links = [link for link in _links_of(visit, known) if host_of(link) in self._hosts]
            self._frontier.finish(self._name, url, visit, links, self._params.max_pages)
            report(url)
            silent_pages = 0 if visit.is_answered else silent_pages + 1
            if silent_pages >= MAX_SILENT_PAGES or self._rest_seconds > MAX_WAIT_SECONDS:
                self._frontier.postpone(self._name)

    async def _visit(self, url: str, known: Known | None) -> Visit:
        self._request_count = self._byte_count = 0
        self._final_url = url
        try:
            answer = await self._follow(url, known.validators if known else {})
            visit = self._judge(url, answer, known)
        except NoPage as error:
            visit = self._rejected(url, 0, error.reason, is_answered=error.is_answered)
        if known and visit.reject_reason and visit.reject_reason == known.reject_reason:
            visit = replace(visit, outcome="unchanged")
        return replace(visit, request_count=self._request_count, byte_count=self._byte_count)

    def _judge(self, url: str, answer: Answer, known: Known | None) -> Visit:
        status = answer.status
        if status == NOT_MODIFIED and known and known.body is not None:
            return Visit("unchanged", known.page_id, self._final_url, status)
        if status != OK:
            is_answered = status < SERVER_ERRORS and status != TOO_MANY_REQUESTS
            return self._rejected(url, status, f"HTTP {status}", is_answered=is_answered)
        content_type = answer.headers.get("content-type")
        if not answer.is_html:
            return self._rejected(url, status, f"not HTML: {content_type}")
        page_id = identify(url, hashlib.sha256(answer.body).hexdigest())
        is_same = known is not None and known.page_id == page_id and known.reject_reason is None
        return Visit(
            "unchanged" if is_same else "new",
            page_id,
            self._final_url,
            status,
            content_type,
            answer.headers.get("etag"),
            answer.headers.get("last-modified"),
            answer.body,
        )

    def _rejected(self, url: str, status: int, reason: str, *, is_answered: bool = True) -> Visit:
        return Visit(
            "rejected",
            identify(url, reason),
            self._final_url,
            status,
            reject_reason=reason,
            is_answered=is_answered,
        )

    async def _follow(
        self, url: str, headers: Mapping[str, str], *, is_page: bool = True
    ) -> Answer:
        """Ask for an address and those it redirects to within the site."""
        for _ in range(MAX_REDIRECTS + 1):
            if is_page:
                self._final_url = url
                await self._check_robots(url)
            answer = await self._ask(url, headers)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or not location:
                return answer
            target = joined(url, location)
            if target is None or host_of(target) not in self._hosts:
                raise NoPage(f"redirected outside the site: {location}", is_answered=True)
            url = target
        raise NoPage(f"redirected more than {MAX_REDIRECTS} times", is_answered=True)

    async def _ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Send a request, and again if the failure may pass; never before the site's own time."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            await self._sleep(self._rest_seconds)
            self._rest_seconds = self._rest_of(url)
            self._request_count += 1
            try:
                answer = await self._download(url, headers)
            except NoPage as error:
                if not error.is_transient or attempt == MAX_ATTEMPTS:
                    raise
            else:
                self._byte_count += len(answer.body)
                self._rest_seconds = max(self._rest_seconds, asked_wait_seconds(answer))
                is_final = answer.status not in TRANSIENT or attempt == MAX_ATTEMPTS
                if is_final or self._rest_seconds > MAX_WAIT_SECONDS:
                    return answer
            self._rest_seconds = max(self._rest_seconds, self._params.delay_seconds * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _rest_of(self, url: str) -> float:
        """What a host's robots.txt wants between two requests, within reason."""
        rules = self._rules.get(origin_of(url), _Rules()).rules
        asked = float(rules.crawl_delay(self._agent) or 0) if rules else 0.0
        return min(max(0.0, asked - self._params.delay_seconds), MAX_WAIT_SECONDS)

    async def _check_robots(self, url: str) -> None:
        origin = origin_of(url)
        if origin not in self._rules:
            self._rules[origin] = await self._read_robots(origin)
        known = self._rules[origin]
        if known.problem:
            raise NoPage(f"robots.txt cannot be read: {known.problem}")
        if known.rules and not known.rules.can_fetch(url, self._agent):
            raise NoPage("forbidden by robots.txt", is_answered=True)

    async def _read_robots(self, origin: str) -> _Rules:
        try:
            answer = await self._follow(f"{origin}/robots.txt", {}, is_page=False)
        except NoPage as error:
            return _Rules(problem=error.reason)
        if answer.status >= SERVER_ERRORS or answer.status == TOO_MANY_REQUESTS:
            return _Rules(problem=f"HTTP {answer.status}")
        if answer.status >= CLIENT_ERRORS:
            return _Rules()
        return _Rules(Protego.parse(answer.body.decode("utf-8-sig", "replace")))


def _links_of(visit: Visit, known: Known | None) -> list[str]:
    if visit.body is not None:
        return find_links(visit.body, visit.content_type, visit.final_url)
    if known and known.body is not None and visit.status == NOT_MODIFIED:
        return find_links(known.body, known.content_type, known.final_url)
    return []
