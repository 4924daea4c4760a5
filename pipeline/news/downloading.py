"""One request through Scrapy, and what came of it in this stage's own terms."""

from collections.abc import Iterator, Mapping
from typing import Any

import scrapy
from OpenSSL import SSL
from scrapy import exceptions, signals
from scrapy.http import HtmlResponse, Response
from scrapy.responsetypes import responsetypes
from service_identity import VerificationError

from pipeline.news.addresses import hostname_of
from pipeline.news.answers import NOT_MODIFIED, Answer, NoPage
from pipeline.news.content_coding import ACCEPT_ENCODING, DamagedError, TooLargeError, decode
from pipeline.news.strict_http import MAX_HEADER_BYTES, HeaderTooLargeError
from pipeline.parameters import NewsParams

MEGABYTE = 2**20
_FIRST_BYTES = "first_bytes"
_TAIL_BYTES = 1024
_CUT = "truncated: the body ended too early"


class Downloader:
    """Sends the requests of all sites."""

    def __init__(self, crawler: Any, params: NewsParams) -> None:  # noqa: ANN401 - Scrapy's
        """Send through a running crawler, within the limits of the recipe."""
        self._engine = crawler.engine
        self._params = params
        self._max_bytes = int(params.max_page_megabytes * MEGABYTE)
        crawler.signals.connect(_stop_after_first_bytes, signals.bytes_received)

    async def get(
        self, site: str, url: str, headers: Mapping[str, str], *, first_bytes: int | None = None
    ) -> Answer:
        """Send one GET request; see `pipeline.news.answers.Download`."""
        request = scrapy.Request(
            url,
            headers={"Accept-Encoding": ACCEPT_ENCODING, **headers},
            meta={"download_slot": site},
        )
        if first_bytes is not None:
            request.headers["Accept-Encoding"] = "identity"
            request.meta.update({_FIRST_BYTES: first_bytes, "download_maxsize": 0})
        try:
            response = await self._engine.download_async(request)
            return self._as_answer(response)
        except TooLargeError as error:
            raise self._too_large() from error
        except DamagedError as error:
            raise NoPage(f"truncated: {error}", is_answered=True, is_transient=True) from error
        except NoPage:
            raise
        except Exception as error:
            raise self._as_no_page(error, url) from error

    def _as_answer(self, response: Response) -> Answer:
        headers = {
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in response.headers.items()
        }
        body = response.body
        if body or response.status != NOT_MODIFIED:
            body = decode(body, headers.get("content-encoding", ""), self._max_bytes)
        plain = response.headers.copy()
        plain.pop("Content-Encoding", None)
        kind = responsetypes.from_args(headers=plain, url=response.url, body=body)
        is_html = issubclass(kind, HtmlResponse)
        # without a length, only its own end tells that a page is whole
        if "partial" in response.flags and is_html and b"</html" not in body[-_TAIL_BYTES:].lower():
            raise NoPage(_CUT, is_answered=True, is_transient=True)
        return Answer(response.status, headers, body, is_html)

    def _too_large(self) -> NoPage:
        limit = f"{self._params.max_page_megabytes:g} MB"
        return NoPage(f"too large: more than {limit}", is_answered=True)

    def _as_no_page(self, error: Exception, url: str) -> NoPage:  # noqa: PLR0911 - one a case
        if isinstance(error, exceptions.DownloadTimeoutError):
            return NoPage(f"timed out after {self._params.page_timeout_seconds:g} seconds")
        if isinstance(error, exceptions.DownloadCancelledError):
            return self._too_large()
        if isinstance(error, exceptions.ResponseDataLossError):
            return NoPage(_CUT, is_answered=True, is_transient=True)
        if isinstance(error, exceptions.CannotResolveHostError):
            return NoPage(_why_unresolved(url))
        if isinstance(error, exceptions.DownloadConnectionRefusedError):
            return NoPage("no answer: the connection was refused", is_transient=True)
        causes = list(_causes(error))
        if any(isinstance(cause, HeaderTooLargeError) for cause in causes):
            limit = f"{MAX_HEADER_BYTES // 1024} KB"
            return NoPage(f"too large: headers of more than {limit}", is_answered=True)
        if any(isinstance(cause, SSL.Error | VerificationError) for cause in causes):
            return NoPage("no answer: the server's certificate is not to be trusted")
        return NoPage(f"no answer: {type(causes[-1]).__name__}", is_transient=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it is made of, the innermost last."""
    yield error
    if error.__cause__ is not None:
        yield from _causes(error.__cause__)
    for reason in getattr(error, "reasons", None) or ():
        yield from _causes(reason.value)


def _stop_after_first_bytes(data: bytes, request: scrapy.Request, **_: object) -> None:
    left = request.meta.get(_FIRST_BYTES)
    if left is not None:
        request.meta[_FIRST_BYTES] = left - len(data)
        if left <= len(data):
            raise exceptions.StopDownload(fail=False)


def _why_unresolved(url: str) -> str:
    from twisted.internet import reactor  # noqa: PLC0415 - exists once Scrapy has chosen one

    host = hostname_of(url)
    if host in reactor.nameResolver.refused_hosts:
        return f"no answer: {host} is in a private network, where only `served_at` may lead"
    return f"no answer: there is no host {host}"
