"""Content codings of RFC 9110 (8.4), undone piece by piece under a cap (pure).

A bomb never grows beyond the cap, whichever coding or nest of codings it hides in, and a stream
that ends too early is an error and no shorter page, which Scrapy's own decoder makes of it.
"""

import zlib
from collections.abc import Callable, Iterator

import brotli
from backports import zstd

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
MAX_CODINGS = 3  # of one body, one within the other
MAX_MEMBERS = 100  # of a gzip file, frames of zstd; each costs a copy of what follows it
_PIECE_BYTES = 65536
_WINDOW_LOG = 23  # of zstd: 8 MiB, as RFC 9659 limits it on the web


class TooLargeError(Exception):
    """A body is larger than the cap once it is decoded."""


class DamagedError(Exception):
    """A body is not, or not wholly, in the coding that its header names."""


def decode(body: bytes, content_encoding: str, max_bytes: int) -> bytes:
    """Undo the codings of a body.

    Args:
        body: as sent.
        content_encoding: the header, empty without one: `gzip`, or several in the order applied.
        max_bytes: more never comes out, of any of the codings; at most two such bodies are held at
            the same time.

    Raises:
        TooLargeError: the body, or what lies between two codings, is larger.
        DamagedError: the body cannot be decoded to its end, or a coding is unknown.
    """
    named = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name for name in named if name not in {"", "identity"}]
    if len(codings) > MAX_CODINGS:
        raise DamagedError(f"{len(codings)} codings, one within the other")
    for name in reversed(codings):
        pieces = _PIECES.get(name)
        if pieces is None:
            raise DamagedError(f"the content coding {name!r} is unknown")
        body = _gathered(name, pieces(body), max_bytes)
    if len(body) > max_bytes:
        raise TooLargeError
    return body


def _gathered(name: str, pieces: Iterator[bytes], max_bytes: int) -> bytes:
    gathered = bytearray()
    try:
        for piece in pieces:
            gathered += piece
            if len(gathered) > max_bytes:
                raise TooLargeError
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise DamagedError(f"no whole {name} stream") from error
    return bytes(gathered)


def _gzip(body: bytes) -> Iterator[bytes]:
    """One member or several; what follows them without being one is padding."""
    rest = body
    for _ in range(MAX_MEMBERS):
        decompressor = zlib.decompressobj(wbits=31)
        yield from _inflated(decompressor, rest)
        rest = decompressor.unused_data
        if not rest.startswith(b"\x1f\x8b"):
            return
    raise EOFError


def _deflate(body: bytes) -> Iterator[bytes]:
    """With the frame of zlib, as the RFC wants it, or bare, as some servers send it."""
    has_frame = len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0  # noqa: PLR2004 - RFC 1950
    return _inflated(zlib.decompressobj(wbits=15 if has_frame else -15), body)


def _inflated(decompressor: "zlib._Decompress", body: bytes) -> Iterator[bytes]:
    while not decompressor.eof:
        piece = decompressor.decompress(body, _PIECE_BYTES)
        body = decompressor.unconsumed_tail
        if not piece and not body and not decompressor.eof:
            raise EOFError
        yield piece


def _brotli(body: bytes) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    while not decompressor.is_finished():
        piece = decompressor.process(body, output_buffer_limit=_PIECE_BYTES)
        body = b""
        if not piece and not decompressor.is_finished():
            raise EOFError
        yield piece


def _zstd(body: bytes) -> Iterator[bytes]:
    """One frame or several."""
    options = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG}
    rest = body
    for _ in range(MAX_MEMBERS):
        decompressor = zstd.ZstdDecompressor(options=options)
        while not decompressor.eof:
            piece = decompressor.decompress(rest, _PIECE_BYTES)
            rest = b""
            if not piece and decompressor.needs_input and not decompressor.eof:
                raise EOFError
            yield piece
        rest = decompressor.unused_data
        if not rest:
            return
    raise EOFError


_PIECES: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
