from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.held_out.articles import read_articles
from pipeline.tables import NEWS_ARTICLES, PARALLEL_CORPUS, as_table

NOTHING = PARALLEL_CORPUS.empty_table()


def article(key, **more):
    url = f"http://{key}"
    return {"document_key": key, "site": "a", "url": url, "language": "tuk_Latn"} | more


def stories(*rows):
    found = read_articles(as_table(list(rows), NEWS_ARTICLES), NOTHING)
    return {one.document_key: one.story for one in found}


def test_versions_share_the_sites_number_or_name_one_anothers_address():
    found = stories(
        article("news/a/1", article_id="7"),
        article("news/a/2", article_id="7", language="rus_Cyrl"),
        article("news/a/3", alternate_urls=["http://news/a/2"], language="eng_Latn"),
        article("news/a/4", article_id="8"),
        article("news/b/5", article_id="7", site="b"),
        article("news/a/6"),
    )
    assert found == {
        "news/a/1": "news/a/1",
        "news/a/2": "news/a/1",
        "news/a/3": "news/a/1",
        "news/a/4": "news/a/4",
        "news/b/5": "news/b/5",
        "news/a/6": "news/a/6",
    }


@given(st.permutations([("1", "7"), ("2", "7"), ("3", "8"), ("4", "7")]))
def test_the_order_of_rows_does_not_matter(order):
    rows = [article(key, article_id=number) for key, number in order]
    assert stories(*rows) == {"1": "1", "2": "1", "3": "3", "4": "1"}


def test_rejected_articles_are_left_out():
    assert stories(article("1", reject_reason="fallback"), article("2")) == {"2": "2"}


def test_of_several_versions_of_a_document_the_last_counts_even_when_rejected():
    rows = [article("1", title="old"), article("2"), article("1", title="new")]
    found = read_articles(as_table(rows, NEWS_ARTICLES), NOTHING)
    assert [(one.document_key, one.title) for one in found] == [("1", "new"), ("2", "")]
    rows.append(article("2", reject_reason="fallback"))
    assert stories(*rows) == {"1": "1"}


def test_a_story_seen_in_training_is_not_tested_even_when_its_twin_is_held_out():
    table = as_table(
        [
            article("1", article_id="7"),
            article("2", article_id="7"),
            article("3"),
            article("4", title="T"),
        ],
        NEWS_ARTICLES,
    )
    pairs = [("1", "x", "train"), ("y", "2", "test"), ("3", "z", "test"), ("4", "z", None)]
    names = ("source_document", "target_document", "split")
    corpus = as_table([dict(zip(names, pair, strict=True)) for pair in pairs], PARALLEL_CORPUS)
    found = {one.document_key: one for one in read_articles(table, corpus)}
    assert [found[key].is_trained for key in "1234"] == [True, True, False, False]
    assert [found[key].is_tested for key in "1234"] == [False, False, True, False]
    assert (found["3"].title, found["4"].title, found["3"].category) == ("", "T", "")
