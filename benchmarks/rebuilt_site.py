"""A news site rebuilt from the real pages of the Turkmen standards service.

The pages at hand are the articles' own markup; what a news site puts around them (navigation, a
day, other headlines, an advertisement, a footer) and their addresses are written here.
"""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, get_args

import pyarrow as pa

from benchmarks.document_sets import packed_texts
from pipeline.news_site import NewsSite, Selectors, TwinSign
from pipeline.settings import test_data
from pipeline.tables import NEWS_PAGES, as_table

HOST = "https://gullugy.example"
CODES = {"tm": "tuk_Latn", "ru": "rus_Cyrl", "en": "eng_Latn"}
LONG = "20"  # a code of laws: more text than all others together
SIGNS: tuple[TwinSign, ...] = get_args(TwinSign)
OWN_SELECTORS = Selectors(
    text=".body p.esasyj, .body h1, .body h2, .body h3, .body td, .body th", date=".day"
)
_ARTICLES_A_DAY = 3
_FIRST_DAY = dt.date(2025, 9, 1)
_SLUGS = {"tm": "habar", "ru": "novost", "en": "report"}
_AROUND = {
    "tm": ("Baş sahypa", "Habarlar", "Iň köp okalanlar", "Täze standartlar kabul edildi"),
    "ru": ("Главная", "Новости", "Самое читаемое", "Приняты новые стандарты"),
    "en": ("Home", "News", "Most read", "New standards have been adopted"),
}
_ADVERTISEMENTS = {
    "tm": "Mahabat: iň arzan telefonlar diňe biziň dükanymyzda, howlugyň, sany çäkli!",
    "ru": "Реклама: самые дешёвые телефоны только в нашем магазине, спешите, число ограничено!",
    "en": "Advertisement: the cheapest phones are in our shop alone, hurry, few are left!",
}
_PAGE = """<html><head><title>{home}</title><meta property="article:published_time"
content="{day}T09:00:00+05:00">{head}</head><body>
<header><nav><a href="/{code}/">{home}</a> <a href="/{code}/habar">{news}</a></nav></header>
<main><div class="breadcrumbs"><a href="/{code}/">{home}</a> / {news}</div>
<article><div class="day">{day}</div><div class="body">{body}</div>
<div class="related"><h4>{popular}</h4><ul><li><a href="/{code}/x">{headline}</a></li></ul></div>
</article></main><aside><h4>{popular}</h4><p><a href="/{code}/x">{headline}</a></p>
<p class="ad-box">{advertisement}</p></aside><footer><p>© 2025 {home}.</p></footer></body></html>"""


class Version(NamedTuple):
    """One document in one of the site's own codes."""

    document: str
    code: str


@lru_cache(maxsize=1)
def saved_markup() -> dict[Version, str]:
    """The articles' own markup, as the service published it."""
    found = {}
    for name, markup in packed_texts(test_data() / "tds_gov_tm" / "html.tar.zst"):
        document, code, _ = name.rpartition("/")[2].split(".")
        found[Version(document, code)] = markup
    return dict(sorted(found.items(), key=lambda item: (int(item[0].document), item[0].code)))


def published_text(version: Version) -> str:
    """The text that belongs to a page, from the data set."""
    name = f"{version.document}.{version.code}.txt"
    return (test_data() / "tds_gov_tm" / "text" / name).read_text(encoding="utf-8")


def documents(*, with_long: bool = False) -> list[str]:
    """Names of the documents, ascending."""
    names = dict.fromkeys(version.document for version in saved_markup())
    return [name for name in names if with_long or name != LONG]


def site(signs: Sequence[TwinSign] = SIGNS, selectors: Selectors | None = None) -> NewsSite:
    """The site's entry, for versions that share these signs."""
    return NewsSite(
        home=tuple(f"{HOST}/{code}/" for code in CODES),
        languages=CODES,
        article=r"^/(?P<language>tm|ru|en)/habar/(?:(?P<id>\d+)/)?\w+-\d+",
        licence="official documents",
        selectors=selectors or Selectors(),
        twins=tuple(signs),
    )


def pages(signs: Sequence[TwinSign], names: Sequence[str]) -> pa.Table:
    """The site's pages of these documents, schema `NEWS_PAGES`, showing these signs alone."""
    versions = [Version(name, code) for name in names for code in CODES]
    return as_table(
        [_row(version, signs, names.index(version[0])) for version in versions], NEWS_PAGES
    )


def address(version: Version, signs: Sequence[TwinSign]) -> str:
    """Of a version; what the signs do not say differs between languages."""
    number, place = int(version.document), list(CODES).index(version.code)
    own = 7919 * (number + 31 * place) % 9973  # no two versions of the site have one
    slug = "sahypa" if "path" in signs else _SLUGS[version.code]
    tail = number if "path" in signs else own
    article_id = f"{number}/" if "id" in signs else "" if "path" in signs else f"{own}/"
    return f"{HOST}/{version.code}/habar/{article_id}{slug}-{tail}"


def _row(version: Version, signs: Sequence[TwinSign], place: int) -> dict[str, Any]:
    url = address(version, signs)
    others = {code: address(Version(version.document, code), signs) for code in CODES}
    head = [
        f'<link rel="alternate" hreflang="{code}" href="{other}">'
        for code, other in others.items()
        if "hreflang" in signs
    ]
    if "day_and_image" in signs:
        head.append(f'<meta property="og:image" content="/media/{version.document}.jpg">')
    home, news, popular, headline = _AROUND[version.code]
    body = _PAGE.format(
        home=home,
        news=news,
        popular=popular,
        headline=headline,
        advertisement=_ADVERTISEMENTS[version.code],
        code=version.code,
        day=_FIRST_DAY + dt.timedelta(days=place // _ARTICLES_A_DAY),
        head="".join(head),
        body=saved_markup()[version],
    )
    facts = {"site": "gullugy", "url": url, "final_url": url, "status": 200}
    kind = {"content_type": "text/html; charset=utf-8", "body": body.encode()}
    return {"page_id": ".".join(version), **facts, **kind}
