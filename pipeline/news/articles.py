"""From pages as fetched to articles: headline, paragraphs, and which page says the same elsewhere.

Pure. What a site's entry does not tell is found by general rules, see `main_text` and `metadata`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import lxml.html
import pyarrow as pa
import regex

from pipeline.news.addresses import document_key, language_told, match_article, shared_path
from pipeline.news.main_text import find_main_text
from pipeline.news.markup import parse_html
from pipeline.news.metadata import (
    read_alternates,
    read_canonical,
    read_category,
    read_day,
    read_image,
    read_title,
)
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams
from pipeline.tables import NEWS_ARTICLES, as_table
from pipeline.text import identify_language, normalise

MIN_SCORED_LETTERS = 40  # shorter paragraphs do not vote on the language, unless all are short

_GONE = {404, 410}
_LETTER = regex.compile(r"\p{L}")

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
    urls = [url for url in (page["final_url"], page["url"]) if match_article(url, site)]
    if not urls:
        return
    row = dict.fromkeys(NEWS_ARTICLES.names) | {
        "asked_url": page["url"],
        "document_key": document_key(page["site"], page["url"]),
        "page_id": page["page_id"],
        "site": page["site"],
        "alternate_urls": [],
        "title": "",
        "paragraphs": [],
        "licence": site.licence,
        "reject_reason": page["reject_reason"],
        **_address_facts(urls[0], site),
        "url": page["url"],
    }
    told = language_told(urls[0], match_article(urls[0], site), site)
    if told and told not in site.languages:
        row["reject_reason"] = f"language: the recipe has none for {told!r}"
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
        text = find_main_text(root, row["title"], site.selectors, params.min_article_characters)
    except Exception as error:  # noqa: BLE001 - whatever hostile markup provokes
        row["reject_reason"] = f"unreadable: {type(error).__name__}"
        return
    row |= text._asdict()
    row["reject_reason"] = _length_problem(text.paragraphs, params)
    if row["reject_reason"] is None:
        _judge_language(row, site, params)


def _facts(root: lxml.html.HtmlElement, page: Row, site: NewsSite) -> Row:
    url = read_canonical(root, page["final_url"], site)
    facts: Row = {
        "document_key": document_key(page["site"], url),
        "title": read_title(root, site.selectors.title),
        "category": read_category(root),
        "published_on": read_day(root, site, page["last_modified"]),
    }
    if "hreflang" in site.twins:
        facts["alternate_urls"] = read_alternates(root, url, site)
    if "day_and_image" in site.twins:
        facts["lead_image"] = read_image(root, url, site.selectors.image)
    return facts | _address_facts(url, site)


def _address_facts(url: str, site: NewsSite) -> Row:
    """What an address tells; of an address that is no article's, itself alone."""
    match = match_article(url, site)
    if match is None:
        return {"url": url}
    told = language_told(url, match, site)
    return {
        "url": url,
        "article_id": match.groupdict().get("id") if "id" in site.twins else None,
        "shared_path": shared_path(url, match) if "path" in site.twins else None,
        **({"language": site.languages[told]} if told in site.languages else {}),
    }


def _length_problem(paragraphs: list[str], params: NewsParams) -> str | None:
    length = sum(map(len, paragraphs))
    if length >= params.min_article_characters:
        return None
    return f"no article text: {length} characters, the least is {params.min_article_characters}"


def _judge_language(row: Row, site: NewsSite, params: NewsParams) -> None:
    """Hold the text against the language of its address; where that tells none, the text does."""
    told = row["language"]
    votes = Counter(_languages(row["paragraphs"], told, site))
    found = max(votes, key=lambda language: (votes[language], language))
    row["language"] = told or found
    if row["language"] not in site.languages.values():
        row |= {"language": None, "reject_reason": "language: the text is in none of the site's"}
    elif votes[row["language"]] < params.min_language_fraction * votes.total():
        reason = f"fallback: {found} text on a {told} page"
        row["reject_reason"] = reason if told else "language: the text is in several"


def _languages(paragraphs: list[str], code: str | None, site: NewsSite) -> Iterator[str]:
    first = [code] if code else []
    candidates = list(dict.fromkeys([*first, *site.languages.values()]))
    texts = [normalise(text, code or candidates[0]) for text in paragraphs]
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
            row["reject_reason"] = f"duplicate: {original['url']}"
