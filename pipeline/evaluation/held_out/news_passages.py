"""Titles of news articles, to be answered by passages of the articles. Pure.

A query is the title of an article; right are the passages of its body, or of its other language
version's. The pool holds the passages of all articles of a language.
"""

from collections.abc import Sequence

import pyarrow as pa

from pipeline.evaluation.held_out.articles import Article, read_articles
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.text.passages import split_passages

SUITE = "news_passages"


def news_passages(articles: pa.Table, corpus: pa.Table) -> list[PassageTask]:
    """Titles of held-out articles to find passages by, one task for each pair of languages.

    Asked about are stories with a language version in the test split and none in the training
    split; wherever the corpus's focus language takes part, within it and across.

    Args:
        articles: table of schema `NEWS_ARTICLES`, oldest first, see `read_articles`.
        corpus: table of schema `PARALLEL_CORPUS`.

    Returns:
        Nothing where nothing is held out.
    """
    found = read_articles(articles, corpus)
    focuses = set(corpus["source_language"].to_pylist())
    languages = sorted(
        {one.language for one in found}, key=lambda code: (code not in focuses, code)
    )
    pairs = [(asked, pool) for asked in languages for pool in languages if focuses & {asked, pool}]
    tasks = [passage_task(found, pair) for pair in pairs]
    return [task for task in tasks if task.queries]


def passage_task(articles: Sequence[Article], languages: tuple[str, str]) -> PassageTask:
    """Queries, pool and right answers from one language to another.

    A passage with the same text as a right one is right as well.
    """
    asked, searched = languages
    passages: list[str] = []
    of_story: dict[str, list[int]] = {}
    for one in articles:
        if one.language == searched:
            for passage in split_passages(one.paragraphs):
                of_story.setdefault(one.story, []).append(len(passages))
                passages.append(passage)
    places: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        places.setdefault(passage, []).append(number)
    queries = [
        one
        for one in articles
        if one.language == asked and one.is_tested and one.title and one.story in of_story
    ]
    right = [
        {place for number in of_story[one.story] for place in places[passages[number]]}
        for one in queries
    ]
    return PassageTask(SUITE, languages, [one.title for one in queries], passages, right)
