"""What would be read from saved pages of a site: how an entry is tried before any crawl.

A page's address is what the browser noted when it saved the page, or its place in a mirror's
folders (`HOST/path`), or what the page calls its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from pipeline.errors import InputError
from pipeline.news.addresses import (
    home_urls,
    host_of,
    hosts_of,
    joined,
    match_article,
    normalise_url,
    origin_of,
)
from pipeline.news.articles import read_articles
from pipeline.news.markup import parse_html
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams
from pipeline.tables import NEWS_PAGES, as_table

_SUFFIXES = frozenset({".htm", ".html"})
_SAVED_FROM = regex.compile(rb"<!-- saved from url=\(\d+\)(\S+) -->")
_OWN_ADDRESSES = "//link[@rel='canonical']/@href | //meta[@property='og:url']/@content"
_SITE = "checked"


@dataclass(frozen=True)
class SavedPage:
    """What was found on one page.

    Attributes:
        path: of the file, within the folder.
        url: its address; None when nothing tells it.
        article: its row, schema `NEWS_ARTICLES`; None for what is no article.
        problems: why it would be rejected, and selectors that found nothing.
        missing: what the page does not tell, and the twins' search would like to know.
    """

    path: str
    url: str | None
    article: dict[str, Any] | None
    problems: Sequence[str]
    missing: Sequence[str]


def check_saved_pages(folder: Path, site: NewsSite, params: NewsParams) -> list[SavedPage]:
    """Read every saved page of a folder as a crawl's.

    Args:
        folder: holds `.html` or `.htm` files, at any depth.
        site: the entry to try.
        params: limits.

    Raises:
        InputError: there is no such folder, or no page in it.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise InputError(f"there are no .html files in {folder}")
    rows = {path.relative_to(folder).as_posix(): _page(path, folder, site) for path in paths}
    known = [row for row in rows.values() if row["url"]]
    articles = read_articles(as_table(known, NEWS_PAGES), {_SITE: site}, params).to_pylist()
    by_page = {article["page_id"]: article for article in articles}
    return [_judged(row, by_page.get(name), site) for name, row in rows.items()]


def _page(path: Path, folder: Path, site: NewsSite) -> dict[str, Any]:
    body, place = path.read_bytes(), path.relative_to(folder)
    url = next(_addresses(body, place, site), None)
    facts = {"site": _SITE, "url": url, "final_url": url, "status": 200, "body": body}
    return {"page_id": place.as_posix(), **facts}


def _addresses(body: bytes, place: Path, site: NewsSite) -> Iterator[str]:
    """What may be a page's address, the surest first."""
    homes = home_urls(site)
    hosts = hosts_of(homes)
    if noted := _SAVED_FROM.search(body):
        yield from filter(None, [normalise_url(noted[1].decode("utf-8", "replace"))])
    if place.parts[0] in hosts:
        home = next(url for url in homes if host_of(url) == place.parts[0])
        url = joined(origin_of(home), "/" + "/".join(place.parts[1:]))
        yield from filter(None, [url and url.removesuffix("index.html")])
    root = parse_html(body, None)
    for named in root.xpath(_OWN_ADDRESSES) if root is not None else ():
        url = joined(homes[0], named)
        if url and host_of(url) in hosts:
            yield url


def _judged(row: dict[str, Any], article: dict[str, Any] | None, site: NewsSite) -> SavedPage:
    url = row["url"]
    if article is None:
        problems = [] if url else ["its address is not known: save it under HOST/path"]
        return SavedPage(row["page_id"], url, None, problems, [])
    wanted = {
        "article_id": "id" in site.twins and "id" in match_groups(url, site),
        "alternate_urls": "hreflang" in site.twins,
        "published_on": True,
        "lead_image": "day_and_image" in site.twins,
    }
    missing = [name for name, is_wanted in wanted.items() if is_wanted and not article[name]]
    return SavedPage(row["page_id"], url, article, list(_problems(article, site)), missing)


def match_groups(url: str, site: NewsSite) -> frozenset[str]:
    """Names of the groups in the site's `article` expression, if it fits."""
    match = match_article(url, site)
    return frozenset(match.groupdict()) if match else frozenset()


def _problems(article: dict[str, Any], site: NewsSite) -> Iterator[str]:
    if article["reject_reason"]:
        yield article["reject_reason"]
    if not article["title"]:
        yield "no title"
    if site.selectors.text and article["found_by"] != "selectors":
        yield f"selectors.text finds too little: {site.selectors.text}"
    if site.selectors.date and article["published_on"] is None:
        yield f"selectors.date finds no day: {site.selectors.date}"
