"""What a pruned vocabulary still knows of each language."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tokenizers import Tokenizer


@dataclass(frozen=True)
class Coverage:
    """How a language's sample is cut, against the vocabulary before.

    A text whose pieces are all kept is cut as before, for a subset of the pieces offers no better
    cut; so its vector is the same too.

    Attributes:
        language: its code.
        text_count: texts of the sample, such as the words of a frequency list.
        unchanged_text_fraction: of them, those cut as before; 1 where there is none.
        kept_token_fraction: of their tokens, special ones left out, those still in the vocabulary.
    """

    language: str
    text_count: int
    unchanged_text_fraction: float
    kept_token_fraction: float

    @property
    def facts(self) -> dict[str, int | float]:
        """As flat plain JSON, named after the language."""
        return {
            f"{self.language}_sample_text_count": self.text_count,
            f"{self.language}_unchanged_text_fraction": self.unchanged_text_fraction,
            f"{self.language}_kept_token_fraction": self.kept_token_fraction,
        }


def measure_coverage(
    tokenizer: Tokenizer, kept: AbstractSet[int], samples: Mapping[str, Sequence[str]]
) -> tuple[Coverage, ...]:
    """Compare, language by language in the order given, without truncation.

    Args:
        tokenizer: of the whole vocabulary.
        kept: ids of the pieces that stay.
        samples: texts by language; words of frequency lists weigh alike, however rare.
    """
    return tuple(_cover(tokenizer, kept, code, texts) for code, texts in samples.items())


def _cover(
    tokenizer: Tokenizer, kept: AbstractSet[int], code: str, texts: Sequence[str]
) -> Coverage:
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    unchanged_text_count = kept_token_count = token_count = 0
    for encoding in encodings:
        known = sum(token in kept for token in encoding.ids)
        unchanged_text_count += known == len(encoding.ids)
        kept_token_count += known
        token_count += len(encoding.ids)
    return Coverage(
        code,
        len(encodings),
        unchanged_text_count / len(encodings) if encodings else 1.0,
        kept_token_count / token_count if token_count else 1.0,
    )
