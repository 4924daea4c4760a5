"""Which documents say of themselves that they translate one another. Pure; linear time.

Editions of a book say which book, or carry one ISBN; articles name their other languages in their
pages' heads (hreflang), many sites give one number to all versions of an article or one path but
for the language, and versions of one day often show one picture.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

SAME_BOOK = "same book"
SAME_ISBN = "same ISBN"
HREFLANG = "hreflang"
SAME_ID = "same id"
SAME_PATH = "same path"
SAME_IMAGE = "same day and image"

Row = Mapping[str, Any]
Keys = tuple[str, str]


def books_by_metadata(sources: Sequence[Row], targets: Sequence[Row]) -> dict[Keys, str]:
    """Pairs of editions with the first rule that finds them, all editions with all."""
    found = dict.fromkeys(_with_equal(_value("isbn"), sources, targets), SAME_ISBN)
    return found | dict.fromkeys(_with_equal(_value("book"), sources, targets), SAME_BOOK)


def articles_by_metadata(sources: Sequence[Row], targets: Sequence[Row]) -> list[tuple[Keys, str]]:
    """Pairs of articles, the surest first; a document may be in several.

    Articles that link to each other go before those of which only one does, and every link before
    an equal number, and that before an equal path. A picture counts when one article of either
    language shows it on that day.
    """
    links = Counter(_linked(sources, targets))
    links.update((source, target) for target, source in _linked(targets, sources))
    ranked = [(pair, HREFLANG) for pair in sorted(links, key=lambda pair: (-links[pair], pair))]
    ranked += [(pair, SAME_ID) for pair in _with_equal(_value("article_id"), sources, targets)]
    ranked += [(pair, SAME_PATH) for pair in _with_equal(_value("shared_path"), sources, targets)]
    alone = [_shown_once(side) for side in (sources, targets)]
    return ranked + [(pair, SAME_IMAGE) for pair in _with_equal(_day_and_image, *alone)]


def _value(name: str) -> Callable[[Row], Hashable]:
    return lambda row: row[name]


def _day_and_image(row: Row) -> Hashable:
    is_known = row["published_on"] is not None and row["lead_image"]
    return (row["published_on"], row["lead_image"]) if is_known else None


def _shown_once(rows: Sequence[Row]) -> list[Row]:
    """Articles whose picture no other has on their day: a site's emblem tells nothing."""
    counts = Counter(map(_day_and_image, rows))
    return [row for row in rows if counts[_day_and_image(row)] == 1]


def _with_equal(
    value: Callable[[Row], Hashable], sources: Sequence[Row], targets: Sequence[Row]
) -> Iterator[Keys]:
    """Documents of one language each that share a value that is not empty, by their keys."""
    by_value = defaultdict(list)
    for target in targets:
        by_value[value(target)].append(target["document_key"])
    for source in sources:
        if value(source):
            yield from ((source["document_key"], key) for key in by_value.get(value(source), ()))


def _linked(here: Sequence[Row], there: Sequence[Row]) -> set[Keys]:
    """Who of here names whom of there as the same page in another language."""
    by_url = {row["url"]: row["document_key"] for row in reversed(there) if row["url"]}
    return {
        (row["document_key"], by_url[url])
        for row in here
        for url in row["alternate_urls"] or ()
        if url in by_url
    }
