"""A language model behind an address that speaks as OpenAI's does: vLLM, Ollama, and others.

A server may be slow, busy, or answer with something that is no answer. Each request is tried again
within a limit; what went wrong is kept, and a request that was never answered says so.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus

import httpx

from pipeline.errors import InputError, SourceUnavailable
from pipeline.parameters import GenerationParams
from pipeline.synthesis.generators.protocol import Completion, Request
from pipeline.synthesis.generators.replies import NoReply, read_reply

_LONGEST_PAUSE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.5
_TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}

Sleep = Callable[[float], None]


class EndpointGenerator:
    """A model of a server.

    Args:
        url: up to and including `/v1`.
        model: as the server calls it.
        params: of drawing, of patience, and how much is asked at once.
        token: that the server asks for; empty for none.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        url: str,
        model: str,
        params: GenerationParams,
        token: str = "",
        sleep: Sleep = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=params.timeout_seconds
        )
        self._model, self._params, self._sleep = model, params, sleep

    @property
    def batch_prompts(self) -> int:
        """As many as are asked at once, some times over, so that none waits for the slowest."""
        return 4 * self._params.requests_at_once

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer each request; raises as the protocol says."""
        with ThreadPoolExecutor(self._params.requests_at_once) as pool:
            return list(pool.map(self._patiently, requests))

    def _patiently(self, request: Request) -> Completion:
        faults: list[str] = []
        pause = _FIRST_PAUSE_SECONDS
        for attempt in range(self._params.most_attempts):
            if attempt:
                self._sleep(min(pause, _LONGEST_PAUSE_SECONDS))
            try:
                return self._ask(request, tuple(faults))
            except _Again as again:
                faults.append(str(again))
                pause = again.seconds or _FIRST_PAUSE_SECONDS * 2 ** (attempt + 1)
        if all(fault == _UNREACHABLE for fault in faults):
            raise SourceUnavailable(
                f"no server answers at {self._client.base_url}: start it, or mend"
                " synthesis.generator.endpoint"
            )
        return Completion("", faults=tuple(faults), is_answered=False)

    def _ask(self, request: Request, faults: tuple[str, ...]) -> Completion:
        params = self._params
        content = {
            "model": self._model,
            "messages": [{"role": "user", "content": request.prompt}],
            "max_tokens": params.max_new_tokens,
            "temperature": params.temperature,
            "top_p": params.top_p,
            "seed": request.seed,
        }
        try:
            response = self._client.post("/chat/completions", json=content)
        except httpx.TimeoutException as error:
            raise _Again("time-out") from error
        except httpx.ConnectError as error:
            raise _Again(_UNREACHABLE) from error
        except httpx.RequestError as error:  # also a body that is not coded as it says
            raise _Again("answer torn off") from error
        _check_status(response)
        try:
            return replace(read_reply(response.content), faults=faults)
        except NoReply as error:
            raise _Again("no answer in what the server sent") from error


class _Again(Exception):  # noqa: N818 - the name is the message
    """Another attempt may help, after so many seconds where the server names them."""

    def __init__(self, fault: str, seconds: float | None = None) -> None:
        super().__init__(fault)
        self.seconds = seconds


_UNREACHABLE = "no server"


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in _TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _Again(f"HTTP {status}", _seconds(response.headers.get("Retry-After")))
    if status != HTTPStatus.OK:
        raise InputError(
            f"{response.url} refuses a prompt with HTTP {status}: {response.text[:200]!r}; look at"
            " the model's name and at DUTAR_GENERATOR_TOKEN"
        )


def _seconds(text: str | None) -> float | None:
    """Of a Retry-After header; a date is not waited for."""
    return float(text) if text and text.isascii() and text.isdigit() else None
