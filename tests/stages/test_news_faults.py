import socket
from contextlib import ExitStack

import pytest

from pipeline.errors import SourceUnavailable
from pipeline.news.connections import is_public
from pipeline.news.crawl import crawl_sites
from pipeline.parameters import NewsParams
from tests.stages.news_server import HOME, Reply, page, serving

PARAMS = NewsParams(delay_seconds=0, page_timeout_seconds=2, max_page_megabytes=1)


@pytest.fixture
def decoy():
    """A server that nothing may ever be asked of."""
    with serving({}) as server:
        yield server


def test_answers_that_are_slow_endless_or_broken_end_as_rejected_rows(tmp_path, decoy):
    away = f"http://{decoy.address}/secret"
    faults = {
        "/slow": (Reply(behaviour="drip"), "timed out after 2 seconds"),
        "/hang": (Reply(behaviour="hang"), "timed out after 2 seconds"),
        "/endless": (Reply(behaviour="endless"), "too large: more than 1 MB"),
        "/big": (Reply("z" * 3_000_000), "too large: more than 1 MB"),
        "/bomb": (Reply("0" * 50_000_000, behaviour="gzip"), "too large: more than 1 MB"),
        "/cut": (Reply("y" * 5000, behaviour="truncated"), "truncated: the body ended too early"),
        "/pdf": (Reply(b"%PDF", headers={"Content-Type": "application/pdf"}), None),
        "/loop": (Reply("", 301, {"Location": "/loop"}), "redirected more than 5 times"),
        "/away": (Reply("", 302, {"Location": away}), f"redirected outside the site: {away}"),
        "/fine": (Reply(page(text="x"), behaviour="gzip"), None),
    }
    pages = {path: reply for path, (reply, _) in faults.items()}
    expected = {path[1:]: reason for path, (_, reason) in faults.items()}
    expected |= {"": None, "pdf": "not HTML: application/pdf"}
    with serving(pages | {"/": page(*faults)}) as server:
        crawled = crawl_sites({"habar": server.site()}, PARAMS, [], tmp_path)
    rows = crawled.pages.to_pylist()
    found = {row["url"].removeprefix(HOME): row["reject_reason"] for row in rows}
    assert found == expected
    assert decoy.requests == []
    assert all(row["body"] is None for row in rows if row["reject_reason"])


def listening(stack, host):
    """A socket that listens at a private address, and its port."""
    decoy = stack.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
    decoy.bind((host, 0))
    decoy.listen()
    decoy.settimeout(0.05)
    return decoy, decoy.getsockname()[1]


def test_without_served_at_nothing_private_is_connected_to(tmp_path, decoy):
    with ExitStack() as stack:
        four, port = listening(stack, "127.0.0.1")
        six, port_of_six = listening(stack, "::1")
        names = ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]")
        homes = [f"http://{name}:{port}/" for name in names] + [f"http://[::1]:{port_of_six}/"]
        site = decoy.site(home=tuple(homes), served_at=None)
        sites = {f"site_{n}": site.model_copy(update={"home": (h,)}) for n, h in enumerate(homes)}
        with pytest.raises(SourceUnavailable, match="private network") as failure:
            crawl_sites(sites, PARAMS, [], tmp_path)
        for listener in (four, six):
            with pytest.raises(TimeoutError):
                listener.accept()
    assert str(failure.value).count("no answer: ") == len(homes)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.1.2.3", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
    ],
)
def test_only_addresses_that_everyone_can_reach_are_public(address, expected):
    assert is_public(address) is expected
