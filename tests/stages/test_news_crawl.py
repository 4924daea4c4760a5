import pytest

from pipeline.errors import InputError, SourceUnavailable
from pipeline.news.crawl import _newest, _versions, crawl_sites
from pipeline.parameters import NewsParams
from pipeline.tables import NEWS_PAGES, as_table
from tests.stages.news_server import HOME, HOST, Reply, page, serving

PARAMS = NewsParams(delay_seconds=0, page_timeout_seconds=10)
ROBOTS = Reply("User-agent: *\nDisallow: /private/\n", headers={"Content-Type": "text/plain"})
ARTICLES = [f"/tk/news/{number}" for number in range(6)]


def small_site():
    return {
        "/robots.txt": ROBOTS,
        "/": page(*ARTICLES, "/private/x", "/missing", "/plain", "http://elsewhere.example/"),
        "/plain": Reply(page(), behaviour="gzip"),  # which the test server gives no ETag
        **{path: page("/", text=f"habar {path}") for path in ARTICLES},
    }


def crawl(server, folder, earlier=(), **changes):
    return crawl_sites({"habar": server.site(**changes)}, PARAMS, earlier, folder)


def reasons(crawled):
    rows = crawled.pages.to_pylist()
    return {row["url"].removeprefix(HOME): row["reject_reason"] for row in rows}


@pytest.fixture(scope="module")
def two_days(tmp_path_factory):
    """A crawl, one a day later with nothing changed, and one after three pages were edited."""
    folder = tmp_path_factory.mktemp("crawls")
    with serving(small_site()) as server:
        first = crawl(server, folder / "1")
        first_log = list(server.requests)
        server.requests.clear()
        second = crawl(server, folder / "2", [first.pages])
        second_log = list(server.requests)
        for path in ARTICLES[:3]:
            server.replies[path] = Reply(page("/", text=f"düzedildi {path}"))
        third = crawl(server, folder / "3", [first.pages, second.pages])
        hosts = server.hosts
    return first, first_log, second, second_log, third, hosts


def test_a_first_crawl_finds_every_page_that_links_lead_to(two_days):
    first, *_ = two_days
    assert first.pages.schema.equals(NEWS_PAGES)
    expected = dict.fromkeys(["", "robots.txt", "plain", *(path[1:] for path in ARTICLES)])
    expected |= {"missing": "HTTP 404", "private/x": "forbidden by robots.txt"}
    assert reasons(first) == expected
    assert first.pages["url"].to_pylist() == sorted(first.pages["url"].to_pylist())
    assert first.facts["new_count"] == 8
    assert first.facts["forbidden_count"] == 1


def test_connections_go_to_where_the_site_is_served_under_the_name_of_the_site(two_days):
    assert two_days[-1] == {HOST}


def test_a_page_that_robots_txt_forbids_is_never_asked_for(two_days):
    _, first_log, *_ = two_days
    paths = [path for path, *_ in first_log]
    assert paths[0] == "/robots.txt"
    assert not [path for path in paths if path.startswith("/private/")]


def test_an_unchanged_site_costs_no_body_and_gives_no_row(two_days):
    _, _, second, second_log, *_ = two_days
    assert second.pages.num_rows == 0
    visited = {path: (status, size) for path, status, size in second_log if path != "/robots.txt"}
    assert visited.pop("/missing")[0] == 404
    assert visited.pop("/plain")[0] == 200  # its body had to be compared
    assert visited == dict.fromkeys(["/", *ARTICLES], (304, 0))
    assert second.facts["not_modified_count"] == 7
    assert second.facts["unchanged_count"] == 8


def test_three_edited_pages_give_three_rows_with_new_ids(two_days):
    first, _, _, _, third, _ = two_days
    assert reasons(third) == dict.fromkeys(path[1:] for path in ARTICLES[:3])
    assert not {*third.pages["page_id"].to_pylist()} & {*first.pages["page_id"].to_pylist()}


def test_a_site_that_is_down_is_a_row_while_another_answers(tmp_path):
    with serving({"/": page()}) as server:
        up, down = server.site(), server.site(home=("http://down.example/",))
        down = down.model_copy(update={"served_at": "127.0.0.1:9"})
        crawled = crawl_sites({"up": up, "down": down}, PARAMS, [], tmp_path)
    rows = {row["site"]: row["reject_reason"] for row in crawled.pages.to_pylist()}
    assert rows == {
        "up": None,
        "down": "robots.txt cannot be read: no answer: the connection was refused",
    }


def test_when_no_site_answers_the_hosts_are_named_and_their_failures_forgotten(tmp_path):
    with serving({"/": Reply("busy", status=503)}) as server:
        with pytest.raises(SourceUnavailable, match=f"{HOST}: HTTP 503"):
            crawl(server, tmp_path)
        server.replies["/"] = Reply(page())
        assert reasons(crawl(server, tmp_path)) == {"": None}


def test_a_site_without_a_page_that_can_be_visited_is_refused(tmp_path):
    with serving({}) as server, pytest.raises(InputError, match=r"ftp://habar\.example/"):
        crawl(server, tmp_path, home=("ftp://habar.example/",))


def test_the_newest_of_the_earlier_versions_counts():
    tables = [
        as_table([{"site": "habar", "url": HOME, "page_id": page_id}], NEWS_PAGES)
        for page_id in ("older", "newer")
    ]
    ((site, url, known),) = _versions(_newest(tables))
    assert (site, url, known.page_id) == ("habar", HOME, "newer")
