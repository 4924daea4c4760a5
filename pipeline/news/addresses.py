"""What the addresses of a news site say (pure)."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urljoin, urlsplit

from w3lib.url import canonicalize_url

from pipeline.news_site import NewsSite

MAX_CHARACTERS = 2000  # longer addresses are traps: calendars, endless filters

_DEFAULT_PORT = re.compile(r"^(http://[^/]*):80(?=/|$)|^(https://[^/]*):443(?=/|$)")


def normalise_url(url: str) -> str | None:
    """Spell an absolute address in the one way used here; None for what cannot be visited.

    Small scheme and host, no default port, no fragment, UTF-8 percent escapes, query arguments
    sorted, `.` and `..` resolved. Only `http` and `https` without user name can be visited.
    """
    try:
        canonical = canonicalize_url(url.strip())
        parts = urlsplit(canonical)
        is_visitable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a broken IPv6 address or port
        return None
    if not is_visitable or "@" in parts.netloc or len(canonical) > MAX_CHARACTERS:
        return None
    return _DEFAULT_PORT.sub(lambda match: match[1] or match[2], canonical)


def joined(base: str, reference: str) -> str | None:
    """A reference as a normalised address; None for what cannot be visited."""
    try:
        return normalise_url(urljoin(base, reference.strip()))
    except ValueError:
        return None


def host_of(url: str) -> str:
    """Host and, unless it is the scheme's own, port of a normalised address."""
    return urlsplit(url).netloc


def hostname_of(url: str) -> str:
    """Host of a normalised address, without its port."""
    return str(urlsplit(url).hostname)


def origin_of(url: str) -> str:
    """Scheme and host of a normalised address: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def home_urls(site: NewsSite) -> list[str]:
    """A site's home pages, normalised, each once, in the recipe's order."""
    return list(dict.fromkeys(filter(None, map(normalise_url, site.home))))


def hosts_of(homes: Iterable[str]) -> frozenset[str]:
    """The hosts that belong to a site: those of its home pages."""
    return frozenset(map(host_of, homes))


def match_article(url: str, site: NewsSite) -> re.Match[str] | None:
    """The match of the site's `article` expression in the address's path; None for other pages."""
    return re.search(site.article, _decoded(urlsplit(url).path))


def language_told(url: str, match: re.Match[str] | None, site: NewsSite) -> str | None:
    """The site's own code for an article's language, by its path, its host or the default.

    Args:
        url: normalised.
        match: of the site's `article` expression.
        site: the site; its code may be one that its `languages` lack.
    """
    named = match.groupdict().get("language") if match else None
    only = next(iter(site.languages)) if len(site.languages) == 1 else None
    return named or site.language_by_host.get(host_of(url)) or site.default_language or only


def shared_path(url: str, match: re.Match[str] | None) -> str:
    """Path and query without the language: what versions may share where ids do not tell."""
    parts = urlsplit(url)
    path = _decoded(parts.path)
    if match and match.groupdict().get("language"):
        start, end = match.span("language")
        path = f"{path[:start].rstrip('/')}/{path[end:].lstrip('/')}"
    return f"{path}?{parts.query}" if parts.query else path


def is_visited(url: str, site: NewsSite) -> bool:
    """Whether the site's patterns let a crawl visit an address of one of its hosts."""
    path = _decoded(urlsplit(url).path)
    if any(re.search(pattern, path) for pattern in site.avoid):
        return False
    is_open = not site.follow or url in home_urls(site) or match_article(url, site) is not None
    return is_open or any(re.search(pattern, path) for pattern in site.follow)


def document_key(site_name: str, url: str) -> str:
    """`news/<site>/<path>`; a query stays, for it may be all that tells two articles apart."""
    parts = urlsplit(url)
    path = _decoded(parts.path).lstrip("/")
    query = f"?{_decoded(parts.query)}" if parts.query else ""
    return f"news/{site_name}/{path}{query}"


def _decoded(text: str) -> str:
    """Percent escapes decoded, unless that yields no clean text."""
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text
    return decoded if decoded.isprintable() else text
