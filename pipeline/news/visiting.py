"""How a site is visited: one page after the other, breadth first.

Requests carry the validators of RFC 9110, so that an unchanged page costs no body.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pipeline.news.addresses import home_urls, host_of, hosts_of, is_visited, origin_of
from pipeline.news.answers import (
    NOT_MODIFIED,
    OK,
    SERVER_ERRORS,
    TOO_MANY_REQUESTS,
    Answer,
    Download,
    NoPage,
)
from pipeline.news.discovery import discover, list_urls
from pipeline.news.frontier import Frontier
from pipeline.news.markup import find_links
from pipeline.news.politeness import Pace
from pipeline.news.site_client import SiteClient
from pipeline.news.visits import Known, Visit
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams
from pipeline.tables import identify

MAX_SILENT_PAGES = 5  # so many pages in a row without an answer, and a site is down


class SiteVisitor:
    """Visits one site from its home pages on."""

    def __init__(  # noqa: PLR0913, PLR0917 - a composition
        self,
        name: str,
        site: NewsSite,
        params: NewsParams,
        frontier: Frontier,
        download: Download,
        now: Callable[[], float],
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
            now: seconds since 1970.
            sleep: waits for so many seconds.
            agent: the name by which robots.txt may speak of us.
        """
        self._name = name
        self._site = site
        self._hosts = hosts_of(home_urls(site))
        self._params = params
        self._frontier = frontier
        self._pace = Pace(now, sleep, frontier.limits.rests().get(name, 0.0))
        self._client = SiteClient(
            name,
            self._hosts,
            frontier,
            download,
            self._pace,
            now,
            agent,
            params.delay_seconds,
        )

    async def visit_all(self, report: Callable[[str], None], turn: int) -> None:
        """Visit until nothing is left, or the site is down or asks to be left alone.

        Args:
            report: hears of every page that is done.
            turn: number of the crawl, which decides the unlinked pages that are asked for again.
        """
        await self._lay_out_listed()
        silent_pages = 0
        while (url := self._next_url(turn)) is not None:
            if silent_pages >= MAX_SILENT_PAGES or self._pace.is_too_long:
                self._frontier.postpone(self._name)
                return
            known = self._frontier.known(self._name, url)
            visit = await self._visit(url, known)
            links = [link for link in _links_of(visit, known) if self._may_visit(link)]
            self._frontier.finish(self._name, url, visit, links, self._params.max_pages)
            report(url)
            silent_pages = 0 if visit.is_answered else silent_pages + 1

    def _next_url(self, turn: int) -> str | None:
        """The next page that something led to, and at last those that nothing leads to any more."""
        url = self._frontier.next_url(self._name)
        if url is None:
            params = self._params
            self._frontier.add_unlinked(
                self._name, self._may_visit, params.rechecked_pages, turn, params.max_pages
            )
            url = self._frontier.next_url(self._name)
        return url

    async def _lay_out_listed(self) -> None:
        """Put what the site's own lists name behind its home pages, the newest first."""
        if self._site.discovery.is_empty:
            return
        robots: list[str] = []
        if self._site.discovery.has_robots_sitemaps:
            for origin in dict.fromkeys(map(origin_of, home_urls(self._site))):
                robots += (await self._client.robots_of(origin)).sitemaps
        found = await discover(list_urls(self._site, robots), self._fetch_list)
        listed = [entry.url for entry in found if self._may_visit(entry.url)]
        self._frontier.add(self._name, listed, self._params.max_pages)

    async def _fetch_list(self, url: str) -> bytes | None:
        if host_of(url) not in self._hosts:
            return None
        try:
            answer = await self._client.fetch(url, {})
        except NoPage:
            return None
        return answer.body if answer.status == OK else None

    def _may_visit(self, url: str) -> bool:
        return host_of(url) in self._hosts and is_visited(url, self._site)

    async def _visit(self, url: str, known: Known | None) -> Visit:
        client = self._client
        try:
            answer = await client.fetch(url, known.validators if known else {})
            visit = self._judge(url, answer, known)
        except NoPage as error:
            visit = self._rejected(url, 0, error.reason, is_answered=error.is_answered)
        if known and visit.reject_reason and visit.reject_reason == known.reject_reason:
            visit = replace(visit, outcome="unchanged")
        request_count, byte_count = client.request_count, client.byte_count
        client.reset_counts()  # lists and what they need count with the first page
        return replace(visit, request_count=request_count, byte_count=byte_count)

    def _judge(self, url: str, answer: Answer, known: Known | None) -> Visit:
        status, final_url = answer.status, self._client.final_url
        if status == NOT_MODIFIED and known and known.body is not None:
            return Visit("unchanged", known.page_id, final_url, status)
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
            final_url,
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
            self._client.final_url,
            status,
            reject_reason=reason,
            is_answered=is_answered,
        )


def _links_of(visit: Visit, known: Known | None) -> list[str]:
    if visit.body is not None:
        return find_links(visit.body, visit.content_type, visit.final_url)
    if known and known.body is not None and visit.status == NOT_MODIFIED:
        return find_links(known.body, known.content_type, known.final_url)
    return []
