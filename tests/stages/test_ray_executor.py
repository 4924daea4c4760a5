"""Two Ray nodes on this machine, a worker killed midway, and the bytes of a run without Ray."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

pytest.importorskip("ray", reason="Ray is an extra: pip install 'dutar[ray]'")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

START_ATTEMPTS = 3  # a node that finds its machine busy gives up after half a minute

PROGRAM = """
import json, os, sys
import numpy as np
import psutil
from pipeline.alignment.mining.shards import Workshop, search_both_ways
from pipeline.encoders import load_encoder
from pipeline.errors import InputError, SourceUnavailable
from pipeline.executors import open_executor
import ray

address, folder = sys.argv[1:]
killed = []

def workers():
    return [
        process for process in psutil.process_iter(["name", "cmdline"])
        if "".join(process.info["cmdline"] or []).startswith("ray::")
        and folder in " ".join(process.parent().cmdline())
    ]

def kill_one(done, total, message):
    busy = [one for one in workers() if "_apply" in one.info["cmdline"][0]]
    if not killed and busy and done < total:
        busy[-1].kill()
        killed.append(busy[-1].pid)

def refuse(item):
    raise InputError(f"no {item}")

def die(item):
    os._exit(1)

def told(function):
    try:
        list(executor.map(function, ["bread"]))
    except (InputError, SourceUnavailable) as error:
        return f"{type(error).__name__}: {error}"

executor = open_executor("ray", address, 4)  # one worker a node, with ten batches for each
texts = [f"{'the book of the school ' * (n % 12)}{n}" for n in range(600)]
name = "embedded:minilm"
here = load_encoder(name).encode(texts, language="eng_Latn")
there = load_encoder(name, executor=executor, progress=kill_one).encode(texts, language="eng_Latn")
left, right = here[:300], here[300:]
shard_counts = []
small = dict(shard_pairs=20_000, progress=lambda done, total, message: shard_counts.append(total))
workshops = Workshop(**small), Workshop(executor=executor, **small)
sides = [search_both_ways(left, right, 4, None, workshop) for workshop in workshops]
found = [[part.tobytes() for side in one for part in side] for one in sides]
print(json.dumps({
    "nodes": len([node for node in ray.nodes() if node["Alive"]]),
    "killed": len(killed),
    "same_vectors": here.tobytes() == there.tobytes(),
    "shards": min(shard_counts),
    "same_neighbours": found[0] == found[1],
    "refused": told(refuse),
    "died": told(die),
}))
"""


@pytest.fixture(scope="module")
def environment():
    """Ray asks for a token, as it does by default; one thread computes alike everywhere."""
    names = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    return {**os.environ, **names, "RAY_USAGE_STATS_ENABLED": "0", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def cluster(environment):
    """Address of two nodes, and the folder that tells their processes from others'."""
    folder = Path(tempfile.mkdtemp(prefix="dutar_ray_"))  # short, for it holds sockets
    address = f"{own_address()}:{free_port()}"
    head = ["--head", f"--port={address.partition(':')[2]}", "--include-dashboard=false"]
    try:
        start(folder / "a", head, environment)
        start(folder / "b", [f"--address={address}"], environment)
        yield address, folder
    finally:
        for process in psutil.process_iter(["cmdline"]):
            if str(folder) in " ".join(process.info["cmdline"] or []):
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def own_address():
    """Of this machine on its network; Ray wants no 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent
        return probe.getsockname()[0]


def free_port():
    """Outside the ports that Ray gives to its workers."""
    for port in range(6390, 6490):
        with socket.socket() as probe:
            if probe.connect_ex((own_address(), port)) != 0:
                return port
    raise OSError("no free port from 6390 to 6489")


def start(folder, arguments, environment):
    command = [str(Path(sys.executable).with_name("ray")), "start", *arguments, "--num-cpus=4"]
    command += [f"--node-ip-address={own_address()}", f"--temp-dir={folder}"]
    command += ["--object-store-memory=200000000"]
    for _ in range(START_ATTEMPTS):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode == 0:
            return
    raise OSError(f"{command} failed: {done.stderr.decode()[-2000:]}")


@pytest.fixture(scope="module")
def outcome(cluster, environment):
    address, folder = cluster
    command = [sys.executable, "-c", PROGRAM, address, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    # Ray prints too
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


def test_two_nodes_and_a_killed_worker_give_the_bytes_of_this_process(outcome):
    assert outcome["nodes"] == 2
    assert outcome["killed"] == 1
    assert outcome["same_vectors"]


def test_mining_shards_find_the_same_neighbours_on_two_nodes(outcome):
    assert outcome["shards"] > 1
    assert outcome["same_neighbours"]


def test_an_error_of_the_work_arrives_as_it_was_raised(outcome):
    assert outcome["refused"] == "InputError: no bread"


def test_an_item_that_ends_its_worker_each_time_is_given_up(outcome):
    assert outcome["died"].startswith("SourceUnavailable: Ray gave an item up")


def test_a_cluster_that_does_not_answer_is_worth_a_retry(environment):
    program = (
        "from pipeline.executors import open_executor\n"
        "from pipeline.errors import SourceUnavailable\n"
        "try:\n    list(open_executor('ray', '127.0.0.1:9').map(len, ['a']))\n"
        "except SourceUnavailable as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "no Ray cluster answers at 127.0.0.1:9" in done.stdout
