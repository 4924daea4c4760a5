"""HTML as fetched: its characters, its tree, its links (pure)."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import lxml.html
from lxml import etree
from w3lib.encoding import html_to_unicode

from pipeline.news.addresses import joined

_FILE = re.compile(
    r"\.(7z|apk|avi|css|docx?|epub|exe|flv|gif|gz|ico|jpe?g|js|json|m4a|mov|mp3|mp4|odt|ogg|pdf|png"
    r"|pptx?|rar|rtf|svg|swf|tar|tgz|wav|webm|webp|wmv|xlsx?|xml|zip)$",
    re.IGNORECASE,
)
# libxml2 takes quadratic time for the attributes of a tag; what is longer holds pictures, not text
_OVERLONG_TAG = re.compile(r"<[^<>]{50000,}>?")
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
    _, text = html_to_unicode(content_type or "", body)
    clean = _OVERLONG_TAG.sub(" ", text.replace("\0", "")).encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(clean, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def absolute_urls(
    root: lxml.html.HtmlElement, page_url: str, references: Iterable[str]
) -> list[str]:
    """References on a page as normalised addresses, each once; those left out cannot be visited."""
    base = joined(page_url, root.xpath("string(//base/@href)")) or page_url
    return list(dict.fromkeys(filter(None, (joined(base, each) for each in references))))


def find_links(body: bytes, content_type: str | None, page_url: str) -> list[str]:
    """Addresses that a page links to, in its order, each once; files that hold no page left out."""
    root = parse_html(body, content_type)
    if root is None:
        return []
    references = [element.get("href") for element in root.xpath(_LINKS)]
    urls = absolute_urls(root, page_url, references)
    return [url for url in urls if not _FILE.search(urlsplit(url).path)]
