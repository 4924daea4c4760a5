import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline import cli, encoders
from pipeline.alignment.commands import align, mine
from pipeline.alignment.commands.mine import mine_files
from pipeline.errors import InputError
from pipeline.parameters import AlignmentParams, MiningParams

PARAMS = MiningParams(min_characters=1)
LANGUAGES = ("tuk_Latn", "rus_Cyrl")
TURKMEN = ["ulag geldi", "", "at", "şäher uly", "at", "2024"]
RUSSIAN = ["город большой", "2024", "дом", "лошадь", "  "]
MEANINGS = {
    "ulag geldi": 0,
    "at": 1,
    "şäher uly": 2,
    "город большой": 2,
    "дом": 3,
    "лошадь": 1,
    "": 0,
    "2024": 0,
}


class MeaningEncoder:
    """Texts of one meaning get close vectors; it notes the languages it was asked for."""

    fingerprint = "meaning"
    dimension = 4

    def __init__(self):
        self.asked = []

    def encode(self, texts, *, language, role="query"):
        self.asked.append((language, role))
        shift = 0.2 if language == "rus_Cyrl" else 0.1
        rows = np.eye(4)[[MEANINGS[text] for text in texts]] + shift
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def encoder(monkeypatch):
    encoder = MeaningEncoder()
    for module in (align, mine):
        monkeypatch.setattr(module, "load_encoder", lambda name: encoder)
    return encoder


@pytest.fixture
def files(tmp_path):
    paths = tmp_path / "a.txt", tmp_path / "b.txt"
    for path, lines in zip(paths, (TURKMEN, RUSSIAN), strict=True):
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return paths


@pytest.fixture
def mined(files, encoder):
    """Rows of a mining run, as the command prints them."""

    def call(**changes):
        params = PARAMS.model_copy(update=changes)
        return [line.split("\t") for line in mine_files(*files, LANGUAGES, "toy", params)]

    return call


def test_pairs_are_printed_with_margin_cosine_and_line_numbers_from_zero(mined, encoder):
    rows = mined(min_margin=1.2)
    assert sorted((int(row[2]), int(row[3])) for row in rows) == [(2, 3), (3, 0)]
    margins = [float(row[0]) for row in rows]
    assert margins == sorted(margins, reverse=True)
    assert all(0 < float(row[1]) <= 1 for row in rows)
    assert encoder.asked == [("tuk_Latn", "query"), ("rus_Cyrl", "query")]


def test_blank_repeated_and_untranslated_lines_are_not_searched(mined):
    rows = mined(min_margin=0.0)
    assert not {row[2] for row in rows} & {"1", "4", "5"}
    assert not {row[3] for row in rows} & {"1", "4"}


def test_short_lines_are_left_out_when_asked(mined):
    assert [row[2:] for row in mined(min_margin=1.1, min_characters=3)] == [["3", "0"]]


def test_files_without_lines_have_no_pairs(tmp_path, files, encoder):
    empty = tmp_path / "empty.txt"
    empty.touch()
    assert mine_files(empty, files[1], LANGUAGES, "toy", PARAMS) == []
    assert mine_files(empty, empty, LANGUAGES, "toy", PARAMS) == []


def test_an_unknown_language_is_named_before_any_model_is_asked(files, encoder):
    for languages in (("tuk_latn", "rus_Cyrl"), ("tuk_Latn", "rus_cyrl")):
        with pytest.raises(InputError, match="did you mean"):
            mine_files(*files, languages, "toy", PARAMS)
        with pytest.raises(InputError, match="did you mean"):
            align.align_files(*files, *languages, "toy", AlignmentParams())
    assert encoder.asked == []


def test_the_command_prints_what_the_function_finds(files, encoder, mined):
    options = ["--source-lang", "tuk_Latn", "--target-lang", "rus_Cyrl", "--model", "toy"]
    chosen = ["--neighbours", "2", "--min-margin", "1.1"]
    result = CliRunner().invoke(cli.app, ["mine", *map(str, files), *options, *chosen])
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines == mined(neighbours=2, min_margin=1.1)
    assert len(lines) == 2


def test_the_command_refuses_fewer_than_one_neighbour(files):
    options = ["--source-lang", "tuk_Latn", "--target-lang", "rus_Cyrl", "--neighbours", "0"]
    assert CliRunner().invoke(cli.app, ["mine", *map(str, files), *options]).exit_code == 2


@pytest.mark.parametrize("code", ["tuk", "tuk_latn", "xx"])
def test_encode_refuses_an_unknown_language(files, tmp_path, code):
    arguments = ["encode", str(files[0]), "--model", "toy", "--out", str(tmp_path / "v.npy")]
    result = CliRunner().invoke(cli.app, [*arguments, "--lang", code])
    assert isinstance(result.exception, InputError)
    assert f"unknown language code {code!r}" in str(result.exception)
    assert not (tmp_path / "v.npy").exists()


def test_encode_takes_a_text_of_a_known_or_an_undetermined_language(files, tmp_path, monkeypatch):
    encoder = MeaningEncoder()
    monkeypatch.setattr(encoders, "load_encoder", lambda name: encoder)
    out = tmp_path / "v.npy"
    arguments = ["encode", str(files[0]), "--model", "toy", "--out", str(out)]
    for language in ([], ["--lang", "und"], ["--lang", "tuk_Latn"]):
        result = CliRunner().invoke(cli.app, [*arguments, *language])
        assert result.exit_code == 0, result.output
        assert np.load(out).shape == (6, 4)
    assert [code for code, _ in encoder.asked] == ["und", "und", "tuk_Latn"]
