import asyncio
import json

import pytest

from pipeline.news.answers import Answer, NoPage, asked_wait_seconds
from pipeline.news.frontier import Frontier
from pipeline.news.visiting import MAX_ATTEMPTS, MAX_SILENT_PAGES, SiteVisitor
from pipeline.parameters import NewsParams
from pipeline.recipe_sections import NewsSite
from pipeline.tables import NEWS_PAGES
from tests.stages.news_server import HOME, page

SITE = NewsSite(
    home=(HOME,),
    languages={"tk": "tuk_Latn"},
    article=r"^/(?P<language>tk)/(?P<id>\d+)",
    licence="unknown",
)
ROBOTS = f"{HOME}robots.txt"
NO_ROBOTS = {ROBOTS: Answer(404, {})}


class Web:
    """Answers from a dict; remembers what was asked for and how long nothing was."""

    def __init__(self, answers):
        self.answers = {url: list(a) if isinstance(a, list) else [a] for url, a in answers.items()}
        self.asked = []

    async def download(self, url, headers):
        self.asked.append(url)
        answers = self.answers.get(url, [Answer(404, {})])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds):
        if seconds:
            self.asked.append(seconds)


def html(*links, text=""):
    return Answer(200, {"content-type": "text/html"}, page(*links, text=text).encode())


def visit(web, path, *, known=(), **params):
    """The rows' addresses without the host, each with its reason, and the frontier's facts."""
    frontier = Frontier(path / "frontier.sqlite")
    frontier.begin("f", json.dumps({}), {"habar": [HOME]}, known)
    settings = NewsParams(**{"delay_seconds": 0} | params)
    visitor = SiteVisitor("habar", SITE, settings, frontier, web.download, web.sleep, "Dutar")
    asyncio.run(visitor.visit_all(lambda _: None))
    rows = frontier.pages(NEWS_PAGES).to_pylist()
    facts = frontier.facts()
    frontier.close()
    return {row["url"].removeprefix(HOME): row["reject_reason"] for row in rows}, facts


def test_pages_are_visited_breadth_first_until_there_are_enough(tmp_path):
    tree = {
        HOME: html("/a", "/b"),
        f"{HOME}a": html("/a1", "/a2"),
        f"{HOME}b": html("/b1"),
    }
    web = Web(NO_ROBOTS | tree)
    rows, _ = visit(web, tmp_path, max_pages=5)
    assert [url.removeprefix(HOME) for url in web.asked[1:]] == ["", "a", "b", "a1", "a2"]
    assert len(rows) == 5


@pytest.mark.parametrize("robots", [Answer(503, {}), Answer(429, {}), NoPage("timed out")])
def test_while_robots_txt_cannot_be_read_nothing_is_asked_for(tmp_path, robots):
    web = Web({ROBOTS: robots, HOME: html()})
    rows, _ = visit(web, tmp_path)
    assert HOME not in web.asked
    assert rows[""].startswith("robots.txt cannot be read: ")


def test_robots_txt_with_a_byte_order_mark_is_read_and_its_delay_kept(tmp_path):
    robots = b"\xef\xbb\xbfUser-agent: dutar\nDisallow: /no\nCrawl-delay: 7\n"
    web = Web({ROBOTS: Answer(200, {}, robots), HOME: html("/no", "/yes")})
    rows, facts = visit(web, tmp_path, delay_seconds=2)
    assert rows == {"": None, "no": "forbidden by robots.txt", "yes": "HTTP 404"}
    assert facts["forbidden_count"] == 1
    assert web.asked == [ROBOTS, HOME, 5.0, f"{HOME}yes"]


def test_a_redirect_into_a_forbidden_part_is_not_followed(tmp_path):
    robots = Answer(200, {}, b"User-agent: *\nDisallow: /no")
    web = Web({ROBOTS: robots, HOME: Answer(302, {"location": "/no/1"})})
    assert visit(web, tmp_path)[0] == {"": "forbidden by robots.txt"}
    assert web.asked == [ROBOTS, HOME]


def test_a_passing_failure_is_tried_again_but_never_before_the_time_the_site_names(tmp_path):
    web = Web(NO_ROBOTS | {HOME: [Answer(503, {"retry-after": "30"}), html()]})
    assert visit(web, tmp_path)[0] == {"": None}
    assert web.asked == [ROBOTS, HOME, 30.0, HOME]


def test_a_lasting_failure_is_given_up(tmp_path):
    web = Web(NO_ROBOTS | {HOME: html("/a"), f"{HOME}a": NoPage("reset", is_transient=True)})
    assert visit(web, tmp_path)[0] == {"": None, "a": "reset"}
    assert web.asked.count(f"{HOME}a") == MAX_ATTEMPTS


def test_a_site_that_asks_for_a_long_rest_is_left_alone(tmp_path):
    busy = Answer(429, {"retry-after": "3600"})
    web = Web(NO_ROBOTS | {HOME: html("/a", "/b", "/c"), f"{HOME}a": busy})
    rows, facts = visit(web, tmp_path)
    assert rows == {"": None, "a": "HTTP 429"}
    assert facts["postponed_count"] == 2
    assert f"{HOME}b" not in web.asked


def test_a_site_that_goes_down_is_not_waited_for_page_by_page(tmp_path):
    links = [f"/{number}" for number in range(20)]
    silent = {f"{HOME}{number}": NoPage("timed out") for number in range(20)}
    _, facts = visit(Web(NO_ROBOTS | silent | {HOME: html(*links)}), tmp_path)
    assert facts["failed_count"] == MAX_SILENT_PAGES
    assert facts["postponed_count"] == 20 - MAX_SILENT_PAGES


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "soon"}, 0),
        (
            {
                "date": "Mon, 02 Mar 2026 10:00:00 GMT",
                "retry-after": "Mon, 02 Mar 2026 10:01:30 GMT",
            },
            90,
        ),
        ({"retry-after": "Mon, 02 Mar 2026 10:01:30 GMT"}, float("inf")),
    ],
)
def test_retry_after_is_seconds_or_a_day_by_the_clock_of_the_server(headers, seconds):
    assert asked_wait_seconds(Answer(503, headers)) == seconds
