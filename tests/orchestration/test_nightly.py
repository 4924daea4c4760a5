"""The nightly visit to a real server: unchanged pages cost nothing, edited ones are versions."""

import sys
import threading
from pathlib import Path

import pytest

from pipeline.settings import project_root
from pipeline.storage import Address

SITE = project_root() / "examples" / "news_site"
EDITS = """1438:
  2:
  - tk: Gijesine howanyň temperaturasy nol gradusa çenli peseler.
    ru: Ночью температура воздуха опустится до нуля градусов.
    en: At night the temperature will fall to zero degrees.
"""


@pytest.fixture(scope="module")
def news_site():
    """The demo's site, rendering and serving modules."""
    sys.path.insert(0, str(SITE))
    try:
        import render
        import serve

        yield render, serve
    finally:
        sys.path.remove(str(SITE))


@pytest.fixture(scope="module")
def server(news_site):
    render, serve = news_site
    running = serve.NewsServer(render.pages(), port=0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()


@pytest.fixture(scope="module")
def recipe(shared_place, server):
    return shared_place.recipe(
        bitexts={},
        inbox=None,
        crawl={"delay_seconds": 0},
        news={
            "first_day": "2026-11-01",
            "sites": {
                "habar": {
                    "home": [f"http://habar.example/{code}/" for code in ("tk", "ru", "en")],
                    "languages": {"tk": "tuk_Latn", "ru": "rus_Cyrl", "en": "eng_Latn"},
                    "article": r"^/(?P<language>tk|ru|en)/[a-z]+/(?P<id>\d+)/",
                    "licence": "Apache-2.0",
                    "served_at": f"127.0.0.1:{server.server_port}",
                }
            },
        },
    )


@pytest.fixture(scope="module")
def visit(shared_place, recipe):
    """Read the news of a day, as the nightly schedule does."""
    import definitions

    job = definitions.build_defs(recipe).resolve_job_def("read_news")

    def read(day):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DUTAR_TODAY", day)
            result = job.execute_in_process(
                instance=shared_place.instance, partition_key=day, raise_on_error=False
            )
        assert result.success
        return {
            asset: shared_place.store.find(Address("trial", asset, day))
            for asset in ("news_pages", "news_articles", "news_sentences")
        }

    return read


@pytest.fixture(scope="module")
def nights(visit, server, news_site, tmp_path_factory):
    """A first visit, one to the unchanged site, one after three articles were edited."""
    render, _ = news_site
    first, second = visit("2026-11-03"), visit("2026-11-04")
    edits: Path = tmp_path_factory.mktemp("edits") / "edits.yaml"
    edits.write_text(EDITS, encoding="utf-8")
    server.site = render.pages(edits)
    return first, second, visit("2026-11-05")


def test_the_first_visit_reads_every_article_and_no_forbidden_page(nights):
    first, _, _ = nights
    pages = first["news_pages"].read()
    articles = first["news_articles"].read()
    assert not any("/admin" in url or "/search" in url for url in pages["url"].to_pylist())
    languages = articles.filter(articles["reject_reason"].is_null())["language"].to_pylist()
    assert min(map(languages.count, ("tuk_Latn", "rus_Cyrl"))) >= 30
    assert any("fallback" in (reason or "") for reason in articles["reject_reason"].to_pylist())


def test_an_unchanged_site_is_asked_but_sends_no_body_and_adds_no_row(nights):
    _, second, _ = nights
    facts = second["news_pages"].manifest.metadata
    dead_links = facts["failed_count"]
    assert facts["not_modified_count"] == facts["page_count"] - dead_links >= 100
    assert (dead_links, facts["new_count"]) == (1, 0)
    assert [artefact.row_count for artefact in second.values()] == [0, 0, 0]


def test_three_edited_articles_are_three_versions(nights):
    *_, third = nights
    urls = third["news_articles"].read()["url"].to_pylist()
    assert sorted(url.split("/")[3] for url in urls) == ["en", "ru", "tk"]
    assert all("/1438/" in url for url in urls)


def test_another_day_cannot_be_crawled(shared_place, recipe, monkeypatch):
    import definitions

    monkeypatch.setenv("DUTAR_TODAY", "2026-11-09")
    job = definitions.build_defs(recipe).resolve_job_def("read_news")
    result = job.execute_in_process(
        instance=shared_place.instance, partition_key="2026-11-08", raise_on_error=False
    )
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    reason = failure.step_failure_data.user_failure_data.description
    assert "the pages of 2026-11-08 cannot be fetched on 2026-11-09" in reason


def test_a_day_gone_by_stays_as_it_was_fetched_even_when_the_recipe_changes(
    shared_place, recipe, nights, monkeypatch
):
    import definitions

    monkeypatch.setenv("DUTAR_TODAY", "2026-11-09")
    changed = recipe.model_copy(update={"crawl": recipe.crawl.model_copy(update={"max_pages": 3})})
    job = definitions.build_defs(changed).resolve_job_def("read_news")
    result = job.execute_in_process(
        instance=shared_place.instance, partition_key="2026-11-03", raise_on_error=False
    )
    assert result.success
    kept = shared_place.store.find(Address("trial", "news_pages", "2026-11-03"))
    assert kept.content_hash == nights[0]["news_pages"].content_hash
