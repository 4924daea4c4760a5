import asyncio
import datetime as dt
import gzip
import json
import time

import pytest

from pipeline.news import discovery
from pipeline.news.answers import Answer
from pipeline.news.discovery import MAX_DEPTH, MAX_LISTS, Listed, discover, read_list
from pipeline.news.frontier import Frontier
from pipeline.news.visiting import SiteVisitor
from pipeline.news_site import Discovery, NewsSite
from pipeline.parameters import NewsParams
from tests.stages.news_server import HOME, page

SITEMAP = f"{HOME}sitemap.xml"


def moment(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


def sitemap(*entries, kind="urlset"):
    inner = "".join(
        f"<{'url' if kind == 'urlset' else 'sitemap'}><loc>{url}</loc>"
        + (f"<lastmod>{changed}</lastmod>" if changed else "")
        + f"</{'url' if kind == 'urlset' else 'sitemap'}>"
        for url, changed in entries
    )
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><{kind} xmlns="{namespace}">{inner}</{kind}>'.encode()


RSS = b"""<rss version="2.0"><channel><link>http://habar.example/</link>
<item><title>A</title><link>http://habar.example/tk/1</link>
<pubDate>Fri, 14 Nov 2025 09:00:00 +0500</pubDate></item>
<item><link>/tk/2</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><link href="http://habar.example/"/>
<entry><link rel="enclosure" href="/a.mp3"/><link href="/tk/3"/>
<updated>2025-11-14T04:00:00Z</updated></entry></feed>"""


def test_a_sitemap_tells_addresses_and_when_they_changed():
    body = sitemap((f"{HOME}tk/1", "2025-11-14"), ("/tk/2", "2025-11-14T09:00:00+05:00"), ("", ""))
    assert read_list(body, SITEMAP) == [
        Listed(f"{HOME}tk/1", moment(2025, 11, 14)),
        Listed(f"{HOME}tk/2", moment(2025, 11, 14, 4)),
    ]
    assert read_list(gzip.compress(body), SITEMAP) == read_list(body, SITEMAP)


def test_feeds_of_both_kinds_tell_their_items_and_no_home_page():
    assert read_list(RSS, HOME) == [
        Listed(f"{HOME}tk/1", moment(2025, 11, 14, 4)),
        Listed(f"{HOME}tk/2", None),
    ]
    assert read_list(ATOM, HOME) == [Listed(f"{HOME}tk/3", moment(2025, 11, 14, 4))]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>no list</body></html>", b"\x1f\x8bbroken", b"{}", b"\0\0"],
)
def test_what_is_no_list_has_no_entries(body):
    assert read_list(body, SITEMAP) == []


def test_a_broken_list_gives_what_stands_before_the_break():
    body = sitemap((f"{HOME}tk/1", ""), (f"{HOME}tk/2", ""))
    assert read_list(body[:-60], SITEMAP)[0].url == f"{HOME}tk/1"


def test_entities_are_not_resolved(tmp_path):
    (tmp_path / "secret").write_text("http://habar.example/secret")
    body = sitemap(("&x;", "")).replace(
        b"?>", f'?><!DOCTYPE x [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'.encode(), 1
    )
    assert read_list(body, SITEMAP) == []


def test_a_list_that_unpacks_too_large_is_left_alone(monkeypatch):
    body = gzip.compress(sitemap((f"{HOME}tk/1", "")) + b" " * 10_000)
    assert read_list(body, SITEMAP)
    monkeypatch.setattr(discovery, "MAX_BYTES", 5000)
    assert read_list(body, SITEMAP) == []


def found(lists, start=(SITEMAP,)):
    asked = []

    async def fetch(url):
        asked.append(url)
        return lists(url) if callable(lists) else lists.get(url)

    pages = [entry.url.removeprefix(HOME) for entry in asyncio.run(discover(start, fetch))]
    return pages, asked


def test_an_index_leads_to_its_lists_and_the_newest_page_comes_first():
    pages, asked = found(
        {
            SITEMAP: sitemap((f"{HOME}a.xml", ""), (f"{HOME}b.xml", ""), kind="sitemapindex"),
            f"{HOME}a.xml": sitemap((f"{HOME}1", "2025-11-01"), (f"{HOME}2", "")),
            f"{HOME}b.xml": sitemap((f"{HOME}3", "2025-11-02"), (f"{HOME}1", "2025-12-01")),
        }
    )
    assert pages == ["3", "1", "2"]
    assert asked == [SITEMAP, f"{HOME}a.xml", f"{HOME}b.xml"]


def test_lists_that_name_one_another_are_asked_for_once():
    loop = sitemap((SITEMAP, ""), (f"{HOME}b.xml", ""), kind="sitemapindex")
    _, asked = found({SITEMAP: loop, f"{HOME}b.xml": loop})
    assert asked == [SITEMAP, f"{HOME}b.xml"]


def test_an_endless_chain_of_indexes_ends_at_the_greatest_depth():
    _, asked = found(lambda url: sitemap((f"{url}x", ""), kind="sitemapindex"))
    assert len(asked) == MAX_DEPTH + 1


def test_no_more_lists_are_asked_for_than_may_be():
    def wide(url):
        return sitemap(*((f"{url}/{n}", "") for n in range(500)), kind="sitemapindex")

    assert len(found(wide)[1]) == MAX_LISTS


class Web:
    def __init__(self, answers):
        self.answers, self.asked = answers, []

    async def download(self, url, headers, *, first_bytes=None):
        self.asked.append(url.removeprefix(HOME))
        return self.answers.get(url, Answer(404, {}))

    async def sleep(self, seconds):
        pass


def text(body, kind="application/xml"):
    return Answer(200, {"content-type": kind}, body, is_html=kind == "text/html")


def visit(web, path, **lists):
    site = NewsSite(
        home=(HOME,),
        languages={"tk": "tuk_Latn"},
        article=r"^/(?P<language>tk)/(?P<id>\d+)",
        licence="unknown",
        avoid=("print",),
        discovery=Discovery(**lists),
    )
    frontier = Frontier(path / "frontier.sqlite")
    frontier.begin("f", json.dumps({}), {"habar": [HOME]}, ())
    params = NewsParams(delay_seconds=0, max_pages=4)
    visitor = SiteVisitor(
        "habar", site, params, frontier, web.download, time.time, web.sleep, "Dutar"
    )
    asyncio.run(visitor.visit_all(lambda _: None, 0))
    facts = frontier.facts()
    frontier.close()
    return facts


PAGES = {
    HOME: text(page().encode(), "text/html"),
    f"{HOME}tk/1": text(page().encode(), "text/html"),
    f"{HOME}tk/2": text(page().encode(), "text/html"),
}


def test_a_crawl_visits_what_lists_name_and_no_link_leads_to(tmp_path):
    entries = [(f"{HOME}tk/{n}", f"2025-11-0{n}") for n in (1, 2)]
    elsewhere = [("http://elsewhere.example/tk/3", ""), (f"{HOME}tk/4/print", "")]
    web = Web(PAGES | {SITEMAP: text(sitemap(*entries, *elsewhere))})
    facts = visit(web, tmp_path, sitemaps=("/sitemap.xml",), feeds=("/rss",))
    assert web.asked == ["robots.txt", "sitemap.xml", "rss", "", "tk/2", "tk/1"]
    assert facts["new_count"] == 3
    assert facts["request_count"] == len(web.asked)


def test_sitemaps_are_found_in_robots_txt_and_forbidden_ones_left_alone(tmp_path):
    robots = f"User-agent: *\nDisallow: /private\nSitemap: {SITEMAP}\nSitemap: {HOME}private.xml\n"
    web = Web(
        PAGES
        | {
            f"{HOME}robots.txt": text(robots.encode(), "text/plain"),
            SITEMAP: text(sitemap((f"{HOME}tk/1", ""))),
        }
    )
    visit(web, tmp_path, has_robots_sitemaps=True)
    assert web.asked == ["robots.txt", "sitemap.xml", "", "tk/1"]


def test_a_site_without_lists_costs_no_request_more(tmp_path):
    web = Web(PAGES)
    visit(web, tmp_path)
    assert web.asked == ["robots.txt", ""]
