"""Translators that are opened when they are first asked; torch is imported only then."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.progress import Progress, silent
from pipeline.translation_directions import Direction


def translator(
    folder: Path, direction: Direction, beams: int, progress: Progress = silent
) -> Callable[[Sequence[str]], list[str]]:
    """A function from texts to their translations by the model of a folder, one for one."""

    def translate(texts: Sequence[str]) -> list[str]:
        from pipeline.translation.translating import translate_texts  # noqa: PLC0415 - torch

        return translate_texts(folder, direction, texts, beams, progress)

    return translate
