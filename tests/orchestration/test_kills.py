"""`kill -9` over two real assets: what the store holds then, and what the next run makes of it.

The parent has imported everything and run once; each trial forks, which costs milliseconds where
a fresh interpreter costs seconds. Reading a PDF starts processes of its own, so most kills fall on
`textbook_sentences`, over pages that were published before.
"""

import hashlib
import itertools
import json
import os
import random
import select
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from definitions import build_defs
from pipeline.storage import Address, Store, store

PAGES, SENTENCES = (
    Address("trial", asset, "camel") for asset in ("textbook_pages", "textbook_sentences")
)
SEED = 13
KILLED = -signal.SIGKILL
PUBLISHING_SECONDS = 0.03  # about what one takes
POINTS = [  # named places in one publishing, in the order in which they are reached
    *(("publish", point) for point in ("after_write", "after_sync", "after_rename")),
    ("publish", "after_objects"),
    *(("put_document", point) for point in ("after_write", "after_sync", "after_rename")),
    ("put_document", "after_manifest"),
]


@dataclass(frozen=True)
class Kill:
    """When a run is killed.

    At a named point of the store once `step` of publishing the asset has begun; or, without a
    point, some seconds after that; or, without an asset, some seconds after the run's start.
    """

    asset: str | None = None
    step: str = "publish"
    point: str | None = None
    delay_seconds: float = 0.0


class Trial:
    """Runs `read_textbook` in forked processes on one store, and looks at what is left."""

    def __init__(self, place) -> None:
        self.place = place
        self._job = build_defs(place.recipe()).resolve_job_def("read_textbook")
        started = time.monotonic()
        assert self.read()
        self.seconds = {PAGES.asset: time.monotonic() - started}
        self.whole = tree_of(self.root)
        self.held = self.held_now()
        self._pages = place.folder / "pages_alone"
        shutil.copytree(self.root, self._pages)
        (self._pages / SENTENCES.manifest_path).unlink()
        Store(str(self._pages)).collect_garbage(0, time.time() + 60)
        self.reset(has_pages=True)
        started = time.monotonic()
        assert self.run() == 0
        self.seconds[SENTENCES.asset] = time.monotonic() - started

    @property
    def root(self) -> Path:
        return self.place.folder / "store"

    def reset(self, *, has_pages: bool) -> None:
        """Start anew: nothing was published yet, or the pages alone."""
        shutil.rmtree(self.root)
        shutil.rmtree(self.place.work, ignore_errors=True)
        if has_pages:
            shutil.copytree(self._pages, self.root)

    def read(self) -> bool:
        instance = dg.DagsterInstance.ephemeral()
        instance.add_dynamic_partitions("trial_editions", [PAGES.partition])
        return self._job.execute_in_process(
            instance=instance, partition_key=PAGES.partition, raise_on_error=False
        ).success

    def run(self, kill: Kill | None = None) -> int:
        """The exit code of one run: 0, or KILLED."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            self._be_the_child(kill, writer)
        os.close(writer)
        if kill and kill.point is None:
            if kill.asset is not None:
                os.read(reader, 1)  # nothing comes when it ends without publishing
            select.select([reader], [], [], kill.delay_seconds)  # less, where the run ends before
            os.kill(child, signal.SIGKILL)
        os.close(reader)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _be_the_child(self, kill: Kill | None, pipe: int) -> None:
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            if kill and kill.asset:
                arm(kill, pipe)
            os._exit(0 if self.read() else 3)
        finally:
            os._exit(1)

    def held_now(self) -> dict[str, str]:
        found = [self.place.store.find(address) for address in (PAGES, SENTENCES)]
        return {one.address.asset: one.content_hash for one in found if one}

    def assert_whole(self) -> None:
        """Nothing that is published is torn, lost, doubled or other than undisturbed."""
        problems = self.place.store.verify()
        assert [one for one in problems if one.kind != "unreferenced"] == []
        held = self.held_now()
        assert held.items() <= self.held.items()
        assert list(held) == list(self.held)[: len(held)]  # no sentences without their pages
        for path in (self.root / "objects").rglob("*.*"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        for asset in held:
            assert len(self.place.store.partitions("trial", asset)) == 1

    def assert_recovered(self) -> None:
        """Byte for byte what an undisturbed run leaves, and nothing beside it."""
        self.place.store.collect_garbage(0, time.time() + 60)
        assert tree_of(self.root) == self.whole
        assert list(self.place.work.iterdir()) == []


def arm(kill: Kill, pipe: int) -> None:
    """In the child: look out for the kill once publishing the asset has come to the step."""
    owner = Store if kill.step == "publish" else store
    original = getattr(owner, kill.step)

    def armed(owning, about, *rest, **options):  # a store and an address, or a disk and a path
        if kill.asset in str(about):
            if kill.point:
                os.environ["DUTAR_FAULT"] = f"store:{kill.point}"
            else:
                os.write(pipe, b".")
        return original(owning, about, *rest, **options)

    setattr(owner, kill.step, armed)


def tree_of(root: Path) -> dict[str, str]:
    """Path to hash of everything in a store, manifests without the facts of the day."""
    return {
        str(path.relative_to(root)): hashlib.sha256(lasting_bytes(path)).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def lasting_bytes(path: Path) -> bytes:
    if path.suffix != ".json":
        return path.read_bytes()
    document = json.loads(path.read_bytes())
    del document["ledger"], document["checksum"]
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def trial(shared_place) -> Trial:
    shared_place.add_book("camel")
    return Trial(shared_place)


def kills_of(asset: str, trial: Trial) -> Iterator[Kill]:
    """Without end: named points, seconds after publishing began, seconds after the start."""
    draw = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    for step, point in itertools.cycle(POINTS):
        yield Kill(asset, step, point)
        yield Kill(asset, delay_seconds=draw.uniform(0, PUBLISHING_SECONDS))
        yield Kill(delay_seconds=draw.uniform(0, trial.seconds[asset]))


def kill_and_recover(trial: Trial, kills: Iterator[Kill], asset: str) -> list[Kill]:
    """Kill one run after the other on what the last one left, then let one finish and compare.

    Returns:
        The kills that came before their run's end.
    """
    trial.reset(has_pages=asset == SENTENCES.asset)
    landed = []
    for kill in kills:
        started = time.monotonic()
        code = trial.run(kill)
        assert code in {0, KILLED}
        trial.assert_whole()
        if code == 0:
            if not landed:  # the machine is faster than it was
                trial.seconds[asset] = time.monotonic() - started
            break
        landed.append(kill)
    assert trial.run() == 0
    assert trial.held_now() == trial.held
    trial.assert_recovered()
    return landed


@pytest.mark.parametrize(
    ("sentence_kill_count", "page_kill_count"),
    [(8, 4), pytest.param(160, 40, marks=pytest.mark.slow)],
)
@pytest.mark.timeout(2400)
def test_no_kill_leaves_a_torn_lost_or_doubled_artefact_and_the_next_run_makes_all_the_same(
    trial, capsys, sentence_kill_count, page_kill_count
):
    landed: list[Kill] = []
    kills = kills_of(SENTENCES.asset, trial)
    while len(landed) < sentence_kill_count:
        landed += kill_and_recover(trial, itertools.islice(kills, 1), SENTENCES.asset)
    kills = kills_of(PAGES.asset, trial)
    while len(landed) < sentence_kill_count + page_kill_count:
        landed += kill_and_recover(trial, itertools.islice(kills, 4), PAGES.asset)
    named = {kill for kill in landed if kill.point}
    in_publishing = [kill for kill in landed if kill.asset]
    with capsys.disabled():
        counts = f"{len(landed)} kills, {len(in_publishing)} of them after publishing had begun"
        print(f"\n{counts}")  # noqa: T201 - they are the result
    assert {kill.asset for kill in named} == {PAGES.asset, SENTENCES.asset}
    assert len(in_publishing) >= len(landed) // 3


@pytest.mark.parametrize(("step", "point"), POINTS)
def test_every_named_point_of_publishing_is_one_at_which_a_run_can_be_killed(trial, step, point):
    kill = Kill(SENTENCES.asset, step, point)
    assert kill_and_recover(trial, iter([kill]), SENTENCES.asset) == [kill]
