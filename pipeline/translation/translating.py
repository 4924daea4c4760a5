"""Texts in, translations out. Imports torch."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from pipeline.progress import Progress, silent
from pipeline.translation.devices import autocast, open_model, usual_device
from pipeline.translation.directed_tokenizer import DirectedTokenizer, padded
from pipeline.translation_directions import Direction

_BATCH_TOKENS = 2048  # of sources; on a GPU many more
_GPU_BATCH_TOKENS = 16_384
_MOST_SOURCE_TOKENS = 512
_SPARE_TOKENS = 10
_LENGTH_FACTOR = 2  # a translation has at most so many times its source's tokens, and some to spare


class Translator:
    """A translation model ready for use in one direction.

    Args:
        model: of transformers, with `generate`.
        tokenizer: of the direction.
        beams: of the search; 1 takes the likeliest next piece.
    """

    def __init__(self, model: Any, tokenizer: DirectedTokenizer, beams: int) -> None:  # noqa: ANN401 - transformers has no types
        self._model, self._tokenizer, self._beams = model, tokenizer, beams

    @classmethod
    def opened(cls, folder: Path, direction: Direction, beams: int) -> "Translator":
        """The model of a folder, on the GPU where there is one.

        Raises:
            InputError: the model does not know one of the languages.
        """
        tokenizer = DirectedTokenizer(folder, direction)
        return cls(open_model(folder, usual_device()), tokenizer, beams)

    @torch.inference_mode()
    def translate(self, texts: Sequence[str], progress: Progress = silent) -> list[str]:
        """Translate texts, one for one; what is blank stays empty, equal texts are done once.

        With one beam, what a text becomes does not depend on its neighbours, but for rounding.
        """
        distinct = list(dict.fromkeys(text for text in texts if text.strip()))
        rows = self._tokenizer.sources(distinct, _MOST_SOURCE_TOKENS)
        found: dict[str, str] = {}
        self._model.eval()
        for batch in self._batches([len(row) for row in rows]):
            said = self._generate([rows[number] for number in batch])
            found |= zip((distinct[number] for number in batch), said, strict=True)
            progress(len(found), len(distinct), "translated")
        return [found.get(text, "") for text in texts]

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Row numbers, shortest texts first, so many that they fit padded."""
        device = self._model.device.type
        most = (_BATCH_TOKENS if device == "cpu" else _GPU_BATCH_TOKENS) // self._beams
        batch: list[int] = []
        for number in sorted(range(len(lengths)), key=lambda one: (lengths[one], one)):
            if batch and lengths[number] * (len(batch) + 1) > most:
                yield batch
                batch = []
            batch.append(number)
        if batch:
            yield batch

    def _generate(self, rows: Sequence[list[int]]) -> list[str]:
        device, pad = self._model.device, self._tokenizer.pad_id
        ids = torch.from_numpy(padded(rows, pad)).to(device)
        with autocast(device):
            said = self._model.generate(
                input_ids=ids,
                attention_mask=(ids != pad).long(),
                forced_bos_token_id=self._tokenizer.target_token,
                num_beams=self._beams,
                do_sample=False,
                max_new_tokens=_most_said(max(len(row) for row in rows)) - 1,
            )
        caps = [_most_said(len(row)) for row in rows]
        return self._tokenizer.texts(
            [ids[:cap] for ids, cap in zip(said.tolist(), caps, strict=True)]
        )


def _most_said(source_tokens: int) -> int:
    """Ids of a translation at most, with the one that the decoder begins with."""
    return _LENGTH_FACTOR * source_tokens + _SPARE_TOKENS


def translate_texts(
    folder: Path,
    direction: Direction,
    texts: Sequence[str],
    beams: int = 4,
    progress: Progress = silent,
) -> list[str]:
    """Translate texts with the model of a folder, one for one.

    Raises:
        InputError: the model does not know one of the languages.
    """
    return Translator.opened(folder, direction, beams).translate(texts, progress)
