import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from pipeline.encoders import EmbeddingCache
from pipeline.errors import StorageError

# Writes batches of vectors whose every number is the text's own, until it is killed.
WRITER = """
import sys
from pathlib import Path
import numpy as np
from pipeline.encoders import EmbeddingCache
cache = EmbeddingCache(Path(sys.argv[1]))
for batch in range(int(sys.argv[2])):
    texts = [str(batch * 10 + n) for n in range(10)]
    cache.write("model", "query", {t: np.full(8, float(t), np.float32) for t in texts})
    print(batch, flush=True)
"""


def writer(folder, batch_count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(batch_count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_vectors_come_back_bit_for_bit(tmp_path):
    cache = EmbeddingCache(tmp_path)
    vectors = np.random.default_rng(0).normal(size=(1200, 3)).astype(np.float32)
    stored = {f"söz {n}": vector for n, vector in enumerate(vectors)}
    cache.write("model", "query", stored)
    found = cache.read("model", "query", [*stored, "unknown"])
    assert found.keys() == stored.keys()
    assert all((found[text] == stored[text]).all() for text in stored)


def test_fingerprints_and_roles_do_not_mix(tmp_path):
    cache = EmbeddingCache(tmp_path)
    cache.write("model", "query", {"salam": np.ones(2, np.float32)})
    assert cache.read("model", "passage", ["salam"]) == {}
    assert cache.read("other", "query", ["salam"]) == {}


def test_a_stored_vector_is_never_replaced(tmp_path):
    cache = EmbeddingCache(tmp_path)
    cache.write("model", "query", {"salam": np.ones(2, np.float32)})
    cache.write("model", "query", {"salam": np.zeros(2, np.float32)})
    assert cache.read("model", "query", ["salam"])["salam"].tolist() == [1, 1]


def test_two_processes_write_one_cache(tmp_path):
    processes = [writer(tmp_path, 30), writer(tmp_path, 40)]
    assert [process.wait() for process in processes] == [0, 0]
    assert len(EmbeddingCache(tmp_path).read("model", "query", list(map(str, range(500))))) == 400


def test_all_who_make_one_cache_at_once_wait_for_each_other(tmp_path):
    start = Barrier(8)

    def write(number):
        cache = EmbeddingCache(tmp_path / str(number // 8))
        start.wait()
        cache.write("model", "query", {str(number): np.ones(8, np.float32)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(160)))
    for folder in range(20):
        texts = [str(8 * folder + n) for n in range(8)]
        assert len(EmbeddingCache(tmp_path / str(folder)).read("model", "query", texts)) == 8


@pytest.mark.parametrize("seconds", [0, 0.017, 0.04])
def test_a_killed_writer_leaves_whole_batches_only(tmp_path, seconds):
    process = writer(tmp_path, 100_000)
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    acknowledged = 1 + len(process.communicate()[0].splitlines())
    texts = [str(n) for n in range(acknowledged * 10 + 100)]
    found = EmbeddingCache(tmp_path).read("model", "query", texts)
    assert len(found) >= acknowledged * 10
    assert len(found) % 10 == 0
    assert all((vector == float(text)).all() for text, vector in found.items())


def test_a_damaged_file_is_reported_with_what_to_do(tmp_path):
    (tmp_path / "model.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="delete the file"):
        EmbeddingCache(tmp_path).read("model", "query", ["salam"])
