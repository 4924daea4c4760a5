"""Frequency lists: the words that a model of a language must know, whatever it was trained on.

From the wordfreq package (Speer 2022), which knows some forty languages; Turkmen is not among them.
"""

from pipeline.languages import language


def frequent_words(code: str, count: int) -> list[str]:
    """The most frequent words of a language, most frequent first, in small letters.

    Args:
        code: of the language.
        count: how many at most.

    Returns:
        An empty list for a language without a frequency list.
    """
    import wordfreq  # noqa: PLC0415 - takes a second

    name = language(code).iso639_1
    if name not in wordfreq.available_languages("best"):
        return []
    words: list[str] = wordfreq.top_n_list(name, count)
    return words[:count]  # asked for none, it gives one
