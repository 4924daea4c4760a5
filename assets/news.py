"""News group: sites in, sentences of their articles out, day by day."""

from collections.abc import Mapping

from assets.partitions import Partitioning
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.news.articles import read_articles
from pipeline.news.crawl import crawl_sites
from pipeline.news.days import merged_visits, refuse_other_days
from pipeline.news.quality import article_verdicts, crawl_verdicts
from pipeline.news.sentences import extract_news_sentences
from pipeline.news_site import NewsSite
from pipeline.parameters import NewsParams, SentenceParams
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.tables import NEWS_ARTICLES, NEWS_PAGES, NEWS_SENTENCES


def site_addresses(recipe: Recipe, day: str) -> Mapping[str, str]:
    """What a crawl depends on outside the graph, as far as it can be known beforehand."""
    del day
    return {"sites": recipe.news.model_dump_json() if recipe.news else ""}


@stage_asset(
    group="news",
    code_version="1",
    partitioning=Partitioning.CRAWL_DAYS,
    gates=("sites_answered",),
    outside=site_addresses,
    keeps_past=True,
    kinds=frozenset({"scrapy"}),
    schema=NEWS_PAGES,
)
def news_pages(stage: Stage, params: NewsParams) -> Product:
    """Pages as fetched on this day: those that were new or had changed since the last visit."""
    refuse_other_days(stage.partition, stage.today)
    visits = {str(one.address.partition): one.read_even_if_refused() for one in stage.stored()}
    earlier = [visits[day] for day in sorted(visits) if day <= stage.partition]
    crawl = crawl_sites(_sites(stage.recipe), params, earlier, stage.work_folder, stage.progress)
    pages = merged_visits(visits.get(stage.partition), crawl.pages)
    return Product(pages, crawl_verdicts(crawl.facts), crawl.facts)


@stage_asset(
    group="news",
    code_version="4",
    partitioning=Partitioning.CRAWL_DAYS,
    gates=("has_readable_articles",),
    outside=site_addresses,
    kinds=frozenset({"html"}),
    schema=NEWS_ARTICLES,
)
def news_articles(stage: Stage, params: NewsParams, news_pages: Artefact) -> Product:
    """Articles without what stands around them, each with its language, date and twins."""
    articles = read_articles(news_pages.read(), _sites(stage.recipe), params)
    return Product(articles, article_verdicts(articles))


@stage_asset(
    group="news", code_version="1", partitioning=Partitioning.CRAWL_DAYS, schema=NEWS_SENTENCES
)
def news_sentences(_: Stage, params: SentenceParams, news_articles: Artefact) -> Product:
    """Sentences of the day's articles, each with the address and paragraph it came from."""
    return Product(extract_news_sentences(news_articles.read(), params))


def _sites(recipe: Recipe) -> Mapping[str, NewsSite]:
    return recipe.news.sites if recipe.news else {}
