"""What a nightly crawl of a known site costs: requests, bytes of bodies, rows.

A site of 500 pages is served on this machine, half of them with an ETag and half with nothing but
a Last-Modified. It is crawled anew, again unchanged, with 10 pages edited, and with 5 removed. The
server's own count of what it sent is the measure.
"""

import argparse
import hashlib
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa

from pipeline.news.articles import read_articles
from pipeline.news.crawl import crawl_sites
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams

PAGES, EDITED, REMOVED = 500, 10, 5
ROBOTS = "/robots.txt"
_SENTENCE = (
    "Türkmenistanda okuw kitaplary we habarlar köp dilde neşir edilýär, olar ilat üçin zerur. "
)


@dataclass
class Site:
    """Pages by path, each with the second of its last change; counts what is sent."""

    pages: dict[str, tuple[str, int]]
    request_count: int = 0
    body_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one answer."""
        found = self.pages.get(path)
        if found is None:
            return 404, {}, b""
        text, changed = found
        body = text.encode()
        validator = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        asked = headers.get("If-None-Match")
        if hashlib.sha256(path.encode()).digest()[0] % 2:
            validator = {"Last-Modified": formatdate(changed, usegmt=True)}
            asked = headers.get("If-Modified-Since")
        if asked in validator.values():
            return 304, validator, b""
        kind = "text/plain" if path == ROBOTS else "text/html; charset=utf-8"
        return 200, validator | {"Content-Type": kind}, body

    def serve(self) -> ThreadingHTTPServer:
        """Serve on a free port of this machine, from threads of their own."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, headers, body = site.answer(self.path, dict(self.headers))
                with site.lock:
                    site.request_count += 1
                    site.body_bytes += len(body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:  # noqa: PLR2004 - Not Modified
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server


def article(number: int, edition: str = "") -> str:
    """A page that leads to the next ones."""
    following = (each for each in range(10 * number + 1, 10 * number + 11) if each < PAGES)
    links = "".join(f'<a href="/tk/news/{each}">täzelik</a>' for each in following)
    text = f"<p>{number}-nji habar{edition}. {_SENTENCE * 6}</p>" * 3
    head = f"<head><title>Habar {number}</title></head>"
    return f"<html>{head}<body><article>{text}</article>{links}</body></html>"


def night(title: str, site: Site, home: NewsSite, earlier: list[pa.Table]) -> pa.Table:
    """Crawl once and print a line; the rows that came."""
    site.request_count = site.body_bytes = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        params = NewsParams(delay_seconds=0)
        pages = crawl_sites({"habar": home}, params, earlier, Path(folder)).pages
    seconds = time.monotonic() - started
    articles = read_articles(pages, {"habar": home}, NewsParams())
    gone = sum(reason == "HTTP 404" for reason in articles["reject_reason"].to_pylist())
    print(
        f"| {title} | {site.request_count} | {site.body_bytes:,} | {pages.num_rows} |"
        f" {articles.num_rows - gone} | {gone} | {seconds:.1f} |",
        flush=True,
    )
    return pages


def main(seed: int) -> None:
    """Print the table."""
    draw = random.Random(seed)  # noqa: S311 - which pages are edited
    numbers = range(1, PAGES)
    site = Site({f"/tk/news/{n}": (article(n), 1_700_000_000) for n in numbers})
    site.pages["/"] = (article(0), 1_700_000_000)
    site.pages[ROBOTS] = ("User-agent: *\nDisallow: /private/\n", 1_700_000_000)
    server = site.serve()
    home = NewsSite(
        home=("http://habar.example/",),
        languages={"tk": "tuk_Latn"},
        article=r"^/(?P<language>tk)/news/(?P<id>\d+)",
        licence="CC0-1.0",
        served_at=f"127.0.0.1:{server.server_address[1]}",
    )
    print(f"seed {seed}, {PAGES} pages and robots.txt\n")
    print("| night | requests | bytes of bodies | rows | articles | gone | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    tables = [night("the first", site, home, [])]
    tables.append(night("nothing changed", site, home, tables))
    for number in draw.sample(numbers, EDITED):
        site.pages[f"/tk/news/{number}"] = (article(number, ", düzedilen"), 1_700_086_400)
    tables.append(night(f"{EDITED} edited", site, home, tables))
    tables.append(night("nothing changed", site, home, tables))
    for number in draw.sample(range(PAGES // 5, PAGES), REMOVED):
        del site.pages[f"/tk/news/{number}"]
    tables.append(night(f"{REMOVED} removed", site, home, tables))
    tables.append(night("nothing changed", site, home, tables))
    server.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args().seed)
