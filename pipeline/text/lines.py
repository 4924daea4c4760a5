"""Reading text files with one sentence a line."""

from pathlib import Path

from pipeline.errors import InputError


def read_lines(path: Path) -> list[str]:
    r"""Lines as `\n` or `\r\n` ends them; other separators of Unicode stay inside a sentence.

    A newline at the end of the file ends the last line and starts none. A byte order mark is
    dropped.

    Raises:
        InputError: the file cannot be read or is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}") from error
    return decoded_lines(content, str(path))


def decoded_lines(content: bytes, origin: str) -> list[str]:
    """As `read_lines`, of bytes that were read already.

    Raises:
        InputError: they are not UTF-8; the message names their origin.
    """
    try:
        return split_lines(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{origin} cannot be read as UTF-8 text: {error}") from error


def split_lines(text: str) -> list[str]:
    """As `read_lines`, of a text that was read already."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines
