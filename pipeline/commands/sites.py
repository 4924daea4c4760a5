"""The commands of `dutar` about news sites: which are known, and what would be read from them."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import InputError
from pipeline.news_site import load_site, site_content, site_names, site_schema
from pipeline.parameters import NewsParams

app = typer.Typer(no_args_is_help=True, help="News sites as configuration.")

_MOST_SHOWN = 80  # characters of a title or a first paragraph


@app.command("list")
def list_sites() -> None:
    """List the sites of `recipes/sites/`, and whether anybody compared them with the live ones."""
    for name in site_names():
        content = site_content(name)
        state = "verified" if content.get("verified") else "unverified"
        codes = dict.fromkeys(content.get("languages", {}).values())
        print(f"{name}: {state}; {', '.join(codes) or 'a recipe names home and languages'}")


@app.command()
def check(
    site: Annotated[str, typer.Argument(help="name in recipes/sites/, or path of a file")],
    pages: Annotated[Path, typer.Argument(help="folder of saved pages", file_okay=False)],
) -> None:
    """Tell what would be read from saved pages, page by page, and what is missing."""
    from pipeline.news.saved_pages import check_saved_pages  # noqa: PLC0415 - loads much

    found = check_saved_pages(pages, load_site(site), NewsParams())
    for page in found:
        print(f"{page.path}: {page.url or 'no address'}")
        for line in _facts(page.article) if page.article else ["no article, by its address"]:
            print(f"    {line}")
        for problem in page.problems:
            print(f"    PROBLEM {problem}")
        if page.missing:
            print(f"    missing: {', '.join(page.missing)}")
    articles = [page for page in found if page.article]
    troubled = [page for page in found if page.problems]
    print(f"{len(found)} pages, {len(articles)} articles, {len(troubled)} with problems")
    if not articles:
        raise InputError("no page has the address of an article; see `article` of the site")
    raise typer.Exit(1 if troubled else 0)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a site's file, for editors."""
    print(json.dumps(site_schema(), indent=2, ensure_ascii=False))


def _facts(article: dict[str, Any]) -> list[str]:
    paragraphs = article["paragraphs"]
    length = sum(map(len, paragraphs))
    return [
        f"{article['language']}, id {article['article_id']}, {article['published_on']}",
        f"title: {article['title'][:_MOST_SHOWN]}",
        f"text: {len(paragraphs)} paragraphs, {length} characters, by {article['found_by']}",
        *(f"begins: {text[:_MOST_SHOWN]}" for text in paragraphs[:1]),
        *(f"twin: {url}" for url in article["alternate_urls"]),
        *(f"image: {url}" for url in filter(None, [article["lead_image"]])),
    ]
