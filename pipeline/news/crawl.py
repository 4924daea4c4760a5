"""Visits news sites in a process of its own; an unchanged page costs no body and gives no row.

A crawl that is killed goes on where it was when it is called again with the same folder.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from pipeline.child_process import last_words, run_child
from pipeline.errors import InputError, SourceUnavailable
from pipeline.news.addresses import home_urls, host_of
from pipeline.news.frontier import Frontier
from pipeline.news.visits import Known
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams
from pipeline.progress import Progress, silent
from pipeline.tables import NEWS_PAGES, identify

FRONTIER = "frontier.sqlite"
_ERRORS = "errors.txt"
_COMMAND = (sys.executable, "-m", "pipeline.news")


class CrawlJob(BaseModel):
    """What the crawler's process is told.

    Attributes:
        sites: by name.
        params: how fast and how far.
        turn: how many crawls there were before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sites: dict[str, NewsSite]
    params: NewsParams
    turn: int = 0


@dataclass(frozen=True)
class Crawl:
    """What a crawl brought.

    Attributes:
        pages: NEWS_PAGES that are new, changed or newly failing, by site and address.
        facts: totals of the visit by name, `*_count`; unlike the pages, they may differ when an
            interrupted crawl was resumed.
    """

    pages: pa.Table
    facts: dict[str, int]


def crawl_sites(
    sites: Mapping[str, NewsSite],
    params: NewsParams,
    earlier: Sequence[pa.Table],
    folder: Path,
    progress: Progress = silent,
) -> Crawl:
    """Visit every page of the sites that links lead to, and some that they led to before.

    Args:
        sites: by name.
        params: how fast and how far.
        earlier: NEWS_PAGES of earlier crawls, oldest first; what they hold unchanged, failures
            included, gives no row.
        folder: made if need be; keeps the crawl's state. The state of another job is discarded.
        progress: hears of every page; the total grows as links are found.

    Raises:
        InputError: a site has no home page that can be visited, or the crawler failed in a way it
            would again.
        SourceUnavailable: no site answered, or the crawler was killed; another try resumes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    homes = {name: _homes(name, site) for name, site in sites.items()}
    job = CrawlJob(sites=dict(sites), params=params, turn=len(earlier))
    is_done = _lay_out(job, homes, _newest(earlier), folder)
    if not is_done:
        _run_crawler(folder, progress)
    frontier = Frontier(folder / FRONTIER)
    try:
        if frontier.count("is_answered"):
            return Crawl(frontier.pages(NEWS_PAGES), frontier.facts())
        frontier.forget()  # what failed is to be tried again
        raise _as_unavailable(frontier)
    finally:
        frontier.close()


def _run_crawler(folder: Path, progress: Progress) -> None:
    exit_code = run_child([*_COMMAND, str(folder)], folder / _ERRORS, progress)
    if exit_code < 0:
        raise SourceUnavailable(
            f"the crawler was killed by signal {-exit_code}; another try resumes in {folder}"
        )
    if exit_code:
        raise InputError(f"the crawler failed:\n{last_words(folder / _ERRORS)}")


def _homes(name: str, site: NewsSite) -> list[str]:
    homes = home_urls(site)
    if not homes:
        raise InputError(f"site {name!r}: no home page in {site.home} is an http(s) address")
    return homes


def _lay_out(
    job: CrawlJob,
    homes: Mapping[str, Sequence[str]],
    known: Mapping[tuple[str, str], tuple[pa.Table, int]],
    folder: Path,
) -> bool:
    """Begin a crawl, unless this very one has begun already; whether it is even done."""
    versions = [table["page_id"][row].as_py() for table, row in known.values()]
    fingerprint = identify(job.model_dump_json(), json.dumps(versions))
    frontier = Frontier(folder / FRONTIER)
    if frontier.fingerprint() != fingerprint:
        rests = frontier.limits.rests()
        frontier.close()
        _discard(folder)
        frontier = Frontier(folder / FRONTIER)
        frontier.begin(fingerprint, job.model_dump_json(), homes, _versions(known), rests)
    is_done = frontier.count("outcome IS NULL") == 0
    frontier.close()
    return is_done


def _newest(earlier: Sequence[pa.Table]) -> dict[tuple[str, str], tuple[pa.Table, int]]:
    """Table and row of each page's newest version."""
    return {
        key: (table, row)
        for table in earlier
        for row, key in enumerate(
            zip(table["site"].to_pylist(), table["url"].to_pylist(), strict=True)
        )
    }


def _versions(
    newest: Mapping[tuple[str, str], tuple[pa.Table, int]],
) -> Iterator[tuple[str, str, Known]]:
    names = list(Known.__dataclass_fields__)
    for (site, url), (table, row) in newest.items():
        yield site, url, Known(**{name: table[name][row].as_py() for name in names})


def _discard(folder: Path) -> None:
    for path in folder.glob(f"{FRONTIER}*"):
        path.unlink()


def _as_unavailable(frontier: Frontier) -> SourceUnavailable:
    reasons = {
        site: f"asks to be left alone until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"
        for site, until in frontier.limits.rests().items()
    }
    reasons |= {host_of(url): reason for url, reason in frontier.failures()}
    told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    return SourceUnavailable(f"no news site answered ({told}); try again later")
