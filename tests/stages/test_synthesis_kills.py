"""The embedded language model writes, is killed, and goes on: nothing twice, nothing lost."""

import json
import random
import signal
import subprocess
import sys

import pytest
from pyarrow import parquet

from pipeline.synthesis.writing import RECORD_NAME

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from pyarrow import parquet
from pipeline.parameters import GenerationParams
from pipeline.synthesis.strategies import Asking
from pipeline.synthesis.writers import open_writer
from pipeline.synthesis.writing import write_triplets
from pipeline.synthesis_sections import GeneratorSource
from pipeline.tables import ANCHOR_SENTENCES, as_table, identify

TEXTS = [
    "Stolda üç kitap bar.", "Oglan mekdebe gitdi.", "Bu gün howa sowuk.", "Atlar meýdanda çapýar.",
    "Kakam bazardan çörek getirdi.", "Mugallym täze sapagy düşündirdi.", "Derýanyň suwy arassa.",
    "Biz ertir deňze gideris.", "Enem bize erteki aýdyp berdi.", "Dükan sagat sekizde açylýar.",
]
rows = [
    {"anchor_id": identify("tuk_Latn", text), "language": "tuk_Latn", "text": text}
    for text in TEXTS
]
params = GenerationParams(batch_prompts=3, max_new_tokens=12)
by_length = lambda texts, language: np.array([[len(text), 50] for text in texts], np.float32)
asking = Asking("eng_Latn", (), by_length, params)
writer = open_writer("in_context", GeneratorSource(model="embedded:smollm2"), None, asking)
folder = Path(sys.argv[1])
told = lambda *said: print(*said, flush=True)
written = write_triplets(as_table(rows, ANCHOR_SENTENCES), writer, folder, told)
parquet.write_table(written.triplets, folder / "triplets.parquet")
"""
BATCHES = 8  # four of positives, four of negatives


def started(folder):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def killed_at_random(folder, drawn):
    """Kill it within or right after one of the next two batches; whether it had not ended."""
    process = started(folder)
    for _ in range(drawn.randint(1, 2)):
        process.stdout.readline()
    try:
        process.wait(2 * drawn.random())
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def test_killed_at_random_the_model_ends_with_the_same_triplets(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert started(whole).wait() == 0
    drawn = random.Random(8)  # noqa: S311 - when to kill
    kills = sum(killed_at_random(killed, drawn) for _ in range(4))
    assert kills >= 3
    assert started(killed).wait() == 0
    tables = [parquet.read_table(folder / "triplets.parquet") for folder in (whole, killed)]
    assert tables[0].equals(tables[1])
    assert any(tables[0]["positive_raw"].to_pylist())
    batches = [json.loads(line) for line in (killed / RECORD_NAME).open(encoding="utf-8")][1:]
    keys = [key for batch in batches for key in batch["keys"]]
    assert len(batches) == BATCHES
    assert len(keys) == len(set(keys)) == 2 * tables[0].num_rows
