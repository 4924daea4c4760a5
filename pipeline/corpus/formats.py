"""A corpus as files: Parquet, JSON lines and Moses' parallel lines.

Each function writes below the folder it is given and nothing else; equal tables give equal bytes.
A split without pairs has no files: the `datasets` library refuses empty ones.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.corpus.tmx import write_tmx

SPLITS = {"train": "train", "dev": "validation", "test": "test"}  # ours; the `datasets` library's
_ROW_GROUP_ROWS = 65_536
_LINE_BREAKS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


def write_parquet(pairs: pa.Table, folder: Path) -> None:
    """`data/{train,validation,test}.parquet`, with all columns."""
    for split, part in _by_split(pairs):
        path = _made(folder / "data") / f"{SPLITS[split]}.parquet"
        whole = part.combine_chunks()
        pq.write_table(whole, path, compression="zstd", row_group_size=_ROW_GROUP_ROWS)


def write_json_lines(pairs: pa.Table, folder: Path) -> None:
    """`jsonl/{train,validation,test}.jsonl`, one pair a line with all columns."""
    for split, part in _by_split(pairs):
        path = _made(folder / "jsonl") / f"{SPLITS[split]}.jsonl"
        _write_lines(path, (json.dumps(row, ensure_ascii=False) for row in part.to_pylist()))


def write_moses(pairs: pa.Table, folder: Path) -> None:
    """`moses/<pair>.<split>.<code>`, line n beside line n, and the `pair_id` in `.ids`.

    Texts are made of one line each by `one_line`.
    """
    for languages, of_languages in by_languages(pairs):
        for split, part in _by_split(of_languages):
            stem = _made(folder / "moses") / f"{'-'.join(languages)}.{SPLITS[split]}"
            for side, code in zip(("source", "target"), languages, strict=True):
                lines = map(one_line, part[f"{side}_text"].to_pylist())
                _write_lines(stem.with_name(f"{stem.name}.{code}"), lines)
            _write_lines(stem.with_name(f"{stem.name}.ids"), part["pair_id"].to_pylist())


def write_memories(pairs: pa.Table, folder: Path) -> None:
    """`tmx/<pair>.tmx`, all splits of two languages in one translation memory."""
    for languages, part in by_languages(pairs):
        path = _made(folder / "tmx") / f"{'-'.join(languages)}.tmx"
        write_tmx(part.to_pylist(), languages[0], path)


def one_line(text: str) -> str:
    """A text whose line breaks of any kind, with the spaces around them, are one space each."""
    return _LINE_BREAKS.sub(" ", text)


def by_languages(pairs: pa.Table) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    """Pairs by source and target language, sorted by their codes."""
    names = ["source_language", "target_language"]
    found = pairs.select(names).group_by(names).aggregate([])
    for source, target in sorted(zip(*(found[name].to_pylist() for name in names), strict=True)):
        is_theirs = pc.and_(
            pc.equal(pairs["source_language"], source), pc.equal(pairs["target_language"], target)
        )
        yield (source, target), pairs.filter(is_theirs)


def _by_split(pairs: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    for split in SPLITS:
        part = pairs.filter(pc.equal(pairs["split"], split))
        if part.num_rows:
            yield split, part


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
