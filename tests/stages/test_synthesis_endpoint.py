"""A server on this machine that does everything wrong that servers do."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from pipeline.commands.synthesis import app
from pipeline.errors import InputError, SourceUnavailable
from pipeline.parameters import GenerationParams
from pipeline.synthesis.generators.endpoint import EndpointGenerator
from pipeline.synthesis.generators.protocol import Request
from pipeline.synthesis.record import GenerationRecord, record_of

PATIENCE = GenerationParams(timeout_seconds=0.5, most_attempts=3, requests_at_once=4)
GARBAGE = {
    "garbage": b"<html>upstream</html>",
    "list": b"[]",
    "shape": b'{"choices": []}',
    "null": b'{"choices": [{"message": {"content": null}}]}',
    "text": b'"busy"',
    "number": b'{"choices": [{"message": 7}]}',
    "deep": b"[" * 100_000,
    "bytes": b"\xff\xfe\x00\xd8",
}
REFUSALS = {
    400: b'{"error": {"message":\n "maximum context length is 4096 tokens"}}',
    413: b"too long",
    422: b"\xff\x00 ill-behaved",
    401: b"no such key",
    307: b"",
    499: b"gone",
}
FAULTS = ("slow", "busy", "broken", "truncated", "coded", *GARBAGE)
USAGE = {"prompt_tokens": 3, "completion_tokens": 4}
SENSELESS_USAGES = (
    [1],
    "none",
    None,
    7,
    {"completion_tokens": "many"},
    {"completion_tokens": 1e400},
)


class Faulty(BaseHTTPRequestHandler):
    """Answers a prompt such as `slow 2 #7` after two faults of that kind."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = asked["messages"][0]["content"]
        kind, times, _ = prompt.split()
        if self.path != "/v1/chat/completions":
            self.send(404, b'{"detail": "Not Found"}')
            return
        with self.server.lock:
            place = self.server.seen.total()
            self.server.seen[prompt] += 1
            is_faulty = self.server.seen[prompt] <= int(times)
        if place in self.server.outage:
            self.fail("broken")
        elif is_faulty:
            self.fail(kind)
        elif kind == "cut":
            self.answer("good \ud83d")
        elif kind == "usage":
            self.answer("good", SENSELESS_USAGES[int(prompt.rpartition("#")[2])])
        else:
            self.answer(f"answer to {prompt}")

    def answer(self, text, usage=USAGE):
        content = {"choices": [{"message": {"content": text}}], "usage": usage}
        self.send(200, json.dumps(content).encode())

    def fail(self, kind):
        if kind == "slow":
            time.sleep(1.0)
            self.answer("too late")
        elif kind == "busy":
            self.send(429, b"{}", {"Retry-After": "7"})
        elif kind == "spent":
            self.send(429, b"{}", {"Retry-After": "3600"})
        elif kind.isdigit():
            self.send(int(kind), REFUSALS[int(kind)])
        elif kind == "broken":
            self.send(503, b"")
        elif kind == "truncated":
            self.send(200, b'{"choices": [{"mess', {"Content-Length": "4000"})
        elif kind == "coded":
            self.send(200, b"not gzip", {"Content-Encoding": "gzip"})
        else:
            self.send(200, GARBAGE[kind])

    def send(self, status, body, headers=None):
        try:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # the client has gone
            pass
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    server.seen, server.lock = Counter(), threading.Lock()
    server.outage = range(0)  # of requests in the order in which they come
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def generator(server, pauses):
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    return EndpointGenerator(url, "a-model", PATIENCE, sleep=pauses.append)


def requests(*prompts):
    return [Request(str(number), prompt, number) for number, prompt in enumerate(prompts)]


def test_no_answer_is_lost_or_doubled_among_faults(generator, server):
    prompts = [f"{kind} {times} #{n}" for n in range(3) for kind in FAULTS for times in (0, 1, 2)]
    answers = generator.complete(requests(*prompts))
    assert [one.text for one in answers] == [f"answer to {prompt}" for prompt in prompts]
    assert all(one.is_answered for one in answers)
    assert [len(one.faults) for one in answers] == [int(p.split()[1]) for p in prompts]
    assert server.seen == Counter({p: int(p.split()[1]) + 1 for p in prompts})
    assert sum(one.completion_tokens for one in answers) == 4 * len(prompts)


@pytest.mark.parametrize(
    ("kind", "faults"),
    [
        ("slow", ["time-out"] * 6),  # asked once more, beside the one that was answered
        ("busy", ["HTTP 429"] * 6),
        ("broken", ["HTTP 503"] * 6),
        ("truncated", ["answer torn off"] * 6),
        ("coded", ["answer not coded as it says"] * 3),
        *((kind, ["no answer in what the server sent"] * 3) for kind in GARBAGE),
    ],
)
def test_a_request_that_is_never_answered_says_why(generator, kind, faults):
    answer, other = generator.complete(requests(f"{kind} 99 #1", "slow 0 #2"))
    assert (answer.text, answer.is_answered) == ("", False)
    assert list(answer.faults) == faults
    assert other.is_answered


@pytest.mark.parametrize("kind", ["slow", "busy", "broken", "truncated"])
def test_a_server_that_answers_nobody_can_be_waited_for(generator, kind):
    with pytest.raises(SourceUnavailable, match=r"answers no request .* another run goes on"):
        generator.complete(requests(f"{kind} 99 #1", f"{kind} 99 #2", "garbage 99 #3"))


def test_a_server_that_goes_in_the_midst_of_a_batch_can_be_waited_for(generator, server):
    server.outage = range(3, 1000)
    with pytest.raises(SourceUnavailable, match=r"HTTP 503"):
        generator.complete(requests(*(f"slow 0 #{n}" for n in range(12))))


def test_nobody_is_lost_to_an_outage_within_a_batch(generator, server):
    server.outage = range(6, 26)  # six are answered; six fail thrice, and two of them once more
    prompts = [f"slow 0 #{n}" for n in range(12)]
    answers = generator.complete(requests(*prompts))
    assert [one.text for one in answers] == [f"answer to {prompt}" for prompt in prompts]
    assert sum(len(one.faults) >= 3 for one in answers) == 6


def test_a_server_that_wants_a_long_rest_is_not_asked_again(generator, server, pauses):
    with pytest.raises(SourceUnavailable, match="left alone for 3600 seconds"):
        generator.complete(requests("spent 99 #1"))
    assert (server.seen.total(), pauses) == (1, [])


def test_half_a_character_at_an_answers_end_is_marked_and_kept_on_the_disk(generator, tmp_path):
    (answer,) = generator.complete(requests("cut 0 #1"))
    assert answer.text == "good \ufffd"
    path = tmp_path / "answers.jsonl"
    GenerationRecord(path, "f").append(record_of(["a"], [answer], 1.0))
    (batch,) = GenerationRecord(path, "f").batches.values()
    assert batch.completions == (answer,)


@pytest.mark.parametrize("number", range(len(SENSELESS_USAGES)))
def test_an_answer_with_a_senseless_count_of_tokens_is_an_answer(generator, number):
    (answer,) = generator.complete(requests(f"usage 0 #{number}"))
    assert (answer.text, answer.completion_tokens, answer.faults) == ("good", 0, ())


def test_a_busy_server_is_left_alone_as_long_as_it_asks(generator, pauses):
    generator.complete(requests("busy 2 #1"))
    assert pauses == [7.0, 7.0]


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "maximum context length is 4096"), (413, "too long"), (422, "\ufffd\0 ill-behaved")],
)
def test_a_prompt_that_is_refused_has_the_servers_words_for_a_reason(
    generator, server, status, words
):
    refused, other = generator.complete(requests(f"{status} 99 #1", "slow 0 #2"))
    assert (refused.text, refused.is_answered) == ("", False)
    (fault,) = refused.faults
    assert fault.startswith(f"HTTP {status}: ")
    assert words in fault
    assert other.is_answered
    assert server.seen[f"{status} 99 #1"] == 1


def test_the_last_prompt_of_a_run_may_be_refused(generator):
    (refused,) = generator.complete(requests("400 99 #1"))
    assert not refused.is_answered


def test_a_server_that_refuses_a_whole_batch_ends_the_run_in_its_words(generator):
    with pytest.raises(InputError, match=r"every prompt of a batch .*maximum context length"):
        generator.complete(requests("400 99 #1", "400 99 #2", "422 99 #3"))


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "'no such key'; look at DUTAR_GENERATOR_TOKEN"), (307, "generator"), (499, "'gone'")],
)
def test_a_server_that_refuses_everybody_is_not_asked_again(generator, server, status, hint):
    with pytest.raises(InputError, match=hint):
        generator.complete(requests(f"{status} 99 #1"))
    assert server.seen.total() == 1


def test_an_address_without_its_end_is_named_with_what_it_lacks(server):
    url = f"http://127.0.0.1:{server.server_address[1]}"
    generator = EndpointGenerator(url, "a-model", PATIENCE, sleep=lambda _: None)
    with pytest.raises(InputError, match=rf"{url}/chat/completions .* usually ends in /v1"):
        generator.complete(requests("slow 0 #1"))


def test_an_address_that_is_none_is_refused_before_anything_is_asked():
    with pytest.raises(InputError, match=r"endpoint http://127.0.0.1:8x/v1: Invalid port"):
        EndpointGenerator("http://127.0.0.1:8x/v1", "a-model", PATIENCE)


def test_the_command_names_an_address_that_is_none(tmp_path):
    (tmp_path / "text").write_text("Salam.\n", encoding="utf-8")
    given = [str(tmp_path / "text"), "--lang", "tuk_Latn", "--out", str(tmp_path / "out")]
    said = CliRunner().invoke(app, [*given, "--endpoint", "127.0.0.1:8000/v1"])
    assert isinstance(said.exception, InputError)
    assert str(said.exception).startswith("--endpoint 127.0.0.1:8000/v1: wants an address such as")


def test_a_server_that_is_not_there_can_be_waited_for():
    generator = EndpointGenerator(
        "http://127.0.0.1:9/v1", "a-model", PATIENCE, sleep=lambda _: None
    )
    with pytest.raises(SourceUnavailable, match="start it"):
        generator.complete(requests("slow 0 #1"))
