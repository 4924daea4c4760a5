"""Translation word for word, by a dictionary learnt from pairs: what a translator must beat. Pure.

The dictionary is IBM Model 1 (Brown et al. 1993): expectation maximisation over which word of the
source each word of the target comes from, without order. Each word is replaced where it stands by
its most probable counterpart.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

WORD_FOR_WORD = "word for word"

_ROUNDS = 5  # the probabilities hardly move afterwards


def learn_dictionary(sources: Sequence[str], targets: Sequence[str]) -> dict[str, str]:
    """The most probable counterpart of every word of the sources, the first of equals.

    Args:
        sources: texts; words are what stands between spaces, in lower case.
        targets: their translations, in the same order.
    """
    pairs = [
        (source.lower().split(), target.lower().split())
        for source, target in zip(sources, targets, strict=True)
    ]
    probability: dict[str, dict[str, float]] = defaultdict(dict)
    for words, others in pairs:
        for word in words:
            probability[word] |= dict.fromkeys(others, 1.0)
    for _ in range(_ROUNDS):
        probability = _improved(pairs, probability)
    return {word: max(others, key=others.__getitem__) for word, others in probability.items()}


def word_for_word(texts: Sequence[str], dictionary: Mapping[str, str]) -> list[str]:
    """Replace each word that the dictionary knows, and begin with a capital where the text does."""
    translated = (
        " ".join(dictionary.get(word.lower(), word) for word in text.split()) for text in texts
    )
    return [
        said[:1].upper() + said[1:] if text[:1].isupper() else said
        for text, said in zip(texts, translated, strict=True)
    ]


def _improved(
    pairs: Sequence[tuple[list[str], list[str]]], probability: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """One round: how often each word is expected to have become each other one, normalised."""
    expected: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for words, others in pairs:
        for other in others:
            total = sum(probability[word][other] for word in words)
            for word in words:
                expected[word][other] += probability[word][other] / total
    return {
        word: {other: count / sum(counts.values()) for other, count in counts.items()}
        for word, counts in expected.items()
        if counts
    }
