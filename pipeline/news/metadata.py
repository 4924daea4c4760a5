"""What a page says about itself: title, day, section, addresses (pure).

Read from Open Graph and `article:` properties, schema.org JSON-LD and HTML5's `time`. No clock and
no guess from the running text: what the page does not say stays unknown.
"""

import datetime as dt
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import lxml.html
import regex

from pipeline.news.addresses import home_urls, host_of, hosts_of, match_article
from pipeline.news.markup import absolute_urls
from pipeline.recipe_sections import NewsSite

_FIRST_YEAR = 1990  # no page is older than the web
_ISO_DAY = regex.compile(r"^\s*(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)")
_PRINTED_DAY = regex.compile(r"\b(?P<d>\d\d?)[./](?P<m>\d\d?)[./](?P<y>\d{4})\b")
_SITE_NAME = regex.compile(r"\s+[|–—-]\s+[^|–—]{1,40}$")
_IN_FRAME = (
    "ancestor::nav or ancestor::footer or ancestor::aside"
    " or ancestor::header[not(ancestor::article)]"
)
_DAY_PROPERTIES = (
    "string(//meta[@property='article:published_time']/@content)",
    "string(//*[@itemprop='datePublished']/@content)",
    "string(//*[@itemprop='datePublished']/@datetime)",
    "string(//meta[@name='pubdate' or @name='date' or @name='DC.date.issued']/@content)",
)
_DAY_ELEMENTS = (
    "string((//article//time/@datetime)[1])",
    f"string((//time[not({_IN_FRAME})]/@datetime)[1])",
)
_PRINTED_DAYS = (
    f"//*[self::time or self::span or self::div or self::p][not({_IN_FRAME})]"
    "[contains(@class, 'date') or contains(@class, 'sene') or self::time]"
)
_ALTERNATES = (
    "//link[@href][@hreflang][contains(concat(' ', @rel, ' '), ' alternate ')]"
    " | //a[@href][@hreflang]"
)


def read_title(root: lxml.html.HtmlElement) -> str:
    """The headline: the only `h1`, or what the page gives to other sites; empty without any."""
    headings = [_flat(heading.text_content()) for heading in root.xpath("//h1")]
    if len(headings) == 1 and headings[0]:
        return headings[0]
    named = _first(root, "string(//meta[@property='og:title']/@content)")
    headline = named or _linked_fact(root, "headline")
    return headline or str(_SITE_NAME.sub("", _first(root, "string(//title)")))


def read_day(root: lxml.html.HtmlElement, last_modified: str | None) -> dt.date | None:
    """The day of publication; None when the page does not say, or says what cannot be.

    Args:
        root: the page.
        last_modified: the server's header; an article is not published after its last change.
    """
    stated = [_first(root, path) for path in _DAY_PROPERTIES]
    stated += [_linked_fact(root, "datePublished")]
    stated += [_first(root, path) for path in _DAY_ELEMENTS]
    days = [_day(_ISO_DAY.search(text)) for text in stated]
    days += [_day(_PRINTED_DAY.search(_flat(e.text_content()))) for e in root.xpath(_PRINTED_DAYS)]
    latest = _latest_day(last_modified)
    return next((day for day in days if day and day <= latest), None)


def read_image(root: lxml.html.HtmlElement, url: str) -> str | None:
    """The address of the picture that stands for the article; a site's emblem cannot be told."""
    named = _first(root, "string(//meta[@property='og:image']/@content)")
    image = named or _linked_fact(root, "image")
    return next(iter(absolute_urls(root, url, [image] if image else [])), None)


def read_category(root: lxml.html.HtmlElement) -> str | None:
    """The section of the site, as it names it."""
    named = _first(root, "string(//meta[@property='article:section']/@content)")
    return named or _linked_fact(root, "articleSection") or None


def read_alternates(root: lxml.html.HtmlElement, url: str, site: NewsSite) -> list[str]:
    """Articles that the page names as itself in other languages, in its order, each once."""
    references = [element.get("href") for element in root.xpath(_ALTERNATES)]
    urls = absolute_urls(root, url, references)
    return [other for other in urls if other != url and match_article(other, site)]


def read_canonical(root: lxml.html.HtmlElement, url: str, site: NewsSite) -> str:
    """The address under which the page wants to be known, if that is an article of the site."""
    references = root.xpath("//link[@rel='canonical']/@href")
    hosts = hosts_of([*home_urls(site), url])
    named = absolute_urls(root, url, references)
    return next((c for c in named if host_of(c) in hosts and match_article(c, site)), url)


def _first(root: lxml.html.HtmlElement, path: str) -> str:
    return _flat(root.xpath(path))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _linked_fact(root: lxml.html.HtmlElement, name: str) -> str:
    """The first text of this name in the page's JSON-LD."""
    for script in root.xpath("//script[@type='application/ld+json']"):
        try:
            content = json.loads(script.text_content())
        except (ValueError, RecursionError):
            continue
        for item in _items(content):
            if isinstance(item.get(name), str):
                return _flat(item[name])
    return ""


def _items(content: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON holds anything
    """Objects at the top, in a list, or in a graph."""
    if isinstance(content, list):
        for each in content:
            yield from _items(each)
    elif isinstance(content, dict):
        yield content
        yield from _items(content.get("@graph", []))


def _day(match: "regex.Match[str] | None") -> dt.date | None:
    if match is None:
        return None
    try:
        day = dt.date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None


def _latest_day(last_modified: str | None) -> dt.date:
    try:
        changed = parsedate_to_datetime(last_modified or "").date()
        return changed + dt.timedelta(days=1)  # a day may begin earlier at the site
    except (ValueError, TypeError, OverflowError):
        return dt.date.max
