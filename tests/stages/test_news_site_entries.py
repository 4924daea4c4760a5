import json

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.news.addresses import is_visited, language_told, match_article, shared_path
from pipeline.news_site import NewsSite, load_site, site_names, site_schema
from pipeline.recipe_files import load_recipe
from pipeline.settings import project_root

ENTRY = {
    "home": ["https://herald.example/"],
    "languages": {"tk": "tuk_Latn", "ru": "rus_Cyrl"},
    "article": r"^/(?:(?P<language>tk|ru)/)?news/(?P<id>\d+)",
    "licence": "unknown",
}
TEMPLATES = {"generic"}  # lack what a recipe must say


@pytest.fixture
def recipes(tmp_path, monkeypatch):
    """A folder of recipes with one site, `herald`."""
    monkeypatch.setenv("DUTAR_RECIPES", str(tmp_path))
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "herald.yaml").write_text(yaml.safe_dump(ENTRY))
    return tmp_path


def sites_of_a_recipe(folder, **sites):
    content = {"name": "trial", "title": "A trial", "focus": "tuk_Latn", "pivots": ["rus_Cyrl"]}
    recipe = content | {"news": {"sites": sites}}
    (folder / "trial.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return load_recipe("trial").news.sites


@pytest.mark.parametrize("name", sorted({*site_names()} - TEMPLATES))
def test_every_shipped_site_loads_and_nobody_claims_to_have_verified_it(name):
    assert not load_site(name).verified


def test_the_schema_file_for_editors_is_the_models_own():
    stored = json.loads((project_root() / "recipes" / "site.schema.json").read_text())
    assert stored == site_schema(), "run `dutar site schema > recipes/site.schema.json`"


def test_a_recipe_names_a_site(recipes):
    sites = sites_of_a_recipe(recipes, herald="herald")
    assert sites == {"herald": NewsSite.model_validate(ENTRY)}


def test_a_recipe_names_a_site_by_its_path_and_replaces_what_differs(recipes):
    entry = {
        "site": str(recipes / "sites" / "herald.yaml"),
        "licence": "CC0-1.0",
        "languages": {"ru": None},
        "selectors": {"title": "h2"},
    }
    (site,) = sites_of_a_recipe(recipes, herald=entry).values()
    assert (site.licence, site.selectors.title) == ("CC0-1.0", "h2")
    assert site.languages == {"tk": "tuk_Latn"}
    assert site.article == ENTRY["article"]


def test_a_recipe_completes_the_generic_site():
    entry = {"site": "generic", "home": ENTRY["home"], "languages": ENTRY["languages"]}
    from pipeline.recipe_sections import News

    (site,) = News.model_validate({"sites": {"herald": entry}}).sites.values()
    assert site.discovery.has_robots_sitemaps


def test_a_site_that_is_not_there_is_told_with_those_that_are(recipes):
    with pytest.raises(InputError, match="no site 'herold'; there are herald"):
        sites_of_a_recipe(recipes, herald="herold")


def test_a_site_that_builds_on_itself_is_refused(recipes):
    (recipes / "sites" / "loop.yaml").write_text("site: loop")
    with pytest.raises(InputError, match=r"loop\.yaml builds on itself"):
        load_site("loop")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"article": "("}, "article: .*not a regular expression"),
        ({"follow": ["["]}, "follow: .*not a regular expression"),
        ({"selectors": {"text": "p["}}, r"selectors.text: .*'p\[' is no CSS selector"),
        ({"selectors": {"txt": "p"}}, "unknown key 'selectors.txt'; did you mean 'text'"),
        ({"dates": {"months": {"Ruhnama": 13}}}, "'Ruhnama' is not the name of a month"),
        ({"dates": {"time_zone": "Asia/Ashgabad"}}, "not a time zone of the IANA"),
        ({"default_language": "en"}, "'en' is none of its languages"),
        ({"language_by_host": {"en.herald.example": "ru"}}, "no home page is at en.herald.example"),
        ({"twins": ["picture"]}, "twins.0: "),
        ({"languages": {"tk": "tkm"}}, "unknown language code 'tkm'"),
        ({"home": None}, "'home' is missing"),
    ],
)
def test_a_wrong_entry_is_told_with_its_key(recipes, change, told):
    content = {key: value for key, value in (ENTRY | change).items() if value is not None}
    (recipes / "sites" / "herald.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=told):
        load_site("herald")


def test_a_site_survives_the_way_into_the_crawlers_process():
    for name in sorted({*site_names()} - TEMPLATES):
        site = load_site(name)
        assert NewsSite.model_validate_json(site.model_dump_json()) == site


def test_the_language_is_told_by_path_then_host_then_default():
    site = NewsSite.model_validate(
        ENTRY
        | {
            "home": ["https://herald.example/", "https://ru.herald.example/"],
            "language_by_host": {"ru.herald.example": "ru"},
        }
    )

    def told(url, site=site):
        return language_told(url, match_article(url, site), site)

    assert told("https://ru.herald.example/tk/news/1") == "tk"
    assert told("https://ru.herald.example/news/1") == "ru"
    assert told("https://herald.example/news/1") is None
    default = site.model_copy(update={"default_language": "tk"})
    assert told("https://herald.example/news/1", default) == "tk"


@pytest.mark.parametrize(
    "path", ["/tk/news/1/x?a=1", "/ru/news/1/x?a=1", "/news/1/x?a=1"], ids=["tk", "ru", "none"]
)
def test_versions_share_their_path_whatever_the_language(path):
    url = f"https://herald.example{path}"
    site = NewsSite.model_validate(ENTRY)
    assert shared_path(url, match_article(url, site)) == "/news/1/x?a=1"


def test_a_crawl_visits_what_the_patterns_follow_and_nothing_that_they_avoid():
    site = NewsSite.model_validate(ENTRY | {"follow": ["^/list"], "avoid": [r"/print$"]})
    urls = ["", "list/2", "tk/news/5", "tk/news/5/print", "list/print", "shop"]
    visited = [url for url in urls if is_visited(f"https://herald.example/{url}", site)]
    assert visited == ["", "list/2", "tk/news/5"]
    everything = NewsSite.model_validate(ENTRY)
    assert all(is_visited(f"https://herald.example/{url}", everything) for url in urls)


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/tk/2025/11/14/kitaphana/", "tk"),
        ("/news/taze-kitaphana-acyldy", None),
        ("/ru/post/51234", "ru"),
        ("/oz/2026/09/14/waste/", "oz"),
    ],
)
def test_the_generic_site_knows_an_article_by_its_date_its_number_or_its_words(path, language):
    site = NewsSite.model_construct(article=generic_article(), languages={})
    assert match_article(f"https://herald.example{path}", site)["language"] == language


@pytest.mark.parametrize("path", ["/", "/tk/", "/news/", "/ru/habarlar", "/about-us"])
def test_the_generic_site_takes_no_list_for_an_article(path):
    site = NewsSite.model_construct(article=generic_article(), languages={})
    assert match_article(f"https://herald.example{path}", site) is None


def generic_article():
    path = project_root() / "recipes" / "sites" / "generic.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["article"]
