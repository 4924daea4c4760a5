"""What is left of the store when a writer is killed, its disk fails, or bytes rot."""

import errno
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from pipeline.errors import StorageError
from pipeline.storage import Fingerprint, Store
from pipeline.storage.kill_points import KillPoint

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # tests are no package
import storage_publisher as publisher  # noqa: E402 - lies beside this file

KILL_COUNT = 200
LONG_KILL_COUNT = 500
CALL_COUNT = 580  # system calls in one undisturbed run
SEED = 13
KILLED = -9


class Publisher:
    """The program storage_publisher.py, waiting for requests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "storage_publisher.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE.parent.parent), "OMP_NUM_THREADS": "1"},
        )

    def ask(self, **request: object) -> tuple[int, int]:
        """Exit code of the child (-9 when killed), and how many steps it acknowledged."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["exit"], answer["acknowledged"]

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=20)


@pytest.fixture(scope="module")
def memory_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: what the kernel holds outlives a killed process."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder below it
    parent = memory if os.access(memory, os.W_OK) else tmp_path_factory.getbasetemp()
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Reference:
    """An undisturbed run: what holds after each step, and every byte at the end."""

    held: list[dict[str, str]]
    versions: list[set[str]]
    tree: dict[str, str]


@pytest.fixture(scope="module")
def publishers() -> Iterator[list[Publisher]]:
    started = [Publisher(), Publisher()]
    yield started
    for one in started:
        one.close()


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    publisher.fill_inbox(folder)
    return folder


@pytest.fixture(scope="module")
def reference(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    root = tmp_path_factory.mktemp("undisturbed")
    store = Store(str(root))
    held, versions = [held_by(store)], [versions_of(store)]
    for step in publisher.steps(store, inbox):
        step()
        held.append(held_by(store))
        versions.append(versions_of(store))
    return Reference(held, versions, tree_of(root))


def held_by(store: Store) -> dict[str, str]:
    found = {address: store.find(address) for address in publisher.ADDRESSES}
    return {str(address): one.content_hash for address, one in found.items() if one}


def versions_of(store: Store) -> set[str]:
    return {
        f"{one.address} {one.content_hash}"
        for address in publisher.ADDRESSES
        for one in store.versions(address.recipe, address.asset)
    }


def tree_of(root: Path) -> dict[str, str]:
    """Path to hash of everything in a store, manifests without the facts of the day."""
    return {
        str(path.relative_to(root)): hashlib.sha256(lasting_bytes(path)).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def lasting_bytes(path: Path) -> bytes:
    if path.suffix == ".json" and {"manifests", "versions"} & set(path.parts):
        document = json.loads(path.read_bytes())
        del document["ledger"], document["checksum"]
        return json.dumps(document).encode()
    return path.read_bytes()


def damage(store: Store) -> list[object]:
    return [problem for problem in store.verify() if problem.kind != "unreferenced"]


def assert_whole(root: Path, reference: Reference, acknowledged: int) -> None:
    """The store is as after the last acknowledged step, or as after the next."""
    store = Store(str(root))
    assert damage(store) == []
    assert held_by(store) in reference.held[acknowledged : acknowledged + 2]
    assert versions_of(store) in reference.versions[acknowledged : acknowledged + 2]


def is_killed_and_recovers(
    one: Publisher, root: Path, inbox: Path, reference: Reference, **fault: object
) -> bool:
    """Disturb a run on an empty store, look, run again, compare; False if it was not killed."""
    places = {"root": str(root), "inbox": str(inbox)}
    code, acknowledged = one.ask(**places, **fault)
    assert code in {0, KILLED}
    assert_whole(root, reference, acknowledged)
    assert one.ask(**places) == (0, len(reference.held) - 1)
    assert tree_of(root) == reference.tree
    return code == KILLED


@pytest.mark.parametrize(
    "kill_count", [KILL_COUNT, pytest.param(LONG_KILL_COUNT, marks=pytest.mark.slow)]
)
def test_no_kill_leaves_a_torn_lost_or_doubled_artefact(
    publishers, inbox, reference, memory_folder, kill_count
):
    step_count = len(reference.held) - 1
    named = [
        {"step": step, "point": point}
        for step, point in itertools.product(range(step_count), get_args(KillPoint))
    ]
    draw = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    drawn = (
        {"dies_before_call": draw.randint(1, CALL_COUNT)}
        if number % 2
        else {"delay_seconds": draw.uniform(0, 0.05)}
        for number in range(kill_count * 2)
    )
    faults = enumerate(itertools.chain(named, drawn))
    turn, killed = threading.Lock(), []

    def disturb(one: Publisher) -> None:
        while len(killed) < kill_count:
            with turn:
                number, fault = next(faults)
            root = memory_folder / str(number)
            if is_killed_and_recovers(one, root, inbox, reference, **fault):
                killed.append(fault.get("point", next(iter(fault))))
            shutil.rmtree(root)

    with ThreadPoolExecutor(len(publishers)) as pool:
        list(pool.map(disturb, publishers))
    assert len(killed) >= kill_count
    assert set(killed) == {*get_args(KillPoint), "delay_seconds", "dies_before_call"}


def test_of_two_writers_at_once_one_wins_and_readers_see_whole_artefacts(publishers, tmp_path):
    store = Store(str(tmp_path))
    seen = set()

    def race(seed: int) -> tuple[int, int]:
        return publishers[seed].ask(root=str(tmp_path), seed=seed, race_count=60)

    with ThreadPoolExecutor(2) as pool:
        races = [pool.submit(race, seed) for seed in (0, 1)]
        while not all(one.done() for one in races):
            if artefact := store.find(publisher.PAGES):
                seed = artefact.manifest.metadata["seed"]
                assert artefact.read().equals(publisher.TABLES[seed])
                seen.add(seed)
        assert [one.result() for one in races] == [(0, 60), (0, 60)]
    assert seen == {0, 1}
    assert damage(store) == []
    assert not list((tmp_path / "staging").iterdir())


def test_collecting_garbage_beside_a_writer_removes_nothing_it_needs(publishers, tmp_path):
    store = Store(str(tmp_path))
    with ThreadPoolExecutor(1) as pool:
        race = pool.submit(publishers[0].ask, root=str(tmp_path), seed=0, race_count=60)
        while not race.done():
            store.collect_garbage(0, now=2**33)
        assert race.result() == (0, 60)
    assert store.verify() == []


@pytest.mark.parametrize("max_file_bytes", [1, 100, 700, 1200, 2000, 3000, 20_000])
def test_a_full_disk_is_a_storage_error_that_leaves_the_store_whole(
    publishers, inbox, reference, tmp_path, max_file_bytes
):
    places = {"root": str(tmp_path / "store"), "inbox": str(inbox)}
    code, acknowledged = publishers[0].ask(**places, max_file_bytes=max_file_bytes)
    assert code == publisher.REFUSED
    assert_whole(tmp_path / "store", reference, acknowledged)
    assert not list((tmp_path / "store" / "staging").iterdir())
    assert publishers[0].ask(**places) == (0, len(reference.held) - 1)
    assert tree_of(tmp_path / "store") == reference.tree


class FailingDisk:
    """Lets the n-th of the store's system calls fail, counting from 1."""

    def __init__(self, patch: pytest.MonkeyPatch, fails_at: int, code: int) -> None:
        self.call_count = 0
        for module, name in publisher.SYSTEM_CALLS:
            patch.setattr(module, name, self._wrap(getattr(module, name), fails_at, code))

    def _wrap(self, call, fails_at, code):
        def counted(*arguments, **options):
            self.call_count += 1
            if self.call_count == fails_at:
                if call is os_close:  # POSIX: the descriptor is gone even if close fails
                    call(*arguments)
                raise OSError(code, os.strerror(code))
            return call(*arguments, **options)

        return counted


os_close = os.close


@pytest.mark.parametrize("step", range(11))
def test_a_system_call_that_fails_never_tears_an_artefact(
    inbox, reference, memory_folder, tmp_path, monkeypatch, step
):
    for before in publisher.steps(Store(str(tmp_path)), inbox)[:step]:
        before()
    for fails_at in itertools.count(1):
        root = memory_folder / f"{step} {fails_at}"
        shutil.copytree(tmp_path, root)
        work = publisher.steps(Store(str(root)), inbox)[step]
        with monkeypatch.context() as patch:
            disk = FailingDisk(patch, fails_at, (errno.EIO, errno.ENOSPC)[fails_at % 2])
            with suppress(StorageError):  # and no other error
                work()
        assert_whole(root, reference, step)
        work()
        assert held_by(Store(str(root))) == reference.held[step + 1]
        shutil.rmtree(root)
        if disk.call_count < fails_at:
            break
    assert fails_at > 3


def flip(content: bytes, offset: int, draw: random.Random) -> bytes:
    return (
        content[:offset]
        + bytes([content[offset] ^ (1 << draw.randrange(8))])
        + content[offset + 1 :]
    )


def spoiled(content: bytes) -> Iterator[bytes]:
    """Truncations at every 64th part, and bits flipped at the ends and in between."""
    draw = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    yield from (content[: len(content) * part // 64] for part in range(64))
    offsets = {*range(16), *range(len(content) - 64, len(content))}
    offsets |= {draw.randrange(len(content)) for _ in range(200)}
    yield from (flip(content, offset, draw) for offset in sorted(offsets))
    yield content + b"\0"


@pytest.fixture
def published(tmp_path: Path) -> Store:
    store = Store(str(tmp_path))
    store.publish(publisher.CORPUS, publisher.TABLES[1], fingerprint=Fingerprint("1"))
    return store


def test_every_change_of_a_data_file_is_noticed_before_use(published, tmp_path):
    (path,) = (tmp_path / "objects").rglob("*.parquet")
    path.chmod(0o644)
    for content in spoiled(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(StorageError, match="torn"):
            published.find(publisher.CORPUS).read()
        assert [problem.kind for problem in published.verify()] == ["torn"]
    published.publish(publisher.CORPUS, publisher.TABLES[1], fingerprint=Fingerprint("1"))
    assert published.find(publisher.CORPUS).read().equals(publisher.TABLES[1])


def test_every_change_of_a_manifest_is_noticed_before_use(published, tmp_path):
    (path,) = (tmp_path / "manifests").rglob("*.json")
    path.chmod(0o644)
    for content in spoiled(path.read_bytes().rstrip()):
        path.write_bytes(content)
        with pytest.raises(StorageError, match=r"torn|foreign"):
            published.find(publisher.CORPUS)
        with pytest.raises(StorageError):
            published.collect_garbage(0, now=2**33)
    published.publish(publisher.CORPUS, publisher.TABLES[1], fingerprint=Fingerprint("1"))
    assert published.verify() == []


def test_a_folder_file_that_rots_is_noticed_and_mended_by_publishing_again(inbox, tmp_path):
    store = Store(str(tmp_path))
    publish = publisher.steps(store, inbox)[2]
    publish()
    weights = store.find(publisher.MODEL).path("weights.safetensors")
    weights.chmod(0o644)
    weights.write_bytes(b"rot")
    with pytest.raises(StorageError, match=r"weights\.safetensors of demo/student_models is torn"):
        store.find(publisher.MODEL).folder()
    publish()
    mended = store.find(publisher.MODEL).path("weights.safetensors")
    assert mended.read_bytes() == (inbox / "model_1" / "weights.safetensors").read_bytes()
