"""What a crawl has yet to visit and what it has found: one SQLite file, whole at any moment.

A page and the links found on it are written in one transaction, so that a crawl killed anywhere
goes on where it was. Scrapy's own JOBDIR promises that only for a crawl that was stopped cleanly.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.news.asked_limits import ROBOTS_AND_RESTS, AskedLimits
from pipeline.news.visits import Known, Visit

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE job (fingerprint TEXT, content TEXT);
CREATE TABLE known (
    site TEXT, url TEXT, page_id TEXT, final_url TEXT, content_type TEXT, etag TEXT,
    last_modified TEXT, body BLOB, reject_reason TEXT, PRIMARY KEY (site, url)
) WITHOUT ROWID;
CREATE TABLE visits (
    number INTEGER PRIMARY KEY, site TEXT, url TEXT, outcome TEXT, page_id TEXT, final_url TEXT,
    status INTEGER, content_type TEXT, etag TEXT, last_modified TEXT, body BLOB, reject_reason TEXT,
    request_count INTEGER, byte_count INTEGER, is_answered INTEGER, UNIQUE (site, url)
);
CREATE TABLE rechecked (site TEXT PRIMARY KEY);
CREATE INDEX next_visits ON visits (site, number) WHERE outcome IS NULL;
"""
_KNOWN = "page_id, final_url, content_type, etag, last_modified, body, reject_reason"
_ROW = (
    "page_id, site, url, final_url, status, content_type, etag, last_modified, body, reject_reason"
)
_POSTPONED = "postponed"


class Frontier:
    """The pages of one crawl; a file that one process uses at a time.

    Attributes:
        limits: what the sites asked of whoever visits them.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self.limits = AskedLimits(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def fingerprint(self) -> str | None:
        """Of the job this crawl was begun for; None when none was."""
        try:
            found = self._database.execute("SELECT fingerprint FROM job").fetchone()
        except sqlite3.OperationalError:  # no tables yet
            return None
        return found[0] if found else None

    def begin(
        self,
        fingerprint: str,
        content: str,
        homes: Mapping[str, Sequence[str]],
        known: Iterable[tuple[str, str, Known]],
        rests: Mapping[str, float] | None = None,
    ) -> None:
        """Lay a new crawl out in an empty file.

        Args:
            fingerprint: of everything that decides the crawl.
            content: the job, for the crawler's process.
            homes: the first pages of each site.
            known: site, url and newest version of the pages of earlier crawls.
            rests: see `AskedLimits.rests`; what a discarded crawl was told still counts.
        """
        self._database.executescript(_SCHEMA + ROBOTS_AND_RESTS)
        with self._database as database:
            database.executemany(
                "INSERT INTO known VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((site, url, *vars(version).values()) for site, url, version in known),
            )
            database.executemany("INSERT INTO rests VALUES (?, ?)", (rests or {}).items())
            for site, urls in homes.items():
                self._add(site, urls, len(urls))
            database.execute("INSERT INTO job VALUES (?, ?)", (fingerprint, content))

    def job(self) -> str:
        """The job as it was given to `begin`."""
        return str(self._database.execute("SELECT content FROM job").fetchone()[0])

    def known(self, site: str, url: str) -> Known | None:
        """What earlier crawls know of a page."""
        query = f"SELECT {_KNOWN} FROM known WHERE site = ? AND url = ?"  # noqa: S608 - our names
        found = self._database.execute(query, (site, url)).fetchone()
        return found and Known(*found)

    def next_url(self, site: str) -> str | None:
        """The page to visit next: breadth first, in the order in which links were found."""
        found = self._database.execute(
            "SELECT url FROM visits WHERE site = ? AND outcome IS NULL ORDER BY number LIMIT 1",
            (site,),
        ).fetchone()
        return found and str(found[0])

    def finish(
        self, site: str, url: str, visit: Visit, links: Iterable[str], max_pages: int
    ) -> None:
        """Store a visit and what it found, at once.

        Args:
            site: the site's name.
            url: the page.
            visit: how it ended.
            links: pages of the site that it names; known ones are passed over.
            max_pages: links are taken until the site has so many.
        """
        values = vars(visit)
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        with self._database as database:
            database.execute(
                f"UPDATE visits SET {assignments} WHERE site = :site AND url = :url",  # noqa: S608 - our names
                {**values, "site": site, "url": url},
            )
            self._add(site, links, max_pages)

    def add(self, site: str, urls: Iterable[str], max_pages: int) -> None:
        """Lay out pages that no page names; known ones are passed over, as in `finish`."""
        with self._database:
            self._add(site, urls, max_pages)

    def add_unlinked(
        self, site: str, wanted: Callable[[str], bool], count: int, turn: int, max_pages: int
    ) -> None:
        """Lay out, once in a crawl, pages of earlier ones that nothing has led to in this one.

        Args:
            site: the site's name.
            wanted: whether a page is still one of the site's.
            count: so many at most; those that failed are left alone.
            turn: number of the crawl. Each begins where the one before it ended, by address, so
                that every page has its turn.
            max_pages: as in `finish`.
        """
        with self._database as database:
            if not database.execute("INSERT OR IGNORE INTO rechecked VALUES (?)", (site,)).rowcount:
                return
            rows = database.execute(
                "SELECT url FROM known WHERE site = :site AND reject_reason IS NULL"
                " AND url NOT IN (SELECT url FROM visits WHERE site = :site)"
                " AND url NOT LIKE '%/robots.txt' ORDER BY url",
                {"site": site},
            )
            unlinked = [url for (url,) in rows if wanted(url)]
            first = turn * count % len(unlinked) if unlinked else 0
            self._add(site, (unlinked[first:] + unlinked[:first])[:count], max_pages)

    def postpone(self, site: str) -> None:
        """Give up what is left of a site for this time."""
        with self._database as database:
            database.execute(
                "UPDATE visits SET outcome = ? WHERE site = ? AND outcome IS NULL",
                (_POSTPONED, site),
            )

    def forget(self) -> None:
        """Let the next crawl begin anew; only `limits.rests` still counts."""
        with self._database as database:
            database.execute("DELETE FROM job")

    def count(self, condition: str = "TRUE") -> int:
        """Visits for which a condition in SQL holds."""
        query = f"SELECT count(*) FROM visits WHERE {condition}"  # noqa: S608 - never a user's text
        return int(self._database.execute(query).fetchone()[0])

    def facts(self) -> dict[str, int]:
        """Totals of the crawl, for people."""
        requests, received = self._database.execute(
            "SELECT total(request_count), total(byte_count) FROM visits"
        ).fetchone()
        return {
            "page_count": self.count(),
            "new_count": self.count("outcome = 'new'"),
            "unchanged_count": self.count("outcome = 'unchanged' AND reject_reason IS NULL"),
            "not_modified_count": self.count("status = 304"),
            "failed_count": self.count("reject_reason IS NOT NULL"),
            "forbidden_count": self.count("reject_reason LIKE 'forbidden%'"),
            "postponed_count": self.count(f"outcome = '{_POSTPONED}'"),
            "request_count": int(requests),
            "byte_count": int(received),
        }

    def failures(self) -> Iterator[tuple[str, str]]:
        """Address and reason of every page that failed, sorted."""
        yield from self._database.execute(
            "SELECT url, reject_reason FROM visits WHERE reject_reason IS NOT NULL ORDER BY url"
        )

    def pages(self, schema: pa.Schema) -> pa.Table:
        """New and newly rejected pages, robots.txt too, as NEWS_PAGES by site and address."""
        query = " UNION ALL ".join(
            f"SELECT {_ROW} FROM {table} WHERE outcome IN ('new', 'rejected')"  # noqa: S608 - our names
            for table in ("visits", "robots")
        )
        query += " ORDER BY site, url"
        columns = list(zip(*self._database.execute(query), strict=True))
        if not columns:
            return schema.empty_table()
        return pa.table(columns, schema=schema)

    def _add(self, site: str, urls: Iterable[str], max_pages: int) -> None:
        found = self._database.execute("SELECT count(*) FROM visits WHERE site = ?", (site,))
        room = max_pages - int(found.fetchone()[0])
        for url in urls:
            if room <= 0:
                return
            added = self._database.execute(
                "INSERT OR IGNORE INTO visits (site, url) VALUES (?, ?)", (site, url)
            )
            room -= added.rowcount
