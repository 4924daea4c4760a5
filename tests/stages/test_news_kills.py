"""kill -9 at random moments of a crawl: what comes of it is what an undisturbed crawl brings."""

import random
import threading
import time
from collections import Counter

import psutil
import pytest

from pipeline.errors import SourceUnavailable
from pipeline.news.crawl import crawl_sites
from pipeline.parameters import NewsParams
from tests.stages.news_server import Reply, page, serving

PARAMS = NewsParams(delay_seconds=0, page_timeout_seconds=30)
KILLS = 20
PAGES = {
    "/robots.txt": Reply(
        "User-agent: *\nDisallow: /private", headers={"Content-Type": "text/plain"}
    ),
    "/": page("/tk/news/1", "/private/x"),
    **{
        f"/tk/news/{number}": page(
            f"/tk/news/{2 * number}", f"/tk/news/{2 * number + 1}", text=f"habar {number}"
        )
        for number in range(1, 50)
    },
}


def killer(seconds, killed):
    """Kills the crawler so many seconds after it was started."""

    def kill():
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for child in psutil.Process().children():
                time.sleep(seconds)
                try:
                    child.kill()
                except psutil.NoSuchProcess:
                    return
                killed.append(seconds)
                return
            time.sleep(0.005)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


@pytest.mark.slow
@pytest.mark.timeout(3600)  # forty crawls
def test_a_crawl_killed_again_and_again_brings_what_an_undisturbed_one_does(tmp_path):
    def crawl(name):
        return crawl_sites({"habar": server.site()}, PARAMS, [], tmp_path / name)

    moments = random.Random(0)  # noqa: S311 - when to kill
    counts, killed = Counter(), []
    with serving(PAGES) as server:
        server.delay_seconds = 0.01
        started = time.monotonic()
        undisturbed = crawl("undisturbed")
        took = time.monotonic() - started
        least = Counter(server.paths())
        for trial in range(KILLS):
            server.requests.clear()
            folder = f"killed_{trial}"
            thread = killer(moments.uniform(0, took), killed)
            try:
                crawl(folder)
            except SourceUnavailable as error:
                assert "signal 9" in str(error)  # noqa: PT017 - it need not come
            thread.join()
            resumed = crawl(folder)
            assert resumed.pages.equals(undisturbed.pages)
            counts = Counter(server.paths())
            assert counts.keys() == least.keys()
            assert sum(counts.values()) <= sum(least.values()) + 2  # robots.txt and one page
            assert all(counts[path] <= least[path] + 1 for path in counts)
    assert len(killed) >= KILLS // 2
