import datetime as dt

import pytest
import yaml
from typer.testing import CliRunner

from pipeline import cli
from pipeline.errors import InputError
from pipeline.news.saved_pages import check_saved_pages
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams

ENTRY = {
    "home": ["https://herald.example/"],
    "languages": {"tk": "tuk_Latn", "ru": "rus_Cyrl"},
    "article": r"^/(?:(?P<language>tk|ru)/)?news/(?P<id>\d+)",
    "licence": "unknown",
    "selectors": {
        "title": ".headline",
        "text": ".story",
        "date": ".day",
        "image": ".lead img",
        "removed": [".poll"],
    },
    "dates": {"time_zone": "Asia/Ashgabat"},
}
SITE = NewsSite.model_validate(ENTRY)
PARAMS = NewsParams()
TURKMEN = (
    "Şu gün Aşgabatda täze kitaphana açyldy. Oňa köp adam geldi we dürli kitaplary okap gördüler.",
    "Kitaphanada on müň kitap bar. Olaryň arasynda ertekiler hem golýazmalar saklanýar.",
)
PAGE = f"""<html><head><link rel="alternate" hreflang="ru" href="/ru/news/5"></head><body>
<h1>Herald</h1><h1 class="headline">Täze kitaphana</h1><div class="day">14-nji noýabr 2025</div>
<div class="lead"><img src="/5.jpg"></div>
<section class="story"><h2>Täze kitaphana</h2>{TURKMEN[0]}
<p class="poll">Siz haýsy kitaplary okaýarsyňyz? Jogabyňyzy bize ýazyp iberiň, garaşýarys!</p>
<p>{TURKMEN[1]}</p><table><tr><td>Kitap</td><td>Sany: 10 000</td></tr></table></section>
<p class="story">Salgysy: <a href="/a">Aşgabat şäheri</a></p></body></html>"""


@pytest.fixture
def folder(tmp_path):
    def save(**pages):
        for name, html in pages.items():
            path = tmp_path / name.replace("__", "/")
            path = path.with_name(f"{path.name}.html")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(html, encoding="utf-8")
        return tmp_path

    return save


def saved_from(url, html=PAGE):
    return f"<!-- saved from url=({len(url):04}){url} -->\n{html}"


def test_the_selectors_of_a_site_choose_what_is_read(folder):
    pages = folder(a=saved_from("https://herald.example/tk/news/5?x=1"))
    (page,) = check_saved_pages(pages, SITE, PARAMS)
    assert (page.path, page.problems, page.missing) == ("a.html", [], [])
    read = {name: page.article[name] for name in ("title", "published_on", "lead_image")}
    assert read == {
        "title": "Täze kitaphana",
        "published_on": dt.date(2025, 11, 14),
        "lead_image": "https://herald.example/5.jpg",
    }
    assert page.article["found_by"] == "selectors"
    assert page.article["paragraphs"] == [*TURKMEN, "Kitap", "Sany: 10 000"]


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("a", saved_from("https://herald.example/tk/news/5")),
        ("herald.example__tk__news__5", PAGE),
        ("a", PAGE.replace("<head>", '<head><link rel="canonical" href="/tk/news/5">')),
    ],
    ids=["noted by the browser", "a mirror's folders", "what the page says"],
)
def test_the_address_of_a_page_is_found(folder, name, html):
    (page,) = check_saved_pages(folder(**{name: html}), SITE, PARAMS)
    assert page.url.removesuffix(".html") == "https://herald.example/tk/news/5"
    assert page.article["article_id"] == "5"


def test_a_page_without_an_address_is_a_problem_and_a_list_is_none(folder):
    pages = folder(a=PAGE, b=saved_from("https://herald.example/tk/"))
    first, second = check_saved_pages(pages, SITE, PARAMS)
    assert first.problems == ["its address is not known: save it under HOST/path"]
    assert (second.article, second.problems) == (None, [])


def test_selectors_that_no_longer_fit_are_told_and_general_rules_take_over(folder):
    html = (
        PAGE.replace('class="story"', "").replace('class="day"', "").replace("section", "article")
    )
    (page,) = check_saved_pages(
        folder(a=saved_from("https://herald.example/tk/news/5", html)), SITE, PARAMS
    )
    assert page.problems == [
        "selectors.text finds too little: .story",
        "selectors.date finds no day: .day",
    ]
    assert page.article["found_by"].startswith("trafilatura")
    assert TURKMEN[1] in page.article["paragraphs"]
    assert page.missing == ["published_on"]


def test_where_no_address_tells_the_language_the_text_does(folder):
    english = "This text is neither in Turkmen nor in Russian, and so the site has no use for it. "
    pages = folder(
        a=saved_from("https://herald.example/news/5"),
        b=saved_from(
            "https://herald.example/news/6", f'<p class="story">{english * 3}</p><h1>News</h1>'
        ),
    )
    turkmen, other = check_saved_pages(pages, SITE, PARAMS)
    assert turkmen.article["language"] == "tuk_Latn"
    assert other.article["reject_reason"] == "language: the text is in none of the site's"


def test_signs_of_twins_that_a_site_does_not_use_are_left_out(folder):
    site = SITE.model_copy(update={"twins": ("path",)})
    (page,) = check_saved_pages(
        folder(a=saved_from("https://herald.example/tk/news/5")), site, PARAMS
    )
    signs = ("alternate_urls", "article_id", "lead_image", "shared_path")
    assert [page.article[name] for name in signs] == [[], None, None, "/news/5"]
    assert page.missing == []


def test_a_folder_without_pages_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no \.html files"):
        check_saved_pages(tmp_path, SITE, PARAMS)


def run(*arguments):
    return CliRunner().invoke(cli.app, ["site", *map(str, arguments)])


def test_the_command_checks_a_site_of_a_file_and_says_what_it_found(folder, tmp_path):
    entry = tmp_path / "herald.yaml"
    entry.write_text(yaml.safe_dump(ENTRY))
    pages = folder(pages__a=saved_from("https://herald.example/tk/news/5"))
    result = run("check", entry, pages / "pages")
    assert result.exit_code == 0, result.output
    assert "tuk_Latn, id 5, 2025-11-14" in result.output
    assert "twin: https://herald.example/ru/news/5" in result.output
    assert result.output.endswith("1 pages, 1 articles, 0 with problems\n")


def test_the_command_fails_when_a_page_has_a_problem(folder, tmp_path):
    entry = tmp_path / "herald.yaml"
    entry.write_text(yaml.safe_dump(ENTRY))
    pages = folder(pages__a=saved_from("https://herald.example/ru/news/5"))
    result = run("check", entry, pages / "pages")
    assert result.exit_code == 1
    assert "PROBLEM fallback: tuk_Latn text on a rus_Cyrl page" in result.output


def test_the_command_lists_sites_and_who_verified_them():
    lines = run("list").output.splitlines()
    assert "turkmenportal: unverified; rus_Cyrl, tuk_Latn, eng_Latn" in lines
    assert "generic: unverified; a recipe names home and languages" in lines
