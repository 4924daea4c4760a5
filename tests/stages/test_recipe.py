import json

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.recipe import Recipe
from pipeline.recipe_files import load_recipe, recipe_names, recipe_schema

MINIMAL = {
    "name": "trial",
    "title": "A trial",
    "focus": "tuk_Latn",
    "pivots": ["rus_Cyrl"],
    "inbox": "examples/inbox",
}


@pytest.fixture
def write_recipe(tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_RECIPES", str(tmp_path))
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "own.yaml").write_text("flores200_dev: {}", encoding="utf-8")

    def write(**changes):
        content = {**MINIMAL, **changes}
        (tmp_path / "trial.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        return "trial"

    return write


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_loads(name):
    assert load_recipe(name).name == name


def test_defaults_fill_what_a_recipe_leaves_out(write_recipe):
    recipe = load_recipe(write_recipe())
    assert recipe.students.variants() == ["mse+mnr+kl@0.3"]
    assert recipe.inbox_folder.is_absolute()


def test_a_mistyped_key_is_named_with_the_right_one(write_recipe):
    with pytest.raises(InputError, match=r"unknown key 'pivtos'; did you mean 'pivots'"):
        load_recipe(write_recipe(pivtos=["rus_Cyrl"]))


def test_a_mistyped_nested_key_is_named_with_its_path(write_recipe):
    with pytest.raises(InputError, match=r"unknown key 'filtering.min_cosin'.*'min_cosine'"):
        load_recipe(write_recipe(filtering={"min_cosin": 0.5}))


def test_a_wrong_value_is_told_with_its_key(write_recipe):
    with pytest.raises(InputError, match=r"corpus.test_fraction: .*less than 1.*got 2"):
        load_recipe(write_recipe(corpus={"test_fraction": 2}))


def test_an_unknown_language_is_refused_with_the_known_ones(write_recipe):
    with pytest.raises(InputError, match="tuk_Latn"):
        load_recipe(write_recipe(focus="tkm"))


def test_a_pivot_cannot_be_the_focus(write_recipe):
    with pytest.raises(InputError, match="cannot be its pivot"):
        load_recipe(write_recipe(pivots=["tuk_Latn"]))


def test_texts_that_translations_are_scored_on_must_be_kept_out_of_what_is_learnt():
    scored = {"translation": {"model": None, "scratch": {}, "suites": ["flores200_dev"]}}
    assert Recipe.model_validate(MINIMAL | scored | {"suites": ["flores200_*"]})
    with pytest.raises(ValueError, match="add it to `suites`"):
        Recipe.model_validate(MINIMAL | scored | {"suites": ["tatoeba"]})


def test_translations_go_between_the_focus_and_a_pivot():
    with pytest.raises(ValueError, match="is not between tuk_Latn and a pivot"):
        Recipe.model_validate(
            MINIMAL | {"translation": {"scratch": {}, "directions": ["rus_Cyrl-eng_Latn"]}}
        )


CURVE = {
    "inbox": None,
    "bitexts": {"django": {"catalogue": "django"}},
    "students": {"curve_pairs": [1000, 1_000_000]},
}


def test_a_curve_point_beyond_what_is_taught_is_refused_with_both_figures(write_recipe):
    with pytest.raises(InputError, match=r"1000000 pairs are more than the 500000 .*most_pairs"):
        load_recipe(write_recipe(**CURVE))


@pytest.mark.parametrize(
    "change",
    [
        {"lessons": {"most_pairs": 1_000_000}},
        {"pivots": ["rus_Cyrl", "eng_Latn"]},
        {"bitexts": {"django": {"catalogue": "django"}, "cldr": {"catalogue": "babel"}}},
        {"inbox": "examples/inbox"},  # each book is a source, and nobody knows how many come
    ],
)
def test_a_curve_point_that_may_be_reached_is_let_through(write_recipe, change):
    assert load_recipe(write_recipe(**CURVE | change)).students.curve_pairs[-1] == 1_000_000


@pytest.fixture
def articles(write_recipe):
    """A recipe with a bitext of whole texts and one of strings."""
    hub = {"dataset": "a/b", "split": "train", "revision": "a" * 40}
    entry = {"hub": hub, "columns": {"tk": "tuk_Latn", "ru": "rus_Cyrl"}, "licence": "MIT"}
    bitexts = {"articles": entry | {"are_documents": True}, "strings": entry}
    return lambda **more: load_recipe(write_recipe(bitexts=bitexts, **more)).lessons


def test_bitexts_that_hold_documents_are_running_text_by_themselves(articles):
    assert articles().running_text == "textbooks,news,bitexts/articles"
    assert articles(lessons={"most_pairs": 7}).running_text == "textbooks,news,bitexts/articles"


def test_running_text_that_a_recipe_states_is_left_as_it_is(articles):
    assert articles(lessons={"running_text": "news"}).running_text == "news"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"translation": {"scratch": {}}}, "`translation.scratch` has none"),
        ({"pivots": ["rus_Cyrl"], "inbox": None}, "no text without its translation"),
    ],
)
def test_what_cannot_be_translated_back_is_refused_when_the_recipe_is_read(changes, words):
    asked = {
        "inbox": "books",
        "translation": {"model": "some/nllb"},
        "translating": {"back_translated": 5000},
    }
    assert Recipe.model_validate(MINIMAL | asked)
    with pytest.raises(ValueError, match=words):
        Recipe.model_validate(MINIMAL | asked | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "it trains none"),
        ({"translation": {"model": "some/nllb", "directions": ["rus_Cyrl-tuk_Latn"]}}, "it trains"),
        (
            {"translation": {"scratch": {}}, "pivots": ["rus_Cyrl", "eng_Latn"]},
            "reads its two languages alone",
        ),
    ],
)
def test_a_translation_model_among_the_baselines_is_one_that_can_be_measured(changes, words):
    named = {"models": {"baselines": ["translation:tuk_Latn-rus_Cyrl"]}}
    assert Recipe.model_validate(MINIMAL | named | {"translation": {"model": "some/nllb"}})
    with pytest.raises(ValueError, match=words):
        Recipe.model_validate(MINIMAL | named | changes)


def test_a_missing_recipe_is_told_with_those_that_exist(write_recipe):
    write_recipe()
    with pytest.raises(InputError, match="no recipe 'demmo'; there are trial"):
        load_recipe("demmo")


def test_variables_are_taken_from_the_environment(write_recipe, monkeypatch):
    monkeypatch.setenv("MY_BOOKS", "/books")
    assert load_recipe(write_recipe(inbox="${MY_BOOKS}/a")).inbox == "/books/a"


def test_an_unset_variable_is_named(write_recipe):
    with pytest.raises(InputError, match=r"\$\{NOT_SET_ANYWHERE\} is not set"):
        load_recipe(write_recipe(inbox="${NOT_SET_ANYWHERE}"))


def test_the_offline_overlay_applies_only_offline(write_recipe, monkeypatch):
    models = {"aligner": "some/hub-model"}
    overlay = {"models": {"aligner": "embedded:e5-small"}}
    name = write_recipe(models=models, offline=overlay)
    assert load_recipe(name).models.aligner == "some/hub-model"
    monkeypatch.setenv("DUTAR_OFFLINE", "1")
    assert load_recipe(name).models.aligner == "embedded:e5-small"


def test_offline_a_null_takes_a_key_out(write_recipe, monkeypatch):
    known = {"licence": "MIT", "provenance": "a friend"}
    hub = {"dataset": "a/b", "split": "train", "revision": "a" * 40}
    online = {"hub": hub, "columns": {"tk": "tuk_Latn", "ru": "rus_Cyrl"}, "licence": "MIT"}
    bitexts = {"opus": online, "own": {"file": "a.tmx", **known}}
    overlay = {"bitexts": {"opus": None, "more": {"file": "b.tmx", **known}}, "inbox": None}
    overlay["annotation"] = {"reviews": None, "note": "nobody reviews offline"}
    name = write_recipe(bitexts=bitexts, offline=overlay)
    assert list(load_recipe(name).bitexts) == ["opus", "own"]
    monkeypatch.setenv("DUTAR_OFFLINE", "1")
    assert list(load_recipe(name).bitexts) == ["own", "more"]
    assert load_recipe(name).inbox is None


TRIPLETS = {
    "inbox": None,
    "suites": ["flores200_dev"],
    "students": {"objectives": ["simcse"]},
    "synthesis": {
        "strategies": ["in_context"],
        "monolingual": {"laws": {"files": "laws/*.txt", "licence": "CC0-1.0"}},
    },
}


def test_a_language_with_triplets_alone_needs_no_pairs(write_recipe):
    recipe = load_recipe(write_recipe(**TRIPLETS))
    assert recipe.may_lack_pairs
    assert not load_recipe(write_recipe()).may_lack_pairs


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"students": {"objectives": ["simcse"]}}, "`synthesis.strategies` is empty"),
        (
            {"students": {"kinds": {"a": {"are_triplets_after": True}}}},
            "`synthesis.strategies` is empty",
        ),
        (TRIPLETS | {"students": {"objectives": ["mse"]}}, "mse learns from pairs"),
        (
            TRIPLETS | {"students": {"objectives": ["simcse"], "curve_pairs": [2]}},
            "the curves are of pairs",
        ),
        (TRIPLETS | {"suites": []}, "name a suite to score on"),
        (TRIPLETS | {"synthesis": {"strategies": ["in_context"]}}, "no text of the focus language"),
    ],
)
def test_a_recipe_without_what_its_students_learn_from_is_refused_at_once(
    write_recipe, changes, said
):
    with pytest.raises(InputError, match=said):
        load_recipe(write_recipe(**changes))


@pytest.fixture
def write_child(write_recipe, tmp_path):
    def write(content, **base):
        write_recipe(**base)
        (tmp_path / "child.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        return "child"

    return write


CHILD = {"extends": "trial", "name": "child", "title": "A child"}


def test_a_recipe_that_extends_another_has_its_keys_but_for_its_own(write_child):
    own = {
        "corpus": {"test_fraction": 0.3},
        "inbox": None,
        "bitexts": {"a": {"catalogue": "babel"}},
    }
    base = {"corpus": {"least_test_pairs": 7, "test_fraction": 0.2}, "suites": ["flores200_dev"]}
    recipe = load_recipe(write_child(CHILD | own, **base))
    assert (recipe.name, recipe.title, recipe.focus) == ("child", "A child", "tuk_Latn")
    assert (recipe.corpus.least_test_pairs, recipe.corpus.test_fraction) == (7, 0.3)
    assert (recipe.inbox, recipe.suites) == (None, ("flores200_dev",))


def test_offline_keys_are_extended_too_and_a_null_among_them_leaves_out(write_child, monkeypatch):
    base = {"suites": ["flores200_dev"], "offline": {"evaluation": {"seed": 3}, "title": "Off"}}
    child = CHILD | {"offline": {"suites": None, "evaluation": {"min_queries": 5}}}
    name = write_child(child, **base)
    assert load_recipe(name).suites == ("flores200_dev",)
    monkeypatch.setenv("DUTAR_OFFLINE", "1")
    recipe = load_recipe(name)
    assert (recipe.suites, recipe.title) == ((), "A child")
    assert (recipe.evaluation.seed, recipe.evaluation.min_queries) == (3, 5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"extends": "trial", "name": "child"}, "needs 'title' of its own"),
        (CHILD | {"extends": "trail"}, "no recipe 'trail'; there are child, trial"),
        (CHILD | {"extends": "child"}, "extends it in turn"),
        (CHILD | {"corpus": {"test_fractoin": 1}}, "did you mean 'test_fraction'"),
    ],
)
def test_what_is_wrong_with_an_extending_recipe_is_told(write_child, content, said):
    with pytest.raises(InputError, match=said):
        load_recipe(write_child(content))


def test_the_schema_asks_of_an_extending_recipe_only_what_it_must_have():
    wanted = [set(one["required"]) for one in recipe_schema()["anyOf"]]
    assert wanted == [{"name", "title", "focus", "pivots"}, {"extends", "name", "title"}]


def test_a_recipe_cannot_be_changed_once_loaded(write_recipe):
    recipe = load_recipe(write_recipe())
    with pytest.raises(ValueError, match="frozen"):
        recipe.focus = "rus_Cyrl"


def test_the_schema_file_for_editors_is_the_models_own():
    from pipeline.settings import project_root

    stored = json.loads((project_root() / "recipes" / "recipe.schema.json").read_text())
    assert stored == recipe_schema(), "run `dutar schema > recipes/recipe.schema.json`"
    assert set(stored["properties"]) == {*Recipe.model_fields, "extends", "offline"}
