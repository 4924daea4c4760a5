"""From pages as fetched to articles: headline, paragraphs, and which page says the same elsewhere.

Pure. The text of an article is found by trafilatura (Barbaresi 2021); what it leaves of
advertisements and of lines such as "read also" goes by the names of their boxes and by how much of
a paragraph is links.
"""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import lxml.html
import pyarrow as pa
import regex

from pipeline.news.addresses import document_key, match_article
from pipeline.news.markup import parse_html
from pipeline.news.metadata import (
    read_alternates,
    read_canonical,
    read_category,
    read_day,
    read_image,
    read_title,
)
from pipeline.parameters import NewsParams
from pipeline.recipe_sections import NewsSite
from pipeline.tables import NEWS_ARTICLES, as_table
from pipeline.text import identify_language, normalise

MAX_LINK_FRACTION = 0.5  # of a paragraph's characters
MAX_BOX_FRACTION = 0.3  # of a page's text; a larger box is no advertisement, whatever its name
MIN_SCORED_LETTERS = 40  # shorter paragraphs do not vote on the language, unless all are short

_GONE = {404, 410}
_LETTER = regex.compile(r"\p{L}")
_FOREIGN_BOX = (
    r"(^|[\s_-])(ads?|advert\w*|banners?|breadcrumbs?|cookies?|mahabat\w*|newsletter|promo|reklama"
    r"|related|read-?(also|more)|share|social|sponsor\w*|subscribe|tags?)([\s_-]|$)"
)
_BOXES = f"//*[re:test(@class, '{_FOREIGN_BOX}', 'i') or re:test(@id, '{_FOREIGN_BOX}', 'i')]"
_REGULAR_EXPRESSIONS = {"re": "http://exslt.org/regular-expressions"}
_IS_BLOCK = "self::p or self::head or self::item or self::quote"
_OWN_TEXTS = f".//text()[count(ancestor::*[{_IS_BLOCK}]) = $depth]"
_LINE_BREAK = "\u2424"  # trafilatura keeps some `br` and drops others, but text it keeps
_EMPTY_LINE = regex.compile(rf"{_LINE_BREAK}\s*{_LINE_BREAK}[\s{_LINE_BREAK}]*")

Row = dict[str, Any]


def read_articles(pages: pa.Table, sites: Mapping[str, NewsSite], params: NewsParams) -> pa.Table:
    """Read the articles among a day's pages.

    Args:
        pages: NEWS_PAGES in any order.
        sites: by name; pages of other sites are passed over.
        params: limits.

    Returns:
        NEWS_ARTICLES by document key. Pages whose path is no article's give no row. Rejected are
        articles that could not be fetched, have no text, have it in another language than their
        address says, or are there twice; of such copies the one at its canonical address is kept.
    """
    rows = [
        row for page in pages.to_pylist() for row in _rows_of(page, sites.get(page["site"]), params)
    ]
    _reject_copies(rows)
    rows.sort(key=lambda row: (row["document_key"], row["page_id"]))
    return as_table(
        [{name: row[name] for name in NEWS_ARTICLES.names} for row in rows], NEWS_ARTICLES
    )


def _rows_of(page: Row, site: NewsSite | None, params: NewsParams) -> Iterator[Row]:
    if site is None or (page["reject_reason"] and page["status"] not in _GONE):
        return  # a night's failure takes no article away; the page's own row tells of it
    match = match_article(page["final_url"], site) or match_article(page["url"], site)
    if match is None:
        return
    row = dict.fromkeys(NEWS_ARTICLES.names) | {
        "asked_url": page["url"],
        "document_key": document_key(page["site"], page["url"]),
        "page_id": page["page_id"],
        "site": page["site"],
        "url": page["url"],
        "article_id": match["id"],
        "language": site.languages.get(match["language"] or ""),
        "alternate_urls": [],
        "title": "",
        "paragraphs": [],
        "licence": site.licence,
        "reject_reason": page["reject_reason"],
    }
    if row["language"] is None:
        row["reject_reason"] = f"language: the recipe has none for {match['language']!r}"
    if row["reject_reason"] is None:
        _read(row, page, site, params)
    yield row


def _read(row: Row, page: Row, site: NewsSite, params: NewsParams) -> None:
    """Fill an article's row from its page."""
    try:
        root = parse_html(page["body"], page["content_type"])
        if root is None:
            row["reject_reason"] = "no article text: the page is empty"
            return
        row |= _facts(root, page, site)
        row["paragraphs"] = _paragraphs(root, row["title"], params)
    except Exception as error:  # noqa: BLE001 - whatever hostile markup provokes
        row["reject_reason"] = f"unreadable: {type(error).__name__}"
        return
    row["reject_reason"] = _problem(row["paragraphs"], row["language"], site, params)


def _facts(root: lxml.html.HtmlElement, page: Row, site: NewsSite) -> Row:
    url = read_canonical(root, page["final_url"], site)
    match = match_article(url, site)
    facts = {
        "document_key": document_key(page["site"], url),
        "url": url,
        "alternate_urls": read_alternates(root, url, site),
        "title": read_title(root),
        "category": read_category(root),
        "published_on": read_day(root, page["last_modified"]),
        "lead_image": read_image(root, url),
    }
    if match and (language := site.languages.get(match["language"] or "")):
        facts |= {"article_id": match["id"], "language": language}
    return facts


def _paragraphs(root: lxml.html.HtmlElement, title: str, params: NewsParams) -> list[str]:
    """The article's paragraphs without its title; looked for harder when there is little."""
    import trafilatura  # noqa: PLC0415 - loading the definitions must stay quick

    pruned = _prepared(root)
    for is_generous in (False, True):
        document = trafilatura.bare_extraction(
            copy.deepcopy(pruned),
            include_comments=False,
            include_tables=False,
            include_links=True,
            favor_recall=is_generous,
        )
        body = document.body if document is not None else None
        found = [] if body is None else [text for text in _texts(body) if text != title]
        if sum(map(len, found)) >= params.min_article_characters:
            break
    return found


def _prepared(root: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    """A copy without foreign boxes, line breaks as characters."""
    pruned = copy.deepcopy(root)
    limit = MAX_BOX_FRACTION * len(pruned.text_content())
    for box in pruned.xpath(_BOXES, namespaces=_REGULAR_EXPRESSIONS):
        if box.getparent() is not None and len(box.text_content()) <= limit:
            box.drop_tree()
    for line_break in list(pruned.iter("br")):
        line_break.tail = _LINE_BREAK + (line_break.tail or "")
        line_break.drop_tag()
    return pruned


def _texts(body: Any) -> Iterator[str]:  # noqa: ANN401 - an element of lxml
    """Texts of the blocks in trafilatura's tree; an empty line within one divides it."""
    for block in body.xpath(f"//*[{_IS_BLOCK}]"):
        depth = block.xpath(f"count(ancestor-or-self::*[{_IS_BLOCK}])")
        texts = block.xpath(_OWN_TEXTS, depth=depth)
        linked = sum(len(text) for text in texts if text.getparent().tag == "ref" and text.is_text)
        whole = "".join(texts)
        if linked <= MAX_LINK_FRACTION * len(whole):
            pieces = (
                " ".join(piece.replace(_LINE_BREAK, " ").split())
                for piece in _EMPTY_LINE.split(whole)
            )
            yield from (piece for piece in pieces if _LETTER.search(piece))


def _problem(paragraphs: list[str], code: str, site: NewsSite, params: NewsParams) -> str | None:
    length = sum(map(len, paragraphs))
    if length < params.min_article_characters:
        return f"no article text: {length} characters, the least is {params.min_article_characters}"
    votes = Counter(_languages(paragraphs, code, site))
    own = votes[code] / votes.total()
    if own >= params.min_language_fraction:
        return None
    found = max(votes, key=lambda language: (votes[language], language))
    return f"fallback: {found} text on a {code} page"


def _languages(paragraphs: list[str], code: str, site: NewsSite) -> Iterator[str]:
    candidates = [code, *(other for other in site.languages.values() if other != code)]
    texts = [normalise(text, code) for text in paragraphs]
    long = [text for text in texts if len(_LETTER.findall(text)) >= MIN_SCORED_LETTERS]
    return (identify_language(text, candidates).code for text in long or texts)


def _reject_copies(rows: list[Row]) -> None:
    """Of articles with one canonical address, keep the one that was asked for there."""
    first: dict[str, Row] = {}
    kept = (row for row in rows if row["reject_reason"] is None)
    for row in sorted(kept, key=lambda row: (row["asked_url"] != row["url"], row["asked_url"])):
        original = first.setdefault(row["document_key"], row)
        if original is not row:
            row["document_key"] = document_key(row["site"], row["asked_url"])
            row["reject_reason"] = f"duplicate of {original['url']}"
