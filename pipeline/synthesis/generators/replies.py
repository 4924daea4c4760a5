"""What the body of a server's reply says; any bytes may stand there. Pure."""

import json

from pipeline.synthesis.generators.protocol import Completion

_MOST_TOKENS = 10**9  # more is no count, and two of them fit a column


class NoReply(ValueError):  # noqa: N818 - the name is the message
    """There is no text where a chat completion has it."""


def read_reply(body: bytes) -> Completion:
    """The text of a chat completion in OpenAI's form, and its tokens.

    Half a character, as of an emoji that the limit of tokens cut, becomes U+FFFD. Counts that are
    missing or senseless are 0.

    Raises:
        NoReply: there is no text.
    """
    try:
        answer = json.loads(body)
        text = answer["choices"][0]["message"]["content"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise NoReply from error
    if not isinstance(text, str):
        raise NoReply
    usage = answer.get("usage")
    return Completion(_whole(text), _count(usage, "prompt"), _count(usage, "completion"))


def _whole(text: str) -> str:
    """Without lone surrogates, which no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(usage: object, name: str) -> int:
    count = usage.get(f"{name}_tokens") if isinstance(usage, dict) else None
    return count if type(count) is int and 0 <= count <= _MOST_TOKENS else 0
