import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.news.addresses import document_key, home_urls, match_article, normalise_url
from pipeline.news.markup import find_links
from pipeline.news_site import NewsSite

SITE = NewsSite(
    home=("HTTP://Habar.example", "http://habar.example:80/#top", "http://habar.example/ru"),
    languages={"tk": "tuk_Latn", "ru": "rus_Cyrl"},
    article=r"^/(?P<language>tk|ru)/(?:habar|новости)/(?P<id>\d+)$",
    licence="unknown",
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Habar.Example:80/a b?y=2&x=1#top", "http://habar.example/a%20b?x=1&y=2"),
        ("https://habar.example:443", "https://habar.example/"),
        ("http://habar.example:8080/a/../b", "http://habar.example:8080/b"),
        ("http://habar.example/%d0%b0", "http://habar.example/%D0%B0"),
        ("ftp://habar.example/", None),
        ("javascript:alert(1)", None),
        ("mailto:a@habar.example", None),
        ("http://habar.example@evil.example/", None),
        ("http://[::1/", None),
        ("http://habar.example/" + "a" * 3000, None),
    ],
)
def test_an_address_is_spelt_in_one_way_or_not_visited(url, expected):
    assert normalise_url(url) == expected


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(path):
    once = normalise_url(f"http://habar.example/{path}")
    assert once is None or normalise_url(once) == once


def test_home_pages_are_listed_once():
    assert home_urls(SITE) == ["http://habar.example/", "http://habar.example/ru"]


def test_an_article_is_known_by_its_decoded_path():
    match = match_article(
        "http://habar.example/ru/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/7", SITE
    )
    assert match.groupdict() == {"language": "ru", "id": "7"}
    assert match_article("http://habar.example/tk/habar/", SITE) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://habar.example/ru/%D1%8F/1", "news/habar/ru/я/1"),
        ("http://habar.example/?id=5", "news/habar/?id=5"),
        ("http://habar.example/%FF/1", "news/habar/%FF/1"),  # not UTF-8
        ("http://habar.example/a%00b%0A", "news/habar/a%00b%0A"),  # controls stay escaped
    ],
)
def test_a_document_key_is_readable(url, expected):
    assert document_key("habar", url) == expected


def test_links_are_found_in_order_and_files_left_out():
    body = b"""<html><head><base href="/tk/"><link rel="alternate" hreflang="ru" href="/ru/1">
        <link rel="stylesheet" href="/x.css"></head><body><a href="2">a</a><a href="2#end">b</a>
        <a href="/photo.JPG">c</a><a rel="nofollow" href="/login">d</a><a href="http://[">e</a>
        <area href="//other.example/x"></body></html>"""
    assert find_links(body, "text/html", "http://habar.example/") == [
        "http://habar.example/ru/1",
        "http://habar.example/tk/2",
        "http://other.example/x",
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 10, b"<div>" * 50_000, b"<p " + b"a " * 200_000, bytes(range(256)) * 100],
)
def test_hostile_markup_has_no_links(body):
    assert find_links(body, None, "http://habar.example/") == []
