"""Scrapy sends the requests: one slot per site, delays, limits of time and size, TLS."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import scrapy

from pipeline.news.addresses import home_urls, hostname_of
from pipeline.news.connections import GuardedResolver
from pipeline.news.downloading import MEGABYTE, Downloader
from pipeline.news.frontier import Frontier
from pipeline.news.strict_http import StrictHTTP11Handler
from pipeline.news.visiting import SiteVisitor
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams
from pipeline.progress import Progress

AGENT = "Dutar"


def crawler_settings(sites: Mapping[str, NewsSite], params: NewsParams) -> dict[str, Any]:
    """Scrapy's settings; what it leaves open by default is shut."""
    return {
        "USER_AGENT": f"{AGENT}/{version('dutar')} (text corpora for low-resource languages)",
        "DOWNLOAD_DELAY": params.delay_seconds,
        "DOWNLOAD_DELAY_JITTER": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "AUTOTHROTTLE_ENABLED": params.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": params.delay_seconds,
        "DOWNLOAD_TIMEOUT": params.page_timeout_seconds,
        "DOWNLOAD_MAXSIZE": int(params.max_page_megabytes * MEGABYTE),
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3"))
        | dict.fromkeys(("http", "https"), StrictHTTP11Handler),
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "DUTAR_SERVED_AT": {
            hostname_of(url): site.served_at
            for site in sites.values()
            for url in home_urls(site)
            if site.served_at
        },
        # Decided in `site_client` and `downloading`, where the order of things is ours.
        "ROBOTSTXT_OBEY": False,
        "RETRY_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "COMPRESSION_ENABLED": False,
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
        turn: int,
    ) -> None:
        super().__init__()
        self._sites = sites
        self._params = params
        self._frontier = frontier
        self._progress = progress
        self._turn = turn

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Visit the sites; requests are sent from here, so that Scrapy's scheduler gets none."""
        downloader = Downloader(self.crawler, self._params)
        visitors = [
            SiteVisitor(
                name,
                site,
                self._params,
                self._frontier,
                partial(downloader.get, name),
                time.time,
                asyncio.sleep,
                AGENT,
            )
            for name, site in self._sites.items()
        ]
        await asyncio.gather(*(visitor.visit_all(self._report, self._turn) for visitor in visitors))
        no_requests: tuple[scrapy.Request, ...] = ()
        for request in no_requests:
            yield request

    def _report(self, url: str) -> None:
        done = self._frontier.count("outcome IS NOT NULL")
        self._progress(done, self._frontier.count(), url)
