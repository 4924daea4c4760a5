import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.news.articles import read_articles
from pipeline.news.quality import article_verdicts, crawl_verdicts
from pipeline.news.sentences import extract_news_sentences
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams, SentenceParams
from pipeline.tables import NEWS_ARTICLES, NEWS_PAGES, NEWS_SENTENCES, as_table, kept

HOST = "http://habar.example"
SITE = NewsSite(
    home=(f"{HOST}/",),
    languages={"tk": "tuk_Latn", "ru": "rus_Cyrl", "en": "eng_Latn"},
    article=r"^/(?P<language>tk|ru|en|tr)/habar/(?P<id>\d+)",
    licence="CC-BY-4.0",
)
PARAMS = NewsParams()

TURKMEN = (
    "Şu gün Aşgabatda täze kitaphana açyldy. Oňa köp adam geldi we dürli kitaplary okap gördüler.",
    "Kitaphanada on müň kitap bar. Olaryň arasynda ertekiler hem golýazmalar saklanýar.",
)
RUSSIAN = (
    "Сегодня в Ашхабаде открылась новая библиотека. В неё пришло много людей, они читали книги.",
    "В библиотеке десять тысяч книг. Среди них есть сказки для детей и старинные рукописи.",
)
HEAD = """<title>Täze kitaphana | Habar</title>
<link rel="canonical" href="/tk/habar/5/kitaphana">
<link rel="alternate" hreflang="tk" href="/tk/habar/5/kitaphana">
<link rel="alternate" hreflang="ru" href="/ru/habar/5/biblioteka#top">
<link rel="alternate" hreflang="x-default" href="/">
<meta property="article:section" content="Medeniýet">
<meta property="og:image" content="/media/kitaphana.jpg">
<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle",
 "datePublished": "2026-03-01T09:00:00+05:00"}]}</script>"""


def article_html(paragraphs=TURKMEN, head=HEAD, title="Aşgabatda täze kitaphana açyldy"):
    """A page as a news site makes them: navigation, advertisements, a sidebar, a footer."""
    first, *others = [f"<p>{text}</p>" for text in paragraphs]
    return f"""<html><head>{head}</head><body>
    <header><time datetime="2026-11-21">bu gün</time>
      <nav><a href="/tk/">Baş sahypa</a> <a href="/tk/habar">Habarlar</a></nav></header>
    <main><article><h1>{title}</h1>{first}
      <div class="ad-banner"><p>Mahabat: iň arzan telefonlar diňe biziň dükanymyzda, howlugyň!</p>
      </div>
      {"".join(others)}
      <p>Şeýle hem okaň: <a href="/tk/habar/4">Täze mekdep açyldy we oňa köp çaga geldi</a></p>
      <div class="related"><p>Beýleki habarlar: howa, sport, medeniýet we başga täzelikler bar.</p>
      </div>
    </article></main>
    <aside><h3>Iň köp okalanlar</h3><a href="/tk/habar/3">Howa</a></aside>
    <footer>© 2026 Habar. Ähli hukuklar goralan.</footer></body></html>"""


def page(path, html="", **changes):
    row = {
        "page_id": f"id of {path}",
        "site": "habar",
        "url": HOST + path,
        "final_url": HOST + path,
        "status": 200,
        "content_type": "text/html; charset=utf-8",
        "body": html.encode(),
    }
    return row | changes


def read(*pages, params=PARAMS):
    articles = read_articles(as_table(list(pages), NEWS_PAGES), {"habar": SITE}, params)
    assert articles.schema.equals(NEWS_ARTICLES)
    return articles.to_pylist()


def test_an_article_is_read_without_navigation_advertisements_and_read_also():
    (article,) = read(page("/tk/habar/5/kitaphana?from=home", article_html()), page("/tk/", "x"))
    assert article == {
        "document_key": "news/habar/tk/habar/5/kitaphana",
        "page_id": "id of /tk/habar/5/kitaphana?from=home",
        "site": "habar",
        "url": f"{HOST}/tk/habar/5/kitaphana",
        "article_id": "5",
        "shared_path": "/habar/5/kitaphana",
        "language": "tuk_Latn",
        "alternate_urls": [f"{HOST}/ru/habar/5/biblioteka"],
        "title": "Aşgabatda täze kitaphana açyldy",
        "category": "Medeniýet",
        "published_on": dt.date(2026, 3, 1),
        "lead_image": f"{HOST}/media/kitaphana.jpg",
        "paragraphs": list(TURKMEN),
        "found_by": "trafilatura",
        "licence": "CC-BY-4.0",
        "reject_reason": None,
    }


def test_empty_lines_divide_a_paragraph_and_single_line_breaks_do_not():
    text = "<br><br>".join(TURKMEN).replace("bar. ", "bar.<br>")
    (article,) = read(page("/tk/habar/5", article_html([text], head="")))
    assert article["paragraphs"] == list(TURKMEN)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="article:published_time" content="2026-02-03T01:00:00Z">', (2026, 2, 3)),
        ('<meta itemprop="datePublished" content="2026-02-04">', (2026, 2, 4)),
        ('<meta name="date" content="2026-13-45">', None),
        ('<script type="application/ld+json">{broken</script>', None),
        ("", None),  # the header's clock is not the article's day
    ],
)
def test_the_day_of_publication_is_what_the_page_says(head, expected):
    (article,) = read(page("/tk/habar/5", article_html(head=head)))
    assert article["published_on"] == (expected and dt.date(*expected))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            '<meta property="og:image" content="http://img.example/a.jpg">',
            "http://img.example/a.jpg",
        ),
        ('<script type="application/ld+json">{"image": "/b.png"}</script>', f"{HOST}/b.png"),
        ('<script type="application/ld+json">{"image": {"url": "/b.png"}}</script>', None),
        ('<meta property="og:image" content="">', None),
        ("", None),
    ],
)
def test_the_picture_of_an_article_is_the_one_that_it_names_to_other_sites(head, expected):
    (article,) = read(page("/tk/habar/5", article_html(head=head)))
    assert article["lead_image"] == expected


def test_an_article_is_not_published_after_its_last_change():
    changed = "Sat, 28 Feb 2026 12:00:00 GMT"
    (same_night,) = read(page("/tk/habar/5", article_html(), last_modified=changed))
    assert same_night["published_on"] == dt.date(2026, 3, 1)
    changed = "Thu, 26 Feb 2026 12:00:00 GMT"
    (impossible,) = read(page("/tk/habar/5", article_html(), last_modified=changed))
    assert impossible["published_on"] is None


def test_a_printed_day_is_read():
    html = article_html(head="").replace("<h1>", '<div class="post-date">14.02.2026</div><h1>')
    (article,) = read(page("/tk/habar/5", html))
    assert article["published_on"] == dt.date(2026, 2, 14)


def test_russian_text_on_a_turkmen_page_is_a_fallback():
    (article,) = read(page("/tk/habar/5", article_html(RUSSIAN, head="")))
    assert article["reject_reason"] == "fallback: rus_Cyrl text on a tuk_Latn page"
    assert article["language"] == "tuk_Latn"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (page("/tk/habar/1", status=404, reject_reason="HTTP 404", body=None), "HTTP 404"),
        (page("/tk/habar/1", "<html></html>"), "no article text"),
        (page("/tk/habar/1", ""), "no article text: the page is empty"),
        (page("/tr/habar/1", article_html(head="")), "language: the recipe has none for 'tr'"),
        (page("/tk/habar/1", "<div>" * 20_000 + "salam"), "no article text"),
        (page("/tk/habar/1", "\0" * 1000), "no article text"),
    ],
)
def test_what_is_no_article_is_rejected_with_its_reason(row, reason):
    (article,) = read(row)
    assert article["reject_reason"].startswith(reason)


def test_of_copies_the_one_at_the_canonical_address_is_kept():
    paths = ("/tk/habar/5", "/tk/habar/5/kitaphana", "/tk/habar/5?print=1")
    articles = read(*(page(path, article_html()) for path in paths))
    reasons = {
        row["document_key"].removeprefix("news/habar/"): row["reject_reason"] for row in articles
    }
    copy = f"duplicate: {HOST}/tk/habar/5/kitaphana"
    assert reasons == {
        "tk/habar/5": copy,
        "tk/habar/5/kitaphana": None,
        "tk/habar/5?print=1": copy,
    }


@pytest.mark.parametrize("canonical", ["/", "http://elsewhere.example/tk/habar/5", "http://["])
def test_a_canonical_address_that_is_no_article_of_the_site_is_passed_over(canonical):
    (article,) = read(
        page("/tk/habar/5", article_html(head=f'<link rel="canonical" href="{canonical}">'))
    )
    assert article["url"] == f"{HOST}/tk/habar/5"


def test_the_charset_of_the_server_counts():
    html = article_html(RUSSIAN, head="", title="Новая библиотека").replace("ş", "s")
    body = html.encode("cp1251", "ignore")
    (article,) = read(page("/ru/habar/5", body=body, content_type="text/html; charset=cp1251"))
    assert article["paragraphs"] == list(RUSSIAN)


PAGES = [
    page("/tk/habar/5", article_html()),
    page("/tk/habar/5/kitaphana", article_html()),
    page("/ru/habar/5/biblioteka", article_html(RUSSIAN, head="")),
    page("/tk/habar/6", article_html(RUSSIAN, head="")),
    page("/tk/habar/7", reject_reason="HTTP 404", body=None),
    page("/tk/", "x"),
]
IN_ORDER = read(*PAGES)


@settings(max_examples=10, deadline=None)
@given(st.permutations(PAGES))
def test_articles_do_not_depend_on_the_order_of_the_pages(pages):
    assert read(*pages) == IN_ORDER


def test_pages_of_a_site_that_left_the_recipe_are_passed_over():
    pages = as_table([page("/tk/habar/5", article_html())], NEWS_PAGES)
    assert read_articles(pages, {}, PARAMS).num_rows == 0


def test_sentences_start_with_the_headline_and_count_paragraphs():
    articles = read_articles(as_table(PAGES, NEWS_PAGES), {"habar": SITE}, PARAMS)
    sentences = extract_news_sentences(articles, SentenceParams())
    assert sentences.schema.equals(NEWS_SENTENCES)
    rows = [row for row in sentences.to_pylist() if row["language"] == "tuk_Latn"]
    assert [(row["sentence_number"], row["kind"], row["section_number"]) for row in rows] == [
        (0, "heading", 0),
        (1, "paragraph", 1),
        (2, "paragraph", 1),
        (3, "paragraph", 2),
        (4, "paragraph", 2),
    ]
    assert rows[0]["text"] == "Aşgabatda täze kitaphana açyldy"
    assert rows[3]["text"] == "Kitaphanada on müň kitap bar."
    assert {row["url"] for row in rows} == {f"{HOST}/tk/habar/5/kitaphana"}
    assert set(sentences["document_key"].to_pylist()) == {
        "news/habar/tk/habar/5/kitaphana",
        "news/habar/ru/habar/5/biblioteka",
    }


def test_rejected_sentences_stay_behind_the_kept_ones_with_their_reasons():
    article = {
        "document_key": "news/habar/tk/1",
        "url": HOST,
        "language": "tuk_Latn",
        "title": "",
        "paragraphs": ["*** 1 ***", RUSSIAN[0], "Gysga sözlem. " + "uzyn " * 300, TURKMEN[0]],
    }
    sentences = extract_news_sentences(as_table([article], NEWS_ARTICLES), SentenceParams())
    kept_count = kept(sentences).num_rows
    reasons = sentences["reject_reason"].to_pylist()
    assert reasons[:kept_count] == [None] * kept_count
    assert {reason.split(":")[0] for reason in reasons[kept_count:]} == {
        "no letters",
        "language",
        "too long",
    }
    assert sentences["sentence_number"].to_pylist() == list(range(sentences.num_rows))


def test_a_day_without_articles_has_no_sentences_and_passes():
    empty = NEWS_PAGES.empty_table()
    articles = read_articles(empty, {"habar": SITE}, PARAMS)
    assert extract_news_sentences(articles, SentenceParams()).num_rows == 0
    assert all(verdict.is_passed for verdict in article_verdicts(articles))


def test_articles_that_are_mostly_unreadable_are_refused_with_the_first_reason():
    rows = [{"document_key": str(n), "reject_reason": "no article text"} for n in range(10)]
    (verdict,) = article_verdicts(as_table(rows, NEWS_ARTICLES))
    assert not verdict.is_passed
    assert verdict.reason.endswith("no article text")
    (verdict,) = article_verdicts(as_table(rows[:9], NEWS_ARTICLES))
    assert verdict.is_passed


@pytest.mark.parametrize(("failed", "is_passed"), [(0, True), (6, True), (7, False)])
def test_a_crawl_passes_unless_most_pages_failed(failed, is_passed):
    facts = {"page_count": 14, "postponed_count": 1, "forbidden_count": 1}
    (verdict,) = crawl_verdicts(facts | {"failed_count": failed + 1})
    assert verdict.is_passed is is_passed


def test_a_crawl_of_nothing_passes():
    names = ("page_count", "postponed_count", "forbidden_count", "failed_count")
    assert crawl_verdicts(dict.fromkeys(names, 0))[0].is_passed
