import psutil
import pytest

from pipeline.errors import SourceUnavailable
from pipeline.news.crawl import FRONTIER, CrawlJob, _lay_out, crawl_sites
from pipeline.news.frontier import Frontier
from pipeline.news.visits import Visit
from pipeline.parameters import NewsParams
from pipeline.tables import NEWS_PAGES
from tests.stages.news_server import HOME, page, serving

PARAMS = NewsParams(delay_seconds=0, page_timeout_seconds=10)
PAGES = {
    f"/tk/news/{number}": page(f"/tk/news/{2 * number}", f"/tk/news/{2 * number + 1}", text="x")
    for number in range(1, 20)
}


def crawl(server, folder, progress=lambda *_: None):
    return crawl_sites({"habar": server.site()}, PARAMS, [], folder, progress)


@pytest.mark.parametrize("kill_at", [17, pytest.param(1, marks=pytest.mark.slow)])
def test_a_killed_crawl_resumes_to_the_same_table_and_fetches_next_to_nothing_twice(
    tmp_path, kill_at
):
    def kill(done, _total, _message):
        if done == kill_at:
            for child in psutil.Process().children():
                child.kill()

    with serving(PAGES | {"/": page("/tk/news/1")}) as server:
        undisturbed = crawl(server, tmp_path / "undisturbed")
        server.requests.clear()
        server.delay_seconds = 0.02  # so that the kill comes before the end
        with pytest.raises(SourceUnavailable, match="signal 9"):
            crawl(server, tmp_path / "killed", kill)
        resumed = crawl(server, tmp_path / "killed")
        paths = [path for path in server.paths() if path != "/robots.txt"]
    # 19 articles, 20 that are missing, and the front page
    assert undisturbed.pages.num_rows == 40
    assert resumed.pages.equals(undisturbed.pages)
    assert len(paths) - len(set(paths)) <= 1


def test_a_finished_folder_is_not_fetched_again_but_another_job_starts_anew(tmp_path):
    with serving({"/": page()}) as server:
        first = crawl(server, tmp_path)
        asked = len(server.requests)
        assert crawl(server, tmp_path).pages.equals(first.pages)
        assert len(server.requests) == asked
        same = CrawlJob(sites={"habar": server.site()}, params=PARAMS)
        other = CrawlJob(sites={"habar": server.site(licence="unknown")}, params=PARAMS)
    assert _lay_out(same, {"habar": [HOME]}, {}, tmp_path)
    assert not _lay_out(other, {"habar": [HOME]}, {}, tmp_path)


def test_a_listener_that_stops_ends_the_crawler(tmp_path):
    def stop(_done, _total, _message):
        raise KeyboardInterrupt

    before = psutil.Process().children()
    with serving({"/": page("/a")}) as server, pytest.raises(KeyboardInterrupt):
        crawl(server, tmp_path, stop)
    assert set(psutil.Process().children()) <= set(before)


def test_a_frontier_takes_links_until_the_site_has_enough_pages(tmp_path):
    frontier = Frontier(tmp_path / FRONTIER)
    frontier.begin("f", "{}", {"habar": [HOME]}, [])
    visit = Visit("new", "id", HOME, 200, body=b"x")
    frontier.finish("habar", HOME, visit, [f"{HOME}{n}" for n in "abac"], max_pages=3)
    assert frontier.next_url("habar") == f"{HOME}a"
    assert frontier.count() == 3
    frontier.postpone("habar")
    assert frontier.next_url("habar") is None
    assert frontier.facts()["postponed_count"] == 2
    assert frontier.pages(NEWS_PAGES)["url"].to_pylist() == [HOME]
    frontier.close()
