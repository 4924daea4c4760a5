"""The article in a page: its paragraphs without what stands around them (pure).

A site's own selectors come first. Where they find too little, as after a site was rebuilt, or where
there are none, trafilatura (Barbaresi 2021) finds the text; what it leaves of advertisements and of
lines such as "read also" goes by the names of their boxes and by how much of a block is links.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import lxml.html
import regex
from lxml import etree
from lxml.html import defs

from pipeline.news_site import Selectors

MAX_LINK_FRACTION = 0.5  # of a paragraph's characters
MAX_BOX_FRACTION = 0.3  # of a page's text; a larger box is no advertisement, whatever its name

_LETTER = regex.compile(r"\p{L}")
_FOREIGN_BOX = (
    r"(^|[\s_-])(ads?|advert\w*|banners?|breadcrumbs?|cookies?|mahabat\w*|newsletter|promo|reklama"
    r"|related|read-?(also|more)|share|social|sponsor\w*|subscribe|tags?)([\s_-]|$)"
)
_BOXES = f"//*[re:test(@class, '{_FOREIGN_BOX}', 'i') or re:test(@id, '{_FOREIGN_BOX}', 'i')]"
_REGULAR_EXPRESSIONS = {"re": "http://exslt.org/regular-expressions"}
_LINE_BREAK = "\u2424"  # trafilatura keeps some `br` and drops others, but text it keeps
_EMPTY_LINE = regex.compile(rf"{_LINE_BREAK}\s*{_LINE_BREAK}[\s{_LINE_BREAK}]*")
_EXTRACTED_BLOCKS = frozenset({"p", "head", "item", "quote"})  # of trafilatura's tree
_HTML_BLOCKS = (defs.block_tags - {"del", "ins"}) | {
    *("article", "aside", "body", "details", "figcaption", "figure", "footer", "header", "main"),
    *("nav", "section", "summary"),
}
_NO_TEXT = frozenset({"button", "iframe", "noscript", "script", "select", "style", "template"})
_LINKS = frozenset({"a", "ref"})


class MainText(NamedTuple):
    """An article's text.

    Attributes:
        paragraphs: in order, without the title.
        found_by: `selectors`, `trafilatura` or `trafilatura, generously`.
    """

    paragraphs: list[str]
    found_by: str


def find_main_text(
    root: lxml.html.HtmlElement, title: str, selectors: Selectors, least: int
) -> MainText:
    """Find the paragraphs of an article.

    Args:
        root: the page; it is not changed.
        title: of the article; a paragraph that repeats it is left out.
        selectors: the site's own.
        least: characters with which a search is content; else it goes on, more generously.
    """
    pruned = _prepared(root, selectors)
    found = MainText([], "")
    for name, texts in _searches(pruned, selectors.text):
        found = MainText([text for text in texts if text != title], name)
        if sum(map(len, found.paragraphs)) >= least:
            break
    return found


def _searches(
    page: lxml.html.HtmlElement, selector: str | None
) -> Iterator[tuple[str, Iterator[str]]]:
    """Ways to find paragraphs, by name, the surest first."""
    if selector:
        yield "selectors", _selected(page, selector)
    yield "trafilatura", _extracted(page, is_generous=False)
    yield "trafilatura, generously", _extracted(page, is_generous=True)


def _prepared(root: lxml.html.HtmlElement, selectors: Selectors) -> lxml.html.HtmlElement:
    """A copy without foreign boxes, line breaks as characters."""
    pruned = copy.deepcopy(root)
    limit = MAX_BOX_FRACTION * len(pruned.text_content())
    for box in pruned.xpath(_BOXES, namespaces=_REGULAR_EXPRESSIONS):
        if box.getparent() is not None and len(box.text_content()) <= limit:
            box.drop_tree()
    for selector in selectors.removed:
        for box in pruned.cssselect(selector):
            if box.getparent() is not None:
                box.drop_tree()
    for line_break in list(pruned.iter("br")):
        line_break.tail = _LINE_BREAK + (line_break.tail or "")
        line_break.drop_tag()
    return pruned


def _selected(page: lxml.html.HtmlElement, selector: str) -> Iterator[str]:
    """Paragraphs of what the site's selector chooses; a box within another counts once."""
    boxes = page.cssselect(selector)
    chosen = set(boxes)
    for box in boxes:
        if chosen.isdisjoint(box.iterancestors()):
            yield from _block_texts(box, _HTML_BLOCKS)


def _extracted(page: lxml.html.HtmlElement, *, is_generous: bool) -> Iterator[str]:
    """Paragraphs of what trafilatura takes for the article."""
    import trafilatura  # noqa: PLC0415 - loading the definitions must stay quick

    document = trafilatura.bare_extraction(
        copy.deepcopy(page),
        include_comments=False,
        include_tables=False,
        include_links=True,
        favor_recall=is_generous,
    )
    if document is not None and document.body is not None:
        yield from _block_texts(document.body, _EXTRACTED_BLOCKS)


def _block_texts(box: Any, blocks: frozenset[str]) -> Iterator[str]:  # noqa: ANN401 - of lxml
    """Texts between the borders of blocks, in order."""
    pieces: list[tuple[str, bool]] = []
    links = silent = 0  # how many of either the walk is inside of
    for event, element in etree.iterwalk(box, events=("start", "end")):
        step = 1 if event == "start" else -1
        links += step * (element.tag in _LINKS)
        silent += step * (element.tag in _NO_TEXT)
        if element.tag in blocks:
            yield from _paragraphs(pieces)
            pieces = []
        text = element.text if event == "start" else element.tail
        if text and not silent and not (event == "end" and element is box):
            pieces.append((text, links > 0))
    yield from _paragraphs(pieces)


def _paragraphs(pieces: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """A block's text, divided by empty lines; nothing when it is links mostly."""
    whole = "".join(text for text, _ in pieces)
    linked = sum(len(text) for text, is_link in pieces if is_link)
    if linked <= MAX_LINK_FRACTION * len(whole):
        for part in _EMPTY_LINE.split(whole):
            text = " ".join(part.replace(_LINE_BREAK, " ").split())
            if _LETTER.search(text):
                yield text
