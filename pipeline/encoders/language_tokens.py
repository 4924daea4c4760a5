"""What translation models call languages, and how a text stands behind its language.

Models of many languages (NLLB, M2M100, mBART-50) have a token per language, which stands before
either side's text. Marian models that write several languages have a token for each of these, which
stands before the source's text; those of one direction, and T5, have none. Which it is, the
tokenizer tells. Imports transformers.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from transformers.models.mbart50.tokenization_mbart50 import FAIRSEQ_LANGUAGE_CODES

from pipeline.errors import InputError
from pipeline.languages import language, language_codes

TokenIds = list[int]

_MACROLANGUAGES = {"azj": "aze", "uzn": "uzb"}  # ISO 639-3, as OPUS names its data
_MBART = {name[:2]: name for name in FAIRSEQ_LANGUAGE_CODES}


def language_tokens(code: str) -> tuple[str, ...]:
    """What models may call a language: as NLLB does, M2M100, or mBART-50, or by our own code."""
    found = language(code)
    names = (found.nllb, f"__{found.iso639_1}__", _MBART.get(found.iso639_1), code)
    return tuple(dict.fromkeys(name for name in names if name))


def language_token(code: str, tokenizer: Any, model: Path) -> int | None:  # noqa: ANN401 - of transformers
    """Id of a language's token; None of a model that has no languages.

    Args:
        code: of the language.
        tokenizer: of the model. M2M100's does not count languages to its vocabulary, but has ids.
        model: its folder, for the message.

    Raises:
        InputError: the model has tokens for languages, but none for this one.
    """
    found = _ids(code, tokenizer)
    if found:
        return found[0]
    known = [one for one in language_codes() if _ids(one, tokenizer)]
    if known:
        raise InputError(
            f"the translation model {model} has no token for {code}, only for {', '.join(known)}"
        )
    return None


def asked_language_token(code: str, tokenizer: Any, model: Path) -> int | None:  # noqa: ANN401 - of transformers
    """Id of the token before a source that asks for a language, such as `>>tuk_Latn<<`.

    Args:
        code: of the language to be written.
        tokenizer: of the model.
        model: its folder, for the message.

    Returns:
        None of a model that is not asked in this way.

    Raises:
        InputError: the model can be asked for languages, but not for this one.
    """
    known: list[str] = getattr(tokenizer, "supported_language_codes", [])
    if not known:
        return None
    found = language(code)
    base = code[:3]
    names = (base, _MACROLANGUAGES.get(base, base), found.iso639_1)
    for token in (f">>{name}{end}<<" for end in (f"_{found.script}", "") for name in names):
        if token in known:
            return int(tokenizer.convert_tokens_to_ids(token))
    raise InputError(
        f"the translation model {model} cannot be asked to write {code}, only {', '.join(known)}"
    )


def target_pieces(tokenizer: Any, texts: Sequence[str]) -> list[TokenIds]:  # noqa: ANN401 - of transformers
    """Pieces of what a decoder is to say; Marian cuts each side by a model of its own."""
    side = "text_target" if hasattr(tokenizer, "spm_target") else "text"
    ids: list[TokenIds] = tokenizer(**{side: list(texts)}, add_special_tokens=False)["input_ids"]
    return ids


def framed(
    rows: Iterable[Sequence[int]], first: int | None, end: int, max_tokens: int
) -> list[TokenIds]:
    """Language, pieces and end of each text; pieces beyond `max_tokens` ids in all are cut."""
    start = [] if first is None else [first]
    most = max_tokens - len(start) - 1
    return [[*start, *row[:most], end] for row in rows]


def _ids(code: str, tokenizer: Any) -> list[int]:  # noqa: ANN401 - of transformers
    ids = tokenizer.convert_tokens_to_ids(list(language_tokens(code)))
    return [one for one in ids if one not in {None, tokenizer.unk_token_id}]
