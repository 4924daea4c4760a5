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
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}") from error
    return split_lines(text)


def split_lines(text: str) -> list[str]:
    """As `read_lines`, of a text that was read already."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines
