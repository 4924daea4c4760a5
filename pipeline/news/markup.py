"""HTML as fetched: its characters, its tree, its links (pure)."""

import re
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urlsplit

import lxml.html
from lxml import etree
from w3lib.encoding import (
    html_body_declared_encoding,
    html_to_unicode,
    http_content_type_encoding,
)

from pipeline.news.addresses import joined

MAX_LINKS = 5000  # looked at on one page

_FILE = re.compile(
    r"\.(7z|apk|avi|css|docx?|epub|exe|flv|gif|gz|ico|jpe?g|js|json|m4a|mov|mp3|mp4|odt|ogg|pdf|png"
    r"|pptx?|rar|rtf|svg|swf|tar|tgz|wav|webm|webp|wmv|xlsx?|xml|zip)$",
    re.IGNORECASE,
)
# libxml2 takes quadratic time for the attributes of a tag; what is longer holds pictures, not text
_OVERLONG_TAG = re.compile(r"<[^<>]{50000,}>?")
# Python knows others that are no character sets, that fail, or that take quadratic time
_CHARSET = re.compile(r"(ascii|big5|cp\d|euc|gb|iso|koi8|kz1048|mac-|ptcp154|shift|tis|utf-)")
_LINKS = (
    "//a[@href][not(contains(concat(' ', @rel, ' '), ' nofollow '))] | //area[@href]"
    " | //link[@href][@hreflang][contains(concat(' ', @rel, ' '), ' alternate ')]"
)


def parse_html(body: bytes, content_type: str | None) -> lxml.html.HtmlElement | None:
    """Parse a page of any quality; None when there is nothing in it.

    Args:
        body: as sent, decompressed.
        content_type: the header, whose charset counts more than the page's own.
    """
    text = _decoded(body, content_type or "")
    clean = _OVERLONG_TAG.sub(" ", text.replace("\0", "")).encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(clean, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _decoded(body: bytes, content_type: str) -> str:
    """Characters of a page; UTF-8 where it claims a character set that there is none of."""
    claimed = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    if claimed and not _CHARSET.match(claimed):
        return body.decode("utf-8-sig", "replace")
    return str(html_to_unicode(content_type, body)[1])


def absolute_urls(
    root: lxml.html.HtmlElement, page_url: str, references: Iterable[str]
) -> list[str]:
    """References on a page as normalised addresses, each once; those left out cannot be visited."""
    base = joined(page_url, root.xpath("string(//base/@href)")) or page_url
    return list(dict.fromkeys(filter(None, (joined(base, each) for each in references))))


def find_links(body: bytes, content_type: str | None, page_url: str) -> list[str]:
    """Addresses a page links to, the first `MAX_LINKS` in its order, each once; no files."""
    root = parse_html(body, content_type)
    if root is None:
        return []
    references = dict.fromkeys(element.get("href") for element in root.xpath(_LINKS))
    urls = absolute_urls(root, page_url, islice(references, MAX_LINKS))
    return [url for url in urls if not _FILE.search(urlsplit(url).path)]
