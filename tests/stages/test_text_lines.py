import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.text.lines import read_lines

# a lone carriage return, at a line's end, would turn `\n` into `\r\n`
LINES = st.lists(st.text(st.characters(exclude_characters="\r\n\ufeff", codec="utf-8")), min_size=1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "text.txt"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("bir", ["bir"]),
        ("bir\n", ["bir"]),
        ("bir\n\n", ["bir", ""]),
        ("bir\r\niki\r\n", ["bir", "iki"]),
        ("\ufeffbir\n", ["bir"]),
        ("a\u2028b\x85c\x0cd\n", ["a\u2028b\x85c\x0cd"]),
    ],
)
def test_only_newlines_end_a_line(path, content, lines):
    path.write_bytes(content.encode())
    assert read_lines(path) == lines


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_lines_that_are_written_are_read(path, lines, end):
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    assert read_lines(path) == lines


@pytest.mark.parametrize("content", [b"\xff\xfeb\x00", b"caf\xe9\n"])
def test_what_is_not_utf8_is_refused_with_its_path(path, content):
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"text\.txt cannot be read as UTF-8"):
        read_lines(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(InputError, match=path.name):
            read_lines(path)
