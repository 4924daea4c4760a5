"""Hostile sites, all crawled at once by one crawler; the log of their server is the oracle."""

import itertools
import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from pipeline.news.crawl import crawl_sites
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams
from tests.stages.hostile_faults import FORBIDDEN, KEPT, Fault, bombs, faults
from tests.stages.hostile_server import Decoy, HostileServer, answer, page

MEGABYTE = 2**20

PARAMS = NewsParams(delay_seconds=0, page_timeout_seconds=30, max_page_megabytes=1)
DECOY = Decoy()  # its port is part of the faults
FAULTS = faults(DECOY.port)
QUICK = [
    *("429_seconds", "reset_in_open_body", "short_body", "longer_than_its_length"),
    *("gzip_cut", "gzip_in_gzip_bomb", "endless_headers", "charset_zlib", "private_links"),
    *("redirect_to_private_address", "redirect_to_itself", "robots_500", "robots_wildcards"),
    *("robots_10_megabytes", "robots_crawl_delay"),
]
HEALTHY = {"/": page("/good", "/fault", "/also_good"), "/good": page(), "/also_good": page()}


@dataclass
class Crawled:
    """What came of a crawl: rows by site, the server, the crawler's most memory in bytes."""

    rows: dict
    server: HostileServer
    peak_bytes: int
    first_bytes: int
    seconds: float


def peak_memory():
    """The most that the crawler, a child of this process, ever held, in bytes."""
    for child in psutil.Process().children():
        status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
        if found := re.search(r"VmHWM:\s+(\d+)", status):  # what has ended holds nothing
            return int(found[1]) * 1024
    return 0


def host_of(name):
    return f"{name.replace('_', '-')}.example"


def crawl(names, folder, params=PARAMS, chosen=FAULTS):
    server = HostileServer()
    peaks = []
    with server.running():
        sites = {}
        for name in names:
            host = host_of(name)
            pages = {path: answer(body) for path, body in HEALTHY.items()}
            server.sites[host] = pages | {"/fault": chosen[name].reply} | chosen[name].others
            sites[name] = NewsSite(
                home=(f"http://{host}/",),
                languages={"tk": "tuk_Latn"},
                article=r"^/(?P<language>tk)/(?P<id>\d+)",
                licence="CC0-1.0",
                served_at=server.address,
            )
        started = time.monotonic()
        crawled = crawl_sites(sites, params, [], folder, lambda *_: peaks.append(peak_memory()))
        seconds = time.monotonic() - started
    rows = {name: {} for name in names}
    for row in crawled.pages.to_pylist():
        rows[row["site"]]["/" + row["url"].split("/", 3)[3]] = row
    return Crawled(rows, server, max(peaks), peaks[0], seconds)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    return crawl(QUICK, tmp_path_factory.mktemp("quick"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return crawl(list(FAULTS), tmp_path_factory.mktemp("whole"))


def check(name, crawled):
    fault, rows = FAULTS[name], crawled.rows[name]
    requests = crawled.server.requests(host_of(name))
    asked = {request.path for request in requests}
    times = [request.at for request in requests]
    reached = [request.at for request in requests if request.path == "/fault"]

    assert asked <= {"/robots.txt", "/", "/good", "/fault", "/also_good", *fault.others}
    if fault.is_shut:
        assert asked <= {"/robots.txt", *fault.others}
    elif fault.is_cut_short:
        assert "/also_good" not in asked
    else:
        healthy = [rows[path]["reject_reason"] for path in ("/", "/good", "/also_good")]
        assert healthy == [None, None, None]
    if fault.reason == FORBIDDEN and "/robots.txt" in fault.others:
        assert not reached or fault.reply != Fault.reply
    if not fault.is_shut:
        reason = rows["/fault"]["reject_reason"]
        if fault.reason is KEPT:
            assert reason is None
        else:
            assert reason is not None
            assert re.fullmatch(fault.reason, reason)
            assert rows["/fault"]["body"] is None
    elif fault.reason:
        assert re.fullmatch(fault.reason, rows["/"]["reject_reason"])
    if fault.waits:
        assert reached[1] - reached[0] >= fault.waits
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert all(gap >= fault.spacing - 0.01 for gap in gaps)


@pytest.mark.parametrize("name", QUICK)
def test_some_faults_do_no_harm(name, quick):
    check(name, quick)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_does_no_harm(name, whole):
    check(name, whole)


def test_nothing_private_was_connected_to_and_no_outside_host_asked_for(quick):
    assert DECOY.connections() == 0
    assert {request.host for request in quick.server.log} == {host_of(name) for name in QUICK}


@pytest.mark.slow
def test_the_crawl_of_all_hostile_sites_is_bounded_in_time_and_memory(whole):
    assert DECOY.connections() == 0
    assert {request.host for request in whole.server.log} == {host_of(name) for name in FAULTS}
    assert whole.seconds < 10 * PARAMS.page_timeout_seconds
    assert whole.peak_bytes - whole.first_bytes < 128 * MEGABYTE  # all sites at the same time


def test_no_entity_brings_a_file_of_this_machine_into_a_page(tmp_path):
    crawled = crawl(["external_entities", "billion_laughs"], tmp_path)
    bodies = [row["body"] for rows in crawled.rows.values() for row in rows.values()]
    assert not any(b"root:" in body for body in bodies if body)
    assert DECOY.connections() == 0


@pytest.mark.slow
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "br, gzip"])
def test_a_bomb_takes_no_more_than_twice_the_cap(coding, tmp_path):
    cap = 16
    params = NewsParams(delay_seconds=0, page_timeout_seconds=60, max_page_megabytes=cap)
    crawled = crawl(["bomb"], tmp_path, params, {"bomb": Fault(bombs(512 * MEGABYTE)[coding])})
    assert crawled.rows["bomb"]["/fault"]["reject_reason"] == f"too large: more than {cap} MB"
    assert crawled.peak_bytes - crawled.first_bytes < 2 * cap * MEGABYTE
