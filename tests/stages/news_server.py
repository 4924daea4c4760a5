"""A small web server for tests: pages in a dict, misbehaviour on request, a log as the oracle."""

import gzip
import hashlib
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.news_site import NewsSite

HOST = "habar.example"
HOME = f"http://{HOST}/"


@dataclass
class Reply:
    """What the server says about one path.

    `behaviour`: `plain`, `drip` (a byte now and then, for ever), `endless` (as fast as it goes),
    `truncated` (less than Content-Length promises), `gzip`, or `hang`.
    """

    body: str | bytes = ""
    status: int = 200
    headers: dict = field(default_factory=dict)
    behaviour: str = "plain"


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Let clients hang up without a word."""


class NewsServer:
    def __init__(self):
        self.replies = {}
        self.requests = []  # (path, status, bytes of body sent)
        self.hosts = set()
        self.delay_seconds = 0.0
        self.is_stopping = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.answer(self)

            def log_message(self, *_):
                pass

        self.httpd = QuietServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.httpd.server_address[1]}"

    def site(self, **changes):
        facts = {
            "home": (HOME,),
            "languages": {"tk": "tuk_Latn", "ru": "rus_Cyrl", "en": "eng_Latn"},
            "article": r"^/(?P<language>tk|ru|en)/news/(?P<id>\d+)",
            "licence": "CC0-1.0",
            "served_at": self.address,
        }
        return NewsSite(**facts | changes)

    def paths(self):
        return [path for path, _, _ in self.requests]

    def answer(self, handler):
        self.hosts.add(handler.headers["Host"])
        time.sleep(self.delay_seconds)
        reply = self.replies.get(handler.path, Reply("gone", status=404))
        replies = reply if isinstance(reply, list) else [reply]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        headers = {"Content-Type": "text/html; charset=utf-8"} | reply.headers
        status = reply.status
        if status == 200 and handler.path != "/robots.txt" and reply.behaviour == "plain":
            headers.setdefault("ETag", f'"{hashlib.sha256(body).hexdigest()[:12]}"')
            if handler.headers["If-None-Match"] == headers["ETag"]:
                status, body = 304, b""
        if reply.behaviour == "gzip":
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        self.requests.append((handler.path, status, len(body)))
        if reply.behaviour == "hang":
            self.is_stopping.wait(30)
            return
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if reply.behaviour in {"drip", "endless"}:
            handler.send_header("Connection", "close")
            handler.end_headers()
            self.pour(handler, slowly=reply.behaviour == "drip")
            return
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        is_truncated = reply.behaviour == "truncated"
        handler.wfile.write(body[: len(body) // 2] if is_truncated else body)
        handler.close_connection = is_truncated

    def pour(self, handler, *, slowly):
        handler.close_connection = True
        try:
            while not self.is_stopping.wait(0.1 if slowly else 0):
                handler.wfile.write(b"x" if slowly else b"x" * 65536)
                handler.wfile.flush()
        except OSError:
            pass


def page(*links, text="", head=""):
    anchors = "".join(f'<a href="{link}">more</a>' for link in links)
    return f"<html><head>{head}</head><body><p>{text}</p>{anchors}</body></html>"


@contextmanager
def serving(pages):
    server = NewsServer()
    server.replies.update(
        {
            path: reply if not isinstance(reply, str) else Reply(reply)
            for path, reply in pages.items()
        }
    )
    thread = threading.Thread(target=server.httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_stopping.set()
        server.httpd.shutdown()
        server.httpd.server_close()
