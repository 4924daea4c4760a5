"""Opening files that may be large, compressed, broken or hostile; reading them line by line."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MOST_BYTES = 8 * 2**30  # after decompression
_MOST_LINE_CHARACTERS = 1_000_000


def open_bitext(path: Path) -> BinaryIO:
    """Open a file for reading, decompressed where its name ends in `.gz`.

    Reading raises InputError where the compressed data is damaged, and beyond 8 GiB.

    Raises:
        InputError: there is no such file, or it may not be read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"the bitext {path} cannot be read: {error.strerror}") from error
    if path.suffix == ".gz":
        return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=file), path))
    return io.BufferedReader(_Bounded(file, path))


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    r"""Lines with their 1-based numbers; `\n` and `\r\n` end them, a byte order mark is dropped.

    Raises:
        InputError: the file cannot be read, is not UTF-8 text, or has a line of a million
            characters.
    """
    number = 0
    with io.TextIOWrapper(open_bitext(path), encoding="utf-8-sig", newline="\n") as file:
        try:
            while line := file.readline(_MOST_LINE_CHARACTERS):
                number += 1
                if len(line) == _MOST_LINE_CHARACTERS:
                    raise InputError(f"{path.name}: line {number} has no end; is it a text file?")
                if "\0" in line:
                    raise InputError(_not_text(path, number))
                yield number, line.removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise InputError(_not_text(path, number + 1)) from error


def _not_text(path: Path, line: int) -> str:
    return f"{path.name} is not UTF-8 text (seen from line {line} on); save it as UTF-8"


class _Bounded(io.RawIOBase):
    """A stream that complains in sentences and ends in an error rather than in full memory."""

    def __init__(self, file: BinaryIO | gzip.GzipFile, path: Path) -> None:
        self._file, self._path, self._left = file, path, _MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer)
        try:
            data = self._file.read(len(target))
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{self._path.name} is damaged or no gzip file: {error}") from error
        self._left -= len(data)
        if self._left < 0:
            raise InputError(f"{self._path.name} holds more than {_MOST_BYTES:,} bytes; divide it")
        target[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
