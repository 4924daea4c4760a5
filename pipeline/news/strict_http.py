"""Scrapy's HTTP/1.1, stricter: a cap on headers, no silent repeats, no torn or overlong bodies.

Twisted has a cap on the length of one line of a header but none on their number, sends a request
again by itself when a kept connection breaks, and takes a body for whole that ends with a reset, or
that goes on beyond its `Content-Length`.
"""

from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.http import _DataLoss

MAX_HEADER_BYTES = 65536


class HeaderTooLargeError(Exception):
    """The headers of an answer are longer than `MAX_HEADER_BYTES`."""


class StrictHTTP11Handler(HTTP11DownloadHandler):  # type: ignore[misc]  # Scrapy is not type-checked here
    """What Scrapy sends `http` and `https` requests with."""

    def __init__(self, crawler: Any) -> None:  # noqa: ANN401 - Scrapy's
        super().__init__(crawler)
        self._pool.retryAutomatically = False
        self._pool._factory = _StrictFactory  # noqa: SLF001 - as Scrapy itself does


class _StrictFactory(_LenientHTTP11ClientFactory):  # type: ignore[misc]  # as above
    def buildProtocol(self, _: Any) -> "_StrictProtocol":  # noqa: ANN401, N802 - twisted's
        return _StrictProtocol(self._quiescentCallback)


class _StrictProtocol(_LenientHTTP11ClientProtocol):  # type: ignore[misc]  # as above
    _header_bytes = 0

    def request(self, request: Any) -> Any:  # noqa: ANN401 - twisted's
        self._header_bytes = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - twisted's name
        super().dataReceived(data)
        if self._parser is not None and self._parser.state in {STATUS, HEADER}:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._disconnectParser(Failure(HeaderTooLargeError()))
                self.transport.abortConnection()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - twisted's name
        if self._parser is not None and not reason.check(ConnectionDone):
            self._tear_body()
        super().connectionLost(reason)

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802 - twisted's name
        if rest.strip() and self._parser is not None:
            self._tear_body()
            self._currentRequest.persistent = False
        super()._finishResponse(rest)

    def _tear_body(self) -> None:
        """Let the body in progress, if there is one, count as cut off."""
        if self._parser.bodyDecoder is not None:
            self._parser.bodyDecoder = _Torn()


class _Torn:
    """Stands for the decoder of a body that did not end as it should."""

    def noMoreData(self) -> None:  # noqa: N802 - twisted's name
        raise _DataLoss
