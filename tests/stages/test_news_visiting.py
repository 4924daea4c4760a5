import asyncio
import json
from datetime import UTC, datetime

import pytest

from pipeline.news.answers import Answer, NoPage
from pipeline.news.frontier import Frontier
from pipeline.news.politeness import asked_wait_seconds
from pipeline.news.robots import MAX_AGE_SECONDS, MAX_BYTES, RobotsRules
from pipeline.news.site_client import MAX_ATTEMPTS
from pipeline.news.visiting import MAX_SILENT_PAGES, SiteVisitor
from pipeline.news.visits import Known
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams
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
    """Answers from a dict; remembers what was asked for and how long nothing was.

    Its clock stands still but while somebody sleeps.
    """

    def __init__(self, answers):
        self.answers = {url: list(a) if isinstance(a, list) else [a] for url, a in answers.items()}
        self.asked = []
        self.clock = 1e9

    async def download(self, url, headers, *, first_bytes=None):
        del headers, first_bytes
        self.asked.append(url)
        answers = self.answers.get(url, [Answer(404, {})])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds):
        self.asked.append(seconds)
        self.clock += seconds


def html(*links, text=""):
    return Answer(200, {"content-type": "text/html"}, page(*links, text=text).encode())


def visit(web, path, *, known=(), rests=None, **params):
    """The rows' addresses without the host, each with its reason, and the frontier's facts.

    The row of robots.txt is left out.
    """
    path.mkdir(exist_ok=True)
    frontier = Frontier(path / "frontier.sqlite")
    frontier.begin("f", json.dumps({}), {"habar": [HOME]}, known, rests)
    rows = continue_visit(web, frontier, **params)
    facts = frontier.facts() | {"rests": frontier.limits.rests()}
    frontier.close()
    rows.pop("robots.txt", None)
    return rows, facts


def continue_visit(web, frontier, turn=0, **params):
    settings = NewsParams(**{"delay_seconds": 0} | params)
    visitor = SiteVisitor(
        "habar", SITE, settings, frontier, web.download, lambda: web.clock, web.sleep, "Dutar"
    )
    asyncio.run(visitor.visit_all(lambda _: None, turn))
    rows = frontier.pages(NEWS_PAGES).to_pylist()
    return {row["url"].removeprefix(HOME): row["reject_reason"] for row in rows}


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


def known_pages(*names):
    return [("habar", f"{HOME}{name}", Known(name, f"{HOME}{name}", body=b"old")) for name in names]


def test_pages_that_nothing_leads_to_any_more_are_asked_for_again_in_turns(tmp_path):
    known = [*known_pages("a", "b", "c"), ("habar", ROBOTS, Known("r", ROBOTS, body=b""))]
    asked = []
    for turn in range(3):
        web = Web(NO_ROBOTS | {HOME: html("/b"), f"{HOME}b": html()})
        frontier = Frontier(tmp_path / f"{turn}.sqlite")
        frontier.begin("f", "{}", {"habar": [HOME]}, known)
        rows = continue_visit(web, frontier, turn, rechecked_pages=1)
        frontier.close()
        asked.append([url.removeprefix(HOME) for url in web.asked[1:]])
        assert rows[asked[-1][-1]] == "HTTP 404"
    assert asked == [["", "b", "a"], ["", "b", "c"], ["", "b", "a"]]


def test_a_page_that_failed_before_is_not_asked_for_again_without_a_link(tmp_path):
    gone = ("habar", f"{HOME}a", Known("a", f"{HOME}a", reject_reason="HTTP 404"))
    web = Web(NO_ROBOTS | {HOME: html()})
    visit(web, tmp_path, known=[gone])
    assert web.asked == [ROBOTS, HOME]


def test_a_crawl_that_goes_on_lays_out_unlinked_pages_once(tmp_path):
    frontier = Frontier(tmp_path / "frontier.sqlite")
    frontier.begin("f", "{}", {"habar": [HOME]}, known_pages("a", "b"))
    web = Web(NO_ROBOTS | {HOME: html()})
    for _ in range(2):
        continue_visit(web, frontier, rechecked_pages=1)
    frontier.close()
    assert web.asked == [ROBOTS, HOME, f"{HOME}a"]


@pytest.mark.parametrize(
    "robots", [Answer(503, {}), Answer(429, {}), Answer(206, {}), NoPage("timed out")]
)
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
    assert web.asked == [ROBOTS, 7.0, HOME, 7.0, f"{HOME}yes"]


def known_robots(body):
    return ("habar", ROBOTS, Known("old", ROBOTS, "text/plain", etag='"1"', body=body))


def test_while_robots_txt_cannot_be_read_its_last_known_rules_count(tmp_path):
    web = Web({ROBOTS: Answer(503, {}), HOME: html("/no", "/yes")})
    rows, _ = visit(web, tmp_path, known=[known_robots(b"User-agent: *\nDisallow: /no")])
    assert rows == {"": None, "no": "forbidden by robots.txt", "yes": "HTTP 404"}


def test_a_robots_txt_is_kept_like_a_page_and_one_that_is_gone_is_marked(tmp_path):
    answers = {
        "unchanged": Answer(304, {}),
        "same": Answer(200, {}, b"User-agent: *"),
        "changed": Answer(200, {}, b"User-agent: *\nDisallow: /no"),
        "gone": Answer(404, {}),
    }
    found = {}
    for name, answer in answers.items():
        frontier = Frontier(tmp_path / name)
        _, _, first = known_robots(b"User-agent: *")
        web = Web({ROBOTS: Answer(200, {}, b"User-agent: *"), HOME: html()})
        frontier.begin("f", "{}", {"habar": [HOME]}, [])
        continue_visit(web, frontier)
        page_id = frontier.limits.robots("habar", ROBOTS)[0].page_id
        frontier.close()
        frontier = Frontier(tmp_path / f"{name}2")
        known = Known(page_id, ROBOTS, "text/plain", first.etag, body=first.body)
        frontier.begin("f", "{}", {"habar": [HOME]}, [("habar", ROBOTS, known)])
        rows = continue_visit(Web({ROBOTS: answer, HOME: html("/no")}), frontier)
        found[name] = rows.get("robots.txt", "no row"), rows["no"]
        frontier.close()
    assert found == {
        "unchanged": ("no row", "HTTP 404"),
        "same": ("no row", "HTTP 404"),
        "changed": (None, "forbidden by robots.txt"),
        "gone": ("HTTP 404", "HTTP 404"),
    }


def test_robots_txt_is_read_once_a_day_even_if_the_crawl_is_resumed(tmp_path):
    robots = Answer(200, {}, b"User-agent: *\nDisallow: /no")
    web = Web({ROBOTS: robots, HOME: html("/no")})
    frontier = Frontier(tmp_path / "frontier.sqlite")
    frontier.begin("f", "{}", {"habar": [HOME]}, [])
    continue_visit(web, frontier)
    for passed, expected in ((MAX_AGE_SECONDS - 1, 1), (2, 2)):
        web.clock += passed
        with frontier._database as database:
            database.execute("UPDATE visits SET outcome = NULL")
        continue_visit(web, frontier)
        assert web.asked.count(ROBOTS) == expected
    frontier.close()


def test_robots_txt_may_lead_to_another_host_but_not_for_ever(tmp_path):
    other = "http://elsewhere.example/robots.txt"
    rules = Answer(200, {}, b"User-agent: *\nDisallow: /no")
    web = Web({ROBOTS: Answer(301, {"location": other}), other: rules, HOME: html("/no")})
    assert visit(web, tmp_path / "1")[0] == {"": None, "no": "forbidden by robots.txt"}
    web = Web({ROBOTS: Answer(301, {"location": ROBOTS}), HOME: html()})
    assert visit(web, tmp_path / "2")[0] == {
        "": "robots.txt cannot be read: redirected more than 5 times"
    }
    assert web.asked == [ROBOTS] * 6


def test_of_an_overlong_robots_txt_the_whole_lines_of_the_first_half_megabyte_count():
    line = b"Disallow: /private\n"
    filler = b"User-agent: *\nDisallow: /first\n" + b"#" * (MAX_BYTES - 60) + b"\n"
    rules = RobotsRules("Dutar", filler + b"Allow: /first/but/much/longer/than/this" + line * 9)
    assert not rules.allows(f"{HOME}first/but/x")
    assert rules.allows(f"{HOME}private")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_robots_txt_is_read_whatever_its_byte_order_mark(encoding):
    rules = RobotsRules("Dutar", "User-agent: *\nDisallow: /no".encode(encoding))
    assert not rules.allows(f"{HOME}no")


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("Crawl-delay: 2.5", 2.5),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: -3", 0),
        ("Request-rate: 2/10", 5),
    ],
)
def test_robots_txt_names_the_time_between_two_requests(lines, seconds):
    assert RobotsRules("Dutar", f"User-agent: *\n{lines}".encode()).interval_seconds == seconds


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
    assert facts["rests"] == {"habar": web.clock + 3600}


def test_a_rest_that_an_earlier_crawl_was_told_of_is_kept(tmp_path):
    web = Web(NO_ROBOTS | {HOME: html()})
    rows, facts = visit(web, tmp_path / "long", rests={"habar": web.clock + 3600})
    assert (rows, facts["postponed_count"], web.asked) == ({}, 1, [])
    rows, _ = visit(web, tmp_path / "short", rests={"habar": web.clock + 60})
    assert (rows, web.asked) == ({"": None}, [60.0, ROBOTS, HOME])


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
        ({"retry-after": "Mon, 02 Mar 2026 10:01:30 GMT"}, 60),  # by our clock
        ({"retry-after": "Mon, 02 Mar 2026 09:00:00 GMT"}, 0),
    ],
)
def test_retry_after_is_seconds_or_a_day_by_the_clock_of_the_server(headers, seconds):
    now = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC).timestamp()
    assert asked_wait_seconds(Answer(503, headers), now) == seconds
