"""A web server that misbehaves to order, for tests: sites by their host, a log as the oracle."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

PAGE = b"<html><body><p>habar %s</p></body></html>"


@dataclass(frozen=True)
class Request:
    host: str
    path: str
    at: float  # seconds since 1970


@dataclass
class Exchange:
    """One request being answered."""

    request: Request
    writer: asyncio.StreamWriter
    is_first: bool  # of this path

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    def reset(self):
        """Break the connection off, so that the client's system reports a reset."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    def close(self):
        self.writer.close()


def answer(body=b"", status=200, headers=(), *, length=None):
    """The bytes of a whole answer; `length` lies about its body's."""
    head = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body) if length is None else length}",
        "Content-Type: text/html; charset=utf-8",
        *headers,
    ]
    given = {line.partition(":")[0].lower() for line in headers}
    kept = [line for line in head[:3] if line.partition(":")[0].lower() not in given]
    return "\r\n".join([*kept, *headers, "", ""]).encode("latin-1") + body


def page(*links, text=""):
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    return f"<html><body><p>{text}</p>{anchors}</body></html>".encode()


@dataclass
class HostileServer:
    """Answers for many sites; a reply is bytes, a list of them, or a coroutine function."""

    sites: dict = field(default_factory=dict)  # host: {path: reply}
    log: list = field(default_factory=list)
    seen: dict = field(default_factory=lambda: defaultdict(int))
    address: str = ""

    def requests(self, host):
        return [request for request in self.log if request.host == host]

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = head.split("\r\n")
                host = next(line for line in lines if line.lower().startswith("host:"))[5:].strip()
                request = Request(host, lines[0].split(" ")[1], time.time())
                self.log.append(request)
                await self.reply(request, writer)
                if writer.is_closing():
                    return

    async def reply(self, request, writer):
        key = request.host, request.path
        reply = self.sites.get(request.host, {}).get(request.path, answer(b"gone", 404))
        if isinstance(reply, list):
            reply = reply[min(self.seen[key], len(reply) - 1)]
        self.seen[key] += 1
        exchange = Exchange(request, writer, self.seen[key] == 1)
        if isinstance(reply, bytes):
            await exchange.send(reply)
        else:
            await reply(exchange)

    @contextlib.contextmanager
    def running(self):
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0.05))
            loop.close()


class Decoy:
    """Listens at private addresses, where nothing may ever come from."""

    def __init__(self):
        self.sockets = [socket.socket(socket.AF_INET), socket.socket(socket.AF_INET6)]
        self.sockets[0].bind(("127.0.0.1", 0))
        self.port = self.sockets[0].getsockname()[1]
        self.sockets[1].bind(("::1", self.port))
        for listener in self.sockets:
            listener.listen()
            listener.settimeout(0.05)

    def connections(self):
        count = 0
        for listener in self.sockets:
            with contextlib.suppress(TimeoutError):
                listener.accept()
                count += 1
        return count

    def close(self):
        for listener in self.sockets:
            listener.close()
