"""Subwords of a language from its words: a Unigram vocabulary (Kudo 2018)."""

import io
from collections.abc import Mapping

import sentencepiece

_MOST_REPEATS = 50  # of a word in training; beyond it the order of pieces hardly changes
_SPECIAL_COUNT = 3  # the unknown piece, begin and end, which stand before all others


def frequent_subwords(word_counts: Mapping[str, int], count: int) -> list[str]:
    """Train a Unigram vocabulary on words and return its pieces, likeliest first.

    Args:
        word_counts: words and how often they occur.
        count: pieces at most; fewer where the words do not hold as many.

    Returns:
        Pieces, word starts marked by `▁`; a pure function of the arguments.
    """
    model = io.BytesIO()
    words = (
        word
        for word, times in sorted(word_counts.items())
        for _ in range(min(times, _MOST_REPEATS))
    )
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=words,
        model_writer=model,
        model_type="unigram",
        vocab_size=count + _SPECIAL_COUNT,
        hard_vocab_limit=False,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    trained = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [trained.id_to_piece(number) for number in range(trained.get_piece_size())]
    return pieces[_SPECIAL_COUNT:]
