"""A site rebuilt from real pages: how well its articles are read, and its twins found.

Main text: words of what was read against the published text, as bags, F1 by page and its mean with
a bootstrap over documents; trafilatura alone beside it. Twins: precision and completeness with
Wilson's intervals, for sites that show one sign of twins each and for one that shows none. The
site's selectors and the least share of numbers were chosen with these documents in sight. Run from
the project's root: `DUTAR_EMBEDDINGS=folder python -m benchmarks.news_sites`.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import pyarrow as pa
import trafilatura

from benchmarks.document_sets import COPIED, FALLBACK
from benchmarks.rebuilt_site import (
    CODES,
    OWN_SELECTORS,
    SIGNS,
    Version,
    documents,
    pages,
    published_text,
    site,
)
from pipeline.alignment.documents.catalogue import catalogue
from pipeline.alignment.documents.pairing import Contents, pair_documents
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.news.articles import read_articles
from pipeline.news.sentences import extract_news_sentences
from pipeline.news_site import Selectors, TwinSign
from pipeline.parameters import NewsParams, PairingParams, SentenceParams
from pipeline.settings import embedding_cache
from pipeline.statistics.intervals import wilson
from pipeline.tables import distinct_texts, newest_by_document

SEED = 13
RESAMPLES = 2000
PIVOTS = ("rus_Cyrl", "eng_Latn")


def text_scores(names: Sequence[str], selectors: Selectors) -> dict[Version, float]:
    """F1 of the words of every page; a page that was not read at all has 0."""
    rebuilt = site(selectors=selectors)
    rows = read_articles(pages(SIGNS, names), {"gullugy": rebuilt}, NewsParams()).to_pylist()
    return {
        (version := Version(*row["page_id"].split("."))): words_f1(
            " ".join([_title(row["title"]), *row["paragraphs"]]), published_text(version)
        )
        for row in rows
    }


def words_f1(found: str, published: str) -> float:
    """Harmonic mean of precision and recall of bags of words."""
    bags = [Counter(re.findall(r"\w+", text.casefold())) for text in (found, published)]
    return 2 * (bags[0] & bags[1]).total() / (bags[0].total() + bags[1].total())


def _title(title: str) -> str:
    """A headline that the article's own markup holds; the site's name is none of its words."""
    return "" if title in {"Baş sahypa", "Главная", "Home"} else title


def trafilatura_scores(names: Sequence[str]) -> dict[Version, float]:
    """The same of trafilatura alone, as it comes."""
    scores = {}
    for row in pages(SIGNS, names).to_pylist():
        version = Version(*row["page_id"].split("."))
        found = trafilatura.extract(row["body"].decode(), include_comments=False) or ""
        scores[version] = words_f1(found, published_text(version))
    return scores


def by_document(scores: Mapping[Version, float]) -> str:
    """Mean over pages, and the interval of means over documents drawn anew."""
    names = sorted({version.document for version in scores})
    means = np.array([fmean(scores[v] for v in scores if v.document == name) for name in names])
    drawn = np.random.default_rng(SEED).integers(len(names), size=(RESAMPLES, len(names)))
    low, high = np.quantile(means[drawn].mean(axis=1), [0.025, 0.975])
    worst = min(scores, key=lambda version: scores[version])
    told = f"{means.mean():.4f} [{low:.4f}, {high:.4f}], N = {len(names)} documents"
    return f"{told}, {len(scores)} pages; worst {scores[worst]:.3f} ({'.'.join(worst)})"


def read_site(signs: Sequence[TwinSign], names: Sequence[str]) -> pa.Table:
    """The rebuilt site's articles."""
    return read_articles(pages(signs, names), {"gullugy": site(signs)}, NewsParams())


def paired(articles: pa.Table, encoder: Encoder) -> list[dict[str, Any]]:
    """Twins and rejected pairs as the graph finds them, `page_id`s instead of keys."""
    tables = newest_by_document([extract_news_sentences(articles, SentenceParams())])
    listed = catalogue([], [articles], tables)
    vectors = Vectors.from_table(embed_texts(encoder, distinct_texts(tables.values())))
    contents = Contents(tables, vectors)
    pairs = pair_documents(listed, CODES["tm"], PIVOTS, contents, PairingParams())
    names = {row["document_key"]: row["page_id"] for row in articles.to_pylist()}
    return [
        {**row, "source": names[row["source_document"]], "target": names[row["target_document"]]}
        for row in pairs.to_pylist()
    ]


def gold(names: Sequence[str]) -> set[tuple[str, str]]:
    """Pages that translate one another."""
    whole = [name for name in names if name not in {FALLBACK, COPIED}]
    return {(f"{name}.tm", f"{name}.{code}") for name in whole for code in ("ru", "en")}


def told(found: set[tuple[str, str]], expected: set[tuple[str, str]]) -> str:
    """Precision and completeness with their intervals."""
    hits = len(found & expected)
    shares = [wilson(hits, max(len(side), 1)) for side in (found, expected)]
    figures = [f"{one.value:.3f} [{one.ci_low:.3f}, {one.ci_high:.3f}]" for one in shares]
    return f"P {figures[0]} of {len(found)}  R {figures[1]} of {len(expected)}"


def twins(encoder: Encoder) -> None:
    """A row for every sign, for all together, and for none."""
    names = documents()
    expected = gold(names)
    print(f"\ntwins, {len(names)} documents in 3 languages, 3 a day; gold: {len(expected)} pairs")
    for signs in (SIGNS, *((sign,) for sign in SIGNS), ()):
        articles = read_site(signs, names)
        pairs = paired(articles, encoder)
        found = {(row["source"], row["target"]) for row in pairs if not row["reject_reason"]}
        print(f"    {' + '.join(signs) or 'none':<40} {told(found, expected)}")
        for pair in sorted(expected - found):
            reasons = [row["reject_reason"] for row in pairs if row["target"] == pair[1]]
            print(f"        not found: {pair}: {reasons}")
        for pair in sorted(found - expected):
            print(f"        wrong: {pair}")
    for row in read_site(SIGNS, names).to_pylist():
        if row["reject_reason"]:
            print(f"    {row['page_id']}: {row['reject_reason']}")
    for row in paired(read_site(("id",), names), encoder):
        if row["source"] == f"{COPIED}.tm":
            print(f"    {row['source']}-{row['target']}: {row['reject_reason']}")


def main() -> None:
    """All tables."""
    names = documents(with_long=True)
    print("main text, F1 of words")
    print(f"    the site's selectors   {by_document(text_scores(names, OWN_SELECTORS))}")
    print(f"    general rules          {by_document(text_scores(names, Selectors()))}")
    print(f"    trafilatura alone      {by_document(trafilatura_scores(names))}")
    twins(load_encoder("embedded:e5-small", cache=EmbeddingCache(embedding_cache())))


if __name__ == "__main__":
    main()
