"""A language model behind an address that speaks as OpenAI's does: vLLM, Ollama, and others.

A server may be slow, busy, or answer with something that is no answer. Each request is tried again
within a limit; what went wrong is kept, and a request that was never answered says so. A server
that answers nobody is no reason against any request: the batch is left for another run.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import httpx

from pipeline.errors import InputError, SourceUnavailable
from pipeline.parameters import GenerationParams
from pipeline.synthesis.generators.protocol import Completion, Request
from pipeline.synthesis.generators.replies import Down, Fault, Refused, read_reply

_LONGEST_PAUSE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 1.0

Sleep = Callable[[float], None]


@dataclass(frozen=True)
class _Outcome:
    """What came of a request, with the fault of its last attempt if that brought no answer."""

    completion: Completion
    fault: Fault | None = None


class EndpointGenerator:
    """A model of a server.

    Args:
        url: up to and including `/v1`.
        model: as the server calls it.
        params: of drawing, of patience, and how much is asked at once.
        token: that the server asks for; empty for none.
        sleep: waits so many seconds.

    Raises:
        InputError: the URL is none.
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
        try:
            self._client = httpx.Client(
                base_url=url.rstrip("/"), headers=headers, timeout=params.timeout_seconds
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise InputError(f"synthesis.generator.endpoint {url}: {error}") from error
        self._model, self._params, self._sleep = model, params, sleep

    @property
    def batch_prompts(self) -> int:
        """As many as are asked at once, some times over, so that none waits for the slowest."""
        return 4 * self._params.requests_at_once

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer each request; raises as the protocol says.

        Those left without an answer by the server's state are asked once more, beside one that was
        answered: that tells a server that has gone since from one that fails at these requests.
        """
        outcomes = self._ask_all(requests)
        silent = [one for one in requests if isinstance(outcomes[one.key].fault, Down)]
        if silent:
            answered = next(one for one in requests if outcomes[one.key].fault is None)
            again = self._ask_all([answered, *silent])
            outcomes |= {one.key: _after(outcomes[one.key], again[one.key]) for one in silent}
        return [outcomes[one.key].completion for one in requests]

    def _ask_all(self, requests: Sequence[Request]) -> dict[str, _Outcome]:
        """By key; none is answered only where that is not for the server's state."""
        with ThreadPoolExecutor(self._params.requests_at_once) as pool:
            outcomes = list(pool.map(self._patiently, requests))
        faults = [one.fault for one in outcomes if one.fault is not None]
        if len(faults) == len(outcomes):
            self._check(faults)
        return {one.key: outcome for one, outcome in zip(requests, outcomes, strict=True)}

    def _check(self, faults: Sequence[Fault]) -> None:
        """Of requests of which none was answered."""
        down = next((fault for fault in faults if isinstance(fault, Down)), None)
        if down is not None:
            raise SourceUnavailable(
                f"the server at {self._client.base_url} answers no request ({down}): start it, wait"
                " for it, or mend synthesis.generator.endpoint; another run goes on from here"
            )
        if len(faults) > 1 and all(isinstance(fault, Refused) for fault in faults):
            raise InputError(
                f"the server at {self._client.base_url} refuses every prompt of a batch"
                f" ({faults[0]}): look at synthesis.generator and at the parameters of generation"
            )

    def _patiently(self, request: Request) -> _Outcome:
        faults: list[Fault] = []
        pause = 0.0
        for attempt in range(self._params.most_attempts):
            if attempt:
                self._sleep(pause)
            try:
                completion = self._ask(request)
            except Refused as fault:
                faults.append(fault)
                break
            except Fault as fault:
                faults.append(fault)
                pause = self._pause_seconds(attempt, fault)
            else:
                return _Outcome(replace(completion, faults=tuple(map(str, faults))))
        said = tuple(map(str, faults))
        return _Outcome(Completion("", faults=said, is_answered=False), faults[-1])

    def _pause_seconds(self, attempt: int, fault: Fault) -> float:
        asked = fault.seconds if isinstance(fault, Down) else None
        if asked is not None and asked > _LONGEST_PAUSE_SECONDS:
            raise SourceUnavailable(
                f"the server at {self._client.base_url} asks to be left alone for {asked:g} seconds"
                f" ({fault}): run again after that; another run goes on from here"
            )
        return asked or min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)

    def _ask(self, request: Request) -> Completion:
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
            reply = self._client.post("/chat/completions", json=content)
        except httpx.TimeoutException as error:
            raise Down("time-out") from error
        except httpx.ConnectError as error:
            raise Down("no server") from error
        except httpx.TransportError as error:
            raise Down("answer torn off") from error
        except httpx.RequestError as error:
            raise Fault("answer not coded as it says") from error
        return read_reply(reply)


def _after(first: _Outcome, second: _Outcome) -> _Outcome:
    faults = (*first.completion.faults, *second.completion.faults)
    return replace(second, completion=replace(second.completion, faults=faults))
