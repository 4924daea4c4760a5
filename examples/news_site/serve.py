"""Serves the news site on this machine, until stopped or while a command runs.

    python examples/news_site/serve.py [--port 8791] [--edits FILE]
    python examples/news_site/serve.py --port 8791 -- COMMAND...

Only 127.0.0.1 is listened on, and only requests for the host habar.example are answered.
"""

import argparse
import errno
import hashlib
import http.client
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from render import HOST, Page, pages

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 8791
COMMAND_NOT_FOUND = 127  # as shells say
_WRONG_HOST = Page(f"This server answers for {HOST} alone.\n".encode(), "text/plain", 421)


class NewsServer(ThreadingHTTPServer):
    """Answers from a table of pages; port 0 takes a free one."""

    def __init__(self, site: Mapping[str, Page], port: int = DEFAULT_PORT) -> None:
        self.site = site
        self.name = site_name(site)
        super().__init__((ADDRESS, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in the library
        """Say nothing of clients that left before the end of an answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: NewsServer
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that an idle connection is kept

    def do_GET(self) -> None:
        self._answer(self._page())

    def do_HEAD(self) -> None:
        self._answer(self._page())

    def version_string(self) -> str:
        return self.server.name

    def log_message(self, *_: object) -> None:
        """Stay silent: the command beside us has the terminal."""

    def _page(self) -> Page:
        path, host = self.path, self.headers.get("Host", "")
        if not path.startswith("/"):  # absolute form, as a proxy is asked
            address = urlsplit(path)
            path, host = address.path or "/", address.netloc
        if host.partition(":")[0].lower() != HOST:
            return _WRONG_HOST
        return self.server.site.get(path.partition("?")[0], self.server.site["404"])

    def _answer(self, page: Page) -> None:
        known = self.headers.get("If-None-Match", "")
        is_known = page.status == http.HTTPStatus.OK and page.etag in known
        self.send_response(http.HTTPStatus.NOT_MODIFIED if is_known else page.status)
        if page.status == http.HTTPStatus.OK:
            self.send_header("ETag", page.etag)
        if page.location:
            self.send_header("Location", page.location)
        if not is_known:
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if not is_known and self.command != "HEAD":
            self.wfile.write(page.body)


def site_name(site: Mapping[str, Page]) -> str:
    """What a server of exactly these pages calls itself in its `Server` header."""
    rows = [f"{path} {page.status} {page.location} {page.etag}" for path, page in site.items()]
    digest = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
    return f"Habar/{digest[:16]}"


def is_served(site: Mapping[str, Page], port: int) -> bool:
    """Whether exactly these pages are already served at a port of this machine."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=5)
    try:
        connection.request("HEAD", "/", headers={"Host": HOST})
        return connection.getresponse().headers.get("Server") == site_name(site)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def run(command: Sequence[str]) -> int:
    """Run a command to its end and return its exit status, 128 + n if signal n ended it.

    SIGTERM is handed on. Ctrl-C is waited out, for the terminal sends it to the command as well.
    """
    try:
        process = subprocess.Popen(command)
    except FileNotFoundError:
        print(f"{command[0]}: there is no such command", file=sys.stderr)
        return COMMAND_NOT_FOUND
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    signal.signal(signal.SIGINT, lambda *_: None)
    status = process.wait()
    return status if status >= 0 else 128 - status


def _serve(server: NewsServer) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        print(f"Habar is served at {ADDRESS}:{server.server_port} for the host {HOST}.", flush=True)
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


def main(arguments: Sequence[str]) -> int:
    """Serve as the command line says and return the exit status."""
    own, command = list(arguments), []
    if "--" in own:
        end = own.index("--")
        own, command = own[:end], own[end + 1 :]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--edits", type=Path, help="YAML of replaced paragraphs")
    options = parser.parse_args(own)
    site = pages(options.edits)
    try:
        server = NewsServer(site, options.port)
    except OSError as error:
        return _without_port(error, site, options.port, command)
    if not command:
        return _serve(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return run(command)


def _without_port(
    error: OSError, site: Mapping[str, Page], port: int, command: Sequence[str]
) -> int:
    if error.errno == errno.EADDRINUSE and is_served(site, port):
        if command:
            return run(command)
        print(f"Habar is already served at {ADDRESS}:{port}.")
        return 0
    reason = "is in use by something else" if error.errno == errno.EADDRINUSE else str(error)
    print(f"Port {port} {reason}; choose another with --port.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
