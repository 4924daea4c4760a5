import sys
from functools import cache

import polib
import pytest
import yaml

from pipeline import cli, starter
from pipeline.bitexts import read_bitext
from pipeline.bitexts.guessing import look_into
from pipeline.errors import InputError
from pipeline.recipe import Recipe
from pipeline.recipe_files import load_recipe
from pipeline.settings import test_data as shared_data
from pipeline.starter import Wishes, write_recipe
from pipeline.tables import kept


@pytest.fixture(scope="module")
def look_into_once():
    """Reads each catalogue once for all tests; `starter` itself uses it for nothing else."""
    return cache(lambda catalogue, *languages: look_into({"catalogue": catalogue}, *languages))


@pytest.fixture(autouse=True)
def _catalogues_are_read_once(monkeypatch, look_into_once):
    def stand_in(entry, focus, pivots):
        return look_into_once(entry["catalogue"], focus, tuple(pivots))

    monkeypatch.setattr(starter, "look_into", stand_in)


@pytest.fixture(autouse=True)
def recipes(tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_RECIPES", str(tmp_path / "recipes"))
    return tmp_path / "recipes"


def start(focus="uzn_Latn", pivots=("rus_Cyrl",), **options):
    return write_recipe(Wishes("trial", focus, tuple(pivots), **options))


def own_entries(recipe):
    return {name: source for name, source in recipe.bitexts.items() if not source.catalogue}


@pytest.mark.parametrize(
    ("focus", "pivots"),
    [
        ("tuk_Latn", ["rus_Cyrl", "eng_Latn"]),
        ("azj_Latn", ["eng_Latn"]),
        ("ben_Beng", ["eng_Latn"]),
        ("uzn_Cyrl", ["rus_Cyrl"]),
        ("tuk_Cyrl", ["rus_Cyrl"]),  # no catalogue has it
    ],
)
def test_the_written_recipe_loads(focus, pivots):
    recipe = load_recipe(str(start(focus, pivots)))
    assert (recipe.name, recipe.focus, list(recipe.pivots)) == ("trial", focus, pivots)


def test_only_catalogues_with_usable_languages_are_in_force():
    recipe = load_recipe(str(start("uzn_Cyrl")))
    assert set(recipe.bitexts) == {"cldr"}
    assert read_bitext(recipe.bitexts["cldr"], "uzn_Cyrl", ["rus_Cyrl"], "x").num_rows > 0


def test_every_key_of_a_recipe_is_shown_with_a_line_about_it():
    lines = start().read_text(encoding="utf-8").splitlines()
    for key in (*Recipe.model_fields, "offline"):
        (number,) = (n for n, line in enumerate(lines) if line.startswith((f"{key}:", f"# {key}:")))
        assert "#" in lines[number - 1] or "#" in lines[number] or key in {"name", "title"}


def test_uncommented_sections_are_the_defaults(recipes):
    written = start()
    lines = written.read_text(encoding="utf-8").splitlines()
    first = lines.index("# annotation:")
    uncommented = [line.removeprefix("# ") if ":" in line else line for line in lines[first:]]
    changed = recipes / "changed.yaml"
    text = "\n".join(lines[:first] + [f"{line}" for line in uncommented if _is_yaml(line)])
    changed.write_text(text, encoding="utf-8")
    assert yaml.safe_load(text).keys() > {"annotation", "distillation", "evaluation"}
    assert load_recipe(str(changed)) == load_recipe(str(written))


def _is_yaml(line):
    """Whether an uncommented line is a key, and not a sentence about the section."""
    return line.startswith("  ") or line.partition(":")[0] in Recipe.model_fields


def test_an_inbox_is_written_as_given(tmp_path):
    books = str(tmp_path / "books")
    assert load_recipe(str(start(inbox=books))).inbox == books


@pytest.fixture
def files(tmp_path):
    uzbek, russian = "Kitob stol ustida yotibdi", "Книга лежит на столе"
    (tmp_path / "named.tsv").write_text(f"id\truZZ\tx\n1\t{russian}\t{uzbek}\n", "utf-8")
    (tmp_path / "Wide file 2.tsv").write_text(f"uz\tru\n{uzbek}\t{russian}\n", "utf-8")
    (tmp_path / "news.uz").write_text(f"{uzbek}\n", "utf-8")
    (tmp_path / "news.ru").write_text(f"{russian}\n", "utf-8")
    (tmp_path / "7.tmx").write_text(
        f'<tmx><body><tu><tuv xml:lang="uz"><seg>{uzbek}</seg></tuv>'
        f'<tuv xml:lang="ru"><seg>{russian}</seg></tuv></tu></body></tmx>',
        "utf-8",
    )
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Language": "uz"}
    catalogue.append(polib.POEntry(msgid="Open the file", msgstr="Faylni oching"))
    catalogue.save(str(tmp_path / "app.po"))
    return tmp_path


def test_the_format_and_the_languages_of_files_are_made_out(files):
    names = ("named.tsv", "Wide file 2.tsv", "7.tmx", "app.po", "news.uz", "news.ru")
    path = start(pivots=["rus_Cyrl", "eng_Latn"], bitexts=tuple(files / name for name in names))
    entries = own_entries(load_recipe(str(path)))
    assert {name: source.format for name, source in entries.items()} == {
        "named": "tsv",
        "wide_file_2": "tsv",
        "bitext_7": "tmx",
        "app": "po",
        "news": "moses",
    }
    assert entries["named"].columns == ("-", "rus_Cyrl", "uzn_Latn")
    assert entries["wide_file_2"].columns == {"uz": "uzn_Latn", "ru": "rus_Cyrl"}
    assert entries["app"].languages == ("eng_Latn", "uzn_Latn")
    assert {source.licence for source in entries.values()} == {"unknown"}
    text = path.read_text(encoding="utf-8")
    assert text.count("usable pairs in 1 entries: 1 with rus_Cyrl") == 3
    for name, source in entries.items():
        pairs = read_bitext(source, "uzn_Latn", ["rus_Cyrl", "eng_Latn"], name)
        assert kept(pairs).num_rows >= 1


def test_a_file_that_is_not_well_formed_is_told_in_a_comment(files):
    (files / "7.tmx").write_text("<tmx><tu>", "utf-8")
    text = start(bitexts=(files / "7.tmx",)).read_text(encoding="utf-8")
    assert "# not readable yet: 7.tmx is not well-formed XML" in text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("absent.tsv", "there is no bitext"),
        ("news.uz", "give one file for uzn_Latn and a pivot's"),
        ("app.po", "--pivot eng_Latn"),
        ("a.docx", "cannot tell the format of a.docx"),
        ("numbers.tsv", "cannot tell which columns of numbers.tsv"),
    ],
)
def test_a_file_that_cannot_be_made_out_is_refused(files, recipes, name, sentence):
    (files / "a.docx").touch()
    (files / "numbers.tsv").write_text("1\t2\n3\t4\n", "utf-8")
    with pytest.raises(InputError, match=sentence):
        start(bitexts=(files / name,))
    assert not recipes.exists()


def test_an_existing_recipe_is_replaced_only_when_asked():
    path = start()
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(InputError, match="exists; choose another name"):
        start()
    assert path.read_text(encoding="utf-8") == "precious"
    write_recipe(Wishes("trial", "uzn_Latn", ("rus_Cyrl",)), may_replace=True)
    assert load_recipe("trial").focus == "uzn_Latn"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["trial", "--focus", "uzb_Latn", "--pivot", "rus_Cyrl"], "did you mean 'uzn_Latn'?"),
        (["trial", "--focus", "uzn_Latn", "--pivot", "uzn_Latn"], "cannot be its pivot"),
        (["My recipe", "--focus", "uzn_Latn", "--pivot", "rus_Cyrl"], "is no recipe name"),
    ],
)
def test_the_command_refuses_in_one_sentence(monkeypatch, capsys, recipes, arguments, sentence):
    monkeypatch.setattr(sys, "argv", ["dutar", "init", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err
    assert not recipes.exists()


def test_uzbek_and_russian_start_from_shared_files(recipes, monkeypatch, capsys):
    names = ("ui_strings/laravel_lang.tsv", "cldr_lexicon/emoji_short_names.tsv")
    names += ("udhr/udhr_articles.tsv",)
    paths = [shared_data() / name for name in names]
    if not all(path.is_file() for path in paths):
        pytest.skip(f"needs {', '.join(names)} in DUTAR_TEST_DATA")
    options = [option for path in paths for option in ("--bitext", str(path))]
    arguments = ["trial", "--focus", "uzn_Latn", "--pivot", "rus_Cyrl", *options]
    monkeypatch.setattr(sys, "argv", ["dutar", "init", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    assert "wrote" in capsys.readouterr().out
    counts = {
        name: kept(read_bitext(source, "uzn_Latn", ["rus_Cyrl"], name)).num_rows
        for name, source in own_entries(load_recipe("trial")).items()
    }
    assert counts["udhr_articles"] == 31
    assert counts["laravel_lang"] > 1000
    assert counts["emoji_short_names"] > 2000
