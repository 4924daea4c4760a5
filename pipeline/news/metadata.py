"""What a page says about itself: title, day, section, addresses (pure).

Read from Open Graph and `article:` properties, schema.org JSON-LD and HTML5's `time`. No clock and
no guess from the running text: what the page does not say stays unknown. A site's own selectors
come before all rules; an element speaks by its `datetime` or `content`, or else by its text.
"""

import datetime as dt
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import lxml.html
import regex

from pipeline.news.addresses import home_urls, host_of, hosts_of, match_article
from pipeline.news.dates import find_day
from pipeline.news.markup import absolute_urls
from pipeline.news_site import NewsSite

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


def read_title(root: lxml.html.HtmlElement, selector: str | None) -> str:
    """The headline: the only `h1`, or what the page gives to other sites; empty without any."""
    if chosen := next(_chosen(root, selector), ""):
        return chosen
    headings = [_flat(heading.text_content()) for heading in root.xpath("//h1")]
    if len(headings) == 1 and headings[0]:
        return headings[0]
    named = _first(root, "string(//meta[@property='og:title']/@content)")
    headline = named or _linked_fact(root, "headline")
    return headline or str(_SITE_NAME.sub("", _first(root, "string(//title)")))


def read_day(
    root: lxml.html.HtmlElement, site: NewsSite, last_modified: str | None
) -> dt.date | None:
    """The day of publication; None when the page does not say, or says what cannot be.

    Args:
        root: the page.
        site: whose notation and languages it is written in.
        last_modified: the server's header; an article is not published after its last change.
    """
    codes = tuple(dict.fromkeys(site.languages.values()))
    latest = _latest_day(last_modified)
    days = (find_day(text, codes, site.dates) for text in _dates(root, site) if text)
    return next((day for day in days if day and day <= latest), None)


def _dates(root: lxml.html.HtmlElement, site: NewsSite) -> Iterator[str]:
    """What may tell the day, the surest first."""
    yield from _chosen(root, site.selectors.date)
    yield from (_first(root, path) for path in _DAY_PROPERTIES)
    yield _linked_fact(root, "datePublished")
    yield from (_first(root, path) for path in _DAY_ELEMENTS)
    yield from (_flat(element.text_content()) for element in root.xpath(_PRINTED_DAYS))


def read_image(root: lxml.html.HtmlElement, url: str, selector: str | None) -> str | None:
    """The address of the picture that stands for the article; a site's emblem cannot be told."""
    chosen = root.cssselect(selector) if selector else []
    own = next(filter(None, (one.get("src") or one.get("content") for one in chosen)), None)
    named = own or _first(root, "string(//meta[@property='og:image']/@content)")
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


def _chosen(root: lxml.html.HtmlElement, selector: str | None) -> Iterator[str]:
    """What the elements of a site's selector say, empty ones left out."""
    for element in root.cssselect(selector) if selector else ():
        said = element.get("datetime") or element.get("content") or element.text_content()
        if text := _flat(said):
            yield text


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


def _latest_day(last_modified: str | None) -> dt.date:
    try:
        changed = parsedate_to_datetime(last_modified or "").date()
        return changed + dt.timedelta(days=1)  # a day may begin earlier at the site
    except (ValueError, TypeError, OverflowError):
        return dt.date.max
