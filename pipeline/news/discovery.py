"""Lists of pages that a site keeps for machines: sitemaps (sitemaps.org 0.9), RSS and Atom feeds.

Parsing is pure; who fetches comes in as an argument. However many lists name one another, each is
asked for once, none deeper than an index below an index, and no more than a bounded number of them.
"""

import datetime as dt
import gzip
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from lxml import etree

from pipeline.news.addresses import home_urls, joined
from pipeline.news_site import NewsSite

MAX_DEPTH = 2  # an index of indexes, and the lists below
MAX_LISTS = 200  # asked for in one crawl of a site
MAX_ENTRIES = 50_000  # of one list: what the standard allows
MAX_BYTES = 50 * 2**20  # of one list, decompressed: likewise

_GZIP_MAGIC = b"\x1f\x8b"
_INDEX, _PAGES = "sitemapindex", "urlset"
_OLDEST = dt.datetime.min.replace(tzinfo=dt.UTC)

Fetch = Callable[[str], Awaitable[bytes | None]]
"""Body of a list, or None when it cannot be had."""


class Listed(NamedTuple):
    """One entry of a list.

    Attributes:
        url: normalised.
        changed_at: when it was last changed, or published, as the list says; None when it does not.
        is_list: whether it is another list.
    """

    url: str
    changed_at: dt.datetime | None
    is_list: bool = False


def read_list(body: bytes, url: str) -> list[Listed]:
    """The entries of a sitemap, an index of sitemaps, or a feed, in its order.

    Args:
        body: as sent; gzip is undone. XML entities are not resolved.
        url: where it was found; entries may be relative to it.

    Returns:
        Entries that can be visited; empty for what is no list, is broken, or unpacks too large.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, recover=True, remove_comments=True
    )
    try:
        root = etree.fromstring(_unpacked(body), parser)
    except (etree.XMLSyntaxError, ValueError, OSError, EOFError, zlib.error):
        return []
    if root is None:
        return []
    kind = etree.QName(root).localname
    entries = _sitemap_entries(root) if kind in {_INDEX, _PAGES} else _feed_entries(root)
    found = []
    for reference, moment in entries:
        if target := joined(url, reference):
            found.append(Listed(target, _moment(moment), is_list=kind == _INDEX))
        if len(found) == MAX_ENTRIES:
            break
    return found


def list_urls(site: NewsSite, robots: Iterable[str] = ()) -> list[str]:
    """Where a site's lists may be: as it says, beside each of its home pages, and as robots say.

    Args:
        site: the site.
        robots: sitemaps that its robots.txt names.
    """
    homes = home_urls(site)
    named = [*site.discovery.sitemaps, *site.discovery.feeds]
    found = [joined(home, one) for one in named for home in homes]
    found += [joined(home, one) for one in robots for home in homes[:1]]
    return list(dict.fromkeys(filter(None, found)))


async def discover(lists: Iterable[str], fetch: Fetch) -> list[Listed]:
    """Pages that lists name, the newest first; those without a time come last, in order.

    Args:
        lists: where to begin, normalised.
        fetch: asks for a list.
    """
    waiting = deque((url, 0) for url in dict.fromkeys(lists))
    asked = {url for url, _ in waiting}
    found: dict[str, Listed] = {}
    fetched = 0
    while waiting and fetched < MAX_LISTS:
        url, depth = waiting.popleft()
        body = await fetch(url)
        fetched += 1
        for entry in read_list(body, url) if body else ():
            if not entry.is_list:
                found.setdefault(entry.url, entry)
            elif depth < MAX_DEPTH and entry.url not in asked:
                asked.add(entry.url)
                waiting.append((entry.url, depth + 1))
    return sorted(found.values(), key=lambda entry: entry.changed_at or _OLDEST, reverse=True)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body
    unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_BYTES + 1)
    if len(unpacked) > MAX_BYTES:
        raise gzip.BadGzipFile("it unpacks to more than a list may hold")
    return unpacked


def _sitemap_entries(root: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - of lxml
    for entry in root:
        facts = {_name(fact): fact.text or "" for fact in entry}
        if facts.get("loc"):
            yield facts["loc"], facts.get("lastmod", "")


def _feed_entries(root: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - of lxml
    """Items of RSS, whose link is a text, and entries of Atom, whose link is an attribute."""
    for item in root.iter("{*}item", "{*}entry"):
        facts = {_name(fact): fact.text or "" for fact in item}
        links = [fact for fact in item if _name(fact) == "link"]
        plain = [link for link in links if link.get("rel", "alternate") == "alternate"]
        if reference := next((link.get("href") or link.text for link in plain), None):
            moments = (facts.get(name) for name in ("updated", "pubDate", "published", "date"))
            yield reference, next(filter(None, moments), "")


def _name(element: Any) -> str:  # noqa: ANN401 - of lxml
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _moment(text: str) -> dt.datetime | None:
    """A W3C date and time or an RFC 2822 one, in UTC; a day begins at midnight."""
    for read in (dt.datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
            aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
            return aware.astimezone(dt.UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None
