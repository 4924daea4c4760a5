import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.documents.imprint import (
    grade_in,
    lesson_numbers,
    normalised_isbn,
    printed_isbn,
    structure_agreement,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("978-0-306-40615-7", "9780306406157"),
        ("0-306-40615-2", "9780306406157"),
        ("0-8044-2957-X", "9780804429573"),
        ("0-8044-2957-Х", "9780804429573"),  # a Cyrillic letter, as OCR reads it
        ("978-0-306-40615-8", ""),
        ("0-306-40615-3", ""),
        ("1234", ""),
        ("", ""),
    ],
)
def test_an_isbn_is_thirteen_digits_or_nothing(text, expected):
    assert normalised_isbn(text) == expected


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_every_wrong_digit_of_an_isbn_is_noticed(digits):
    head = "978" + "".join(map(str, digits))
    valid = [head + str(digit) for digit in range(10) if normalised_isbn(head + str(digit))]
    assert len(valid) == 1


def test_an_isbn_is_read_where_it_is_called_one_and_is_valid():
    assert printed_isbn(["UDK 51", "Tel. 0-306-40615-2", "ISBN 978–0–306–40615–7."]) != ""
    assert printed_isbn(["ISBN-13: 978 0 306 40615 7"]) == "9780306406157"
    assert printed_isbn(["0-306-40615-2", "ISBN 123-45"]) == ""


@pytest.mark.parametrize(
    ("title", "grade"),
    [
        ("Algebra, 7-nji synp", "7"),
        ("Algebra. 8-nji synpyň okuwçylary üçin", "8"),
        ("Алгебра. 7 класс", "7"),
        ("Учебник для 10-го класса", "10"),
        ("Algebra, grade 7", "7"),
        ("7th grade algebra", "7"),
        ("Riyaziyyat 7-ci sinif", "7"),
        ("Algebra 7-sinf", "7"),
        ("Алгебра. 7-сынып", "7"),
        ("History 2010", ""),
        ("A year of 365 days", ""),
        ("Düýe", ""),
    ],
)
def test_a_grade_is_read_from_a_title(title, grade):
    assert grade_in(title) == grade


def test_lessons_agree_as_far_as_their_numbers_stand_in_one_order():
    turkmen = lesson_numbers(["§ 1. Sanlar", "§ 2. Drob", "Gaýtalamak", "§ 3", "§ 4", "§ 5"])
    russian = lesson_numbers(["§ 1. Числа", "§ 2", "§ 3", "§ 4", "§ 6"])
    assert turkmen == ["1", "2", "3", "4", "5"]
    assert structure_agreement(turkmen, turkmen) == 1.0
    assert structure_agreement(turkmen, russian) == pytest.approx(0.8)
    assert structure_agreement(turkmen, russian[:4]) is None
