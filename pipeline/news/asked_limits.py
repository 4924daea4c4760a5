"""What sites ask of whoever visits them: their robots.txt, and to be left alone for a while.

In the frontier's file, so that it outlives a killed crawl.
"""

import sqlite3

from pipeline.news.visits import Visit

ROBOTS_AND_RESTS = """
CREATE TABLE robots (
    site TEXT, url TEXT, outcome TEXT, page_id TEXT, final_url TEXT, status INTEGER,
    content_type TEXT, etag TEXT, last_modified TEXT, body BLOB, reject_reason TEXT, read_at REAL,
    PRIMARY KEY (site, url)
) WITHOUT ROWID;
CREATE TABLE rests (site TEXT PRIMARY KEY, until REAL);
"""
_ROBOTS = "outcome, page_id, final_url, status, content_type, etag, last_modified, body"


class AskedLimits:
    """The two tables `ROBOTS_AND_RESTS` of a frontier."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def keep_robots(self, site: str, url: str, visit: Visit, read_at: float) -> None:
        """Store what a robots.txt said.

        Args:
            site: the site's name.
            url: the robots.txt.
            visit: how its reading ended; `unchanged` gives no row.
            read_at: seconds since 1970.
        """
        columns = ", ".join(f":{name}" for name in _ROBOTS.split(", "))
        with self._database as database:
            database.execute(
                f"REPLACE INTO robots VALUES (:site, :url, {columns}, :reject_reason, :read_at)",  # noqa: S608 - our names
                {**vars(visit), "site": site, "url": url, "read_at": read_at},
            )

    def robots(self, site: str, url: str) -> tuple[Visit, float] | None:
        """What this crawl read in a robots.txt, and when."""
        found = self._database.execute(
            f"SELECT {_ROBOTS}, reject_reason, read_at FROM robots WHERE site = ? AND url = ?",  # noqa: S608 - our names
            (site, url),
        ).fetchone()
        return found and (Visit(*found[:-1]), found[-1])

    def rest(self, site: str, until: float) -> None:
        """Note that a site is to be left alone until so many seconds since 1970."""
        with self._database as database:
            database.execute("REPLACE INTO rests VALUES (?, ?)", (site, until))

    def rests(self) -> dict[str, float]:
        """Until when sites asked to be left alone, in seconds since 1970, by name."""
        try:
            return dict(self._database.execute("SELECT site, until FROM rests"))
        except sqlite3.OperationalError:  # no tables yet
            return {}
