"""A sample of kept triplets for people to judge, as files that Label Studio imports."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.languages import language
from pipeline.parameters import TripletFilterParams
from pipeline.tables import identify, kept

TASKS_NAME, FORM_NAME = "tasks.json", "triplet_interface.xml"
_FORM = Path(__file__).with_name(FORM_NAME)


def write_tasks(triplets: pa.Table, params: TripletFilterParams, folder: Path) -> Path:
    """Write tasks and the labelling form.

    Args:
        triplets: table of schema `FILTERED_TRIPLETS`.
        params: how many are shown, and the seed of the lot.
        folder: made if need be.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = kept(triplets).to_pylist()
    drawn = sorted(rows, key=lambda row: identify(str(params.seed), row["triplet_id"]))
    tasks = [_task(row) for row in drawn[: params.task_count]]
    text = json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"
    (folder / TASKS_NAME).write_text(text, encoding="utf-8")
    shutil.copyfile(_FORM, folder / FORM_NAME)
    return folder


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("triplet_id", "strategy", "anchor_text", "positive_text", "negative_text")
    data = {name: row[name] for name in names}
    return {"data": data | {"language_name": language(row["anchor_language"]).name}}
