"""What a server's reply says, or what is wrong with it; any bytes may stand there. Pure."""

import json
from http import HTTPStatus

import httpx

from pipeline.errors import InputError
from pipeline.synthesis.generators.protocol import Completion

_OF_A_STATE = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
_OF_A_PROMPT = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_HINTS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "look at DUTAR_GENERATOR_TOKEN",
    HTTPStatus.FORBIDDEN: "look at DUTAR_GENERATOR_TOKEN",
    HTTPStatus.NOT_FOUND: "synthesis.generator.endpoint usually ends in /v1, and the model must be"
    " one that the server has",
}
_MOST_CHARACTERS = 200  # of a server's words
_MOST_TOKENS = 10**9  # more is no count, and two of them fit a column


class Fault(Exception):  # noqa: N818 - the name is the message
    """An attempt brought no answer, and another may; the message is a clause for people."""


class Down(Fault):
    """It was the server's state.

    Attributes:
        seconds: after which the server wants to be asked again, where it says so.
    """

    def __init__(self, clause: str, seconds: float | None = None) -> None:
        super().__init__(clause)
        self.seconds = seconds


class Refused(Fault):
    """It was the prompt: no other attempt helps."""


def read_reply(reply: httpx.Response) -> Completion:
    """The text of a chat completion in OpenAI's form, and its tokens.

    Half a character, as of an emoji that the limit of tokens cut, becomes U+FFFD. Counts that are
    missing or senseless are 0.

    Raises:
        Fault: there is no text.
        InputError: nobody will be answered at this address, or with this key.
    """
    _check_status(reply)
    try:
        answer = json.loads(reply.content)
        text = answer["choices"][0]["message"]["content"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise Fault("no answer in what the server sent") from error
    if not isinstance(text, str):
        raise Fault("no answer in what the server sent")
    usage = answer.get("usage")
    return Completion(_whole(text), _count(usage, "prompt"), _count(usage, "completion"))


def _check_status(reply: httpx.Response) -> None:
    status = reply.status_code
    if status in _OF_A_STATE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Down(f"HTTP {status}", _seconds(reply.headers.get("Retry-After")))
    if status in _OF_A_PROMPT:
        raise Refused(f"HTTP {status}: {_words(reply)}")
    if status != HTTPStatus.OK:
        hint = _HINTS.get(status, "look at synthesis.generator")
        raise InputError(f"{reply.url} answers with HTTP {status}: {_words(reply)!r}; {hint}")


def _words(reply: httpx.Response) -> str:
    """The beginning of what the server says, on one line."""
    return " ".join(reply.content.decode("utf-8", "replace").split())[:_MOST_CHARACTERS]


def _seconds(text: str | None) -> float | None:
    """Of a Retry-After header; a date is not waited for."""
    return float(text) if text and text.isascii() and text.isdigit() else None


def _whole(text: str) -> str:
    """Without lone surrogates, which no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(usage: object, name: str) -> int:
    count = usage.get(f"{name}_tokens") if isinstance(usage, dict) else None
    return count if type(count) is int and 0 <= count <= _MOST_TOKENS else 0
