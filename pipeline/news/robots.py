"""robots.txt as RFC 9309 says (pure); Protego matches the rules."""

from protego import Protego
from w3lib.encoding import read_bom

from pipeline.news.answers import CLIENT_ERRORS, SERVER_ERRORS, TOO_MANY_REQUESTS

MAX_BYTES = 500 * 1024  # what lies beyond is not read (RFC 9309, 2.5)
MAX_AGE_SECONDS = 86400.0  # before it is asked for again (2.4)


class RobotsRules:
    """What one host's robots.txt says to one agent.

    Attributes:
        problem: why nothing is allowed; None when the rules say what is.
    """

    def __init__(self, agent: str, body: bytes = b"", problem: str | None = None) -> None:
        """Read the rules; an empty robots.txt allows everything."""
        self._agent = agent
        encoding, mark = read_bom(body)
        rules = read_robots(body).removeprefix(mark or b"")
        self._rules = Protego.parse(rules.decode(encoding or "utf-8", "replace"))
        self.problem = problem

    def allows(self, url: str) -> bool:
        """Whether an address may be asked for."""
        return self.problem is None and bool(self._rules.can_fetch(url, self._agent))

    @property
    def sitemaps(self) -> list[str]:
        """Addresses of the sitemaps that it names."""
        return list(self._rules.sitemaps)

    @property
    def interval_seconds(self) -> float:
        """What lies between two requests at least: `Crawl-delay`, or `Request-rate`."""
        rate = self._rules.request_rate(self._agent)
        of_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(0.0, float(self._rules.crawl_delay(self._agent) or 0), of_rate)


def read_robots(body: bytes) -> bytes:
    """The part of a robots.txt that counts: whole lines within `MAX_BYTES`."""
    if len(body) <= MAX_BYTES:
        return body
    return body[:MAX_BYTES].rpartition(b"\n")[0]


def is_unavailable(status: int) -> bool:
    """Whether there is no robots.txt, so that everything is allowed (2.3.1.3)."""
    return CLIENT_ERRORS <= status < SERVER_ERRORS and status != TOO_MANY_REQUESTS
