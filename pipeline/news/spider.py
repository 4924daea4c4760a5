"""Scrapy sends the requests: one slot per site, delays, limits of time and size, TLS."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import exceptions
from scrapy.http import HtmlResponse, Response

from pipeline.news.addresses import home_urls
from pipeline.news.answers import Answer, NoPage
from pipeline.news.connections import GuardedResolver
from pipeline.news.frontier import Frontier
from pipeline.news.visiting import SiteVisitor
from pipeline.parameters import NewsParams
from pipeline.progress import Progress
from pipeline.recipe_sections import NewsSite

AGENT = "Dutar"
_MEGABYTE = 2**20


def crawler_settings(sites: Mapping[str, NewsSite], params: NewsParams) -> dict[str, Any]:
    """Scrapy's settings; what it leaves open by default is shut."""
    return {
        "USER_AGENT": f"{AGENT}/{version('dutar')} (text corpora for low-resource languages)",
        "DOWNLOAD_DELAY": params.delay_seconds,
        "DOWNLOAD_DELAY_JITTER": 0.5,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "AUTOTHROTTLE_ENABLED": params.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": params.delay_seconds,
        "DOWNLOAD_TIMEOUT": params.page_timeout_seconds,
        "DOWNLOAD_MAXSIZE": int(params.max_page_megabytes * _MEGABYTE),
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "DUTAR_SERVED_AT": {
            str(urlsplit(url).hostname): site.served_at
            for site in sites.values()
            for url in home_urls(site)
            if site.served_at
        },
        # Decided in `visiting`, where the order of things is ours.
        "ROBOTSTXT_OBEY": False,
        "RETRY_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }


class NewsSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not type-checked here
    """Visits all sites at the same time, each one page after the other."""

    name = "news"

    def __init__(
        self,
        sites: Mapping[str, NewsSite],
        params: NewsParams,
        frontier: Frontier,
        progress: Progress,
    ) -> None:
        super().__init__()
        self._sites = sites
        self._params = params
        self._frontier = frontier
        self._progress = progress

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Visit the sites; requests are sent from here, so that Scrapy's scheduler gets none."""
        visitors = [
            SiteVisitor(
                name,
                site,
                self._params,
                self._frontier,
                partial(self._download, name),
                asyncio.sleep,
                AGENT,
            )
            for name, site in self._sites.items()
        ]
        await asyncio.gather(*(visitor.visit_all(self._report) for visitor in visitors))
        no_requests: tuple[scrapy.Request, ...] = ()
        for request in no_requests:
            yield request

    def _report(self, url: str) -> None:
        done = self._frontier.count("outcome IS NOT NULL")
        self._progress(done, self._frontier.count(), url)

    async def _download(self, site_name: str, url: str, headers: Mapping[str, str]) -> Answer:
        request = scrapy.Request(url, headers=dict(headers), meta={"download_slot": site_name})
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:
            raise self._as_no_page(error, url) from error
        return _as_answer(response)

    def _as_no_page(self, error: Exception, url: str) -> NoPage:
        limit = f"{self._params.max_page_megabytes:g} MB"
        seconds = f"{self._params.page_timeout_seconds:g} seconds"
        if isinstance(error, exceptions.DownloadTimeoutError):
            return NoPage(f"timed out after {seconds}")
        if isinstance(error, exceptions.DownloadCancelledError | exceptions.IgnoreRequest):
            return NoPage(f"too large: more than {limit}", is_answered=True)
        if isinstance(error, exceptions.ResponseDataLossError):
            return NoPage(
                "truncated: the body ended too early", is_answered=True, is_transient=True
            )
        if isinstance(error, exceptions.CannotResolveHostError):
            return NoPage(self._why_unresolved(url))
        if isinstance(error, exceptions.DownloadConnectionRefusedError):
            return NoPage("no answer: the connection was refused", is_transient=True)
        return NoPage(f"no answer: {type(error).__name__}", is_transient=True)

    @staticmethod
    def _why_unresolved(url: str) -> str:
        from twisted.internet import reactor  # noqa: PLC0415 - exists once Scrapy has chosen one

        host = urlsplit(url).hostname
        if host in reactor.nameResolver.refused_hosts:
            return f"no answer: {host} is in a private network, where only `served_at` may lead"
        return f"no answer: there is no host {host}"


def _as_answer(response: Response) -> Answer:
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return Answer(response.status, headers, response.body, isinstance(response, HtmlResponse))
