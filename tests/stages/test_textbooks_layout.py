import pytest

from pipeline.tables import TEXTBOOK_PAGES, as_table
from pipeline.textbooks.blocks import find_blocks
from pipeline.textbooks.layout import read_lines, split_furniture

SIZE, PITCH, LEFT, RIGHT = 10.0, 14.0, 50.0, 350.0


def line(text, top, x0=LEFT, x1=RIGHT, size=SIZE, confidence=1.0):
    """A printed line: its words fill the width evenly; "|" stands for a wide gap."""
    pieces = text.split()
    step = (x1 - x0) / len(pieces)
    return [
        {
            "text": piece,
            "box": {
                "x0": x0 + number * step,
                "top": top,
                "x1": x0 + (number + 1) * step - (3 if number < len(pieces) - 1 else 0),
                "bottom": top + size,
            },
            "confidence_fraction": confidence,
            "font_size": size,
        }
        for number, piece in enumerate(pieces)
        if piece != "|"
    ]


def page(number, *lines, reject_reason=None):
    words = [
        word | {"line_number": line_number}
        for line_number, words in enumerate(lines)
        for word in words
    ]
    return {
        "document_key": "textbooks/book",
        "page_number": number,
        "words": words,
        "reject_reason": reject_reason,
    }


def lines_of(*pages):
    return read_lines(as_table(list(pages), TEXTBOOK_PAGES))


def blocks_of(*pages):
    return [
        (block.kind, block.section_number, " / ".join(each.text for each in block.lines))
        for block in find_blocks(lines_of(*pages))
    ]


def test_lines_of_rejected_pages_are_left_out():
    bad = page(2, line("b b", 100), reject_reason="noise: the page is dark")
    assert [each.text for each in lines_of(page(1, line("a a", 100)), bad)] == ["a a"]


def test_a_page_put_askew_has_level_margins():
    def turned(words, slope):
        for word in words:
            box = word["box"]
            fall, shift = box["x0"] * slope, -box["top"] * slope
            box["x0"], box["x1"] = box["x0"] + shift, box["x1"] + shift
            box["top"], box["bottom"] = box["top"] + fall, box["bottom"] + fall
        return words

    rows = [turned(line("one two three four", top), 0.03) for top in range(100, 600, 14)]
    lines = lines_of(page(1, *rows))
    assert max(each.x0 for each in lines) - min(each.x0 for each in lines) < 1.0
    assert lines[0].words[0]["box"]["x0"] - lines[-1].words[0]["box"]["x0"] > 10


def test_repeated_headers_and_page_numbers_are_furniture():
    pages = [
        page(
            number,
            line(f"Our world, part {number}", 30),
            line(f"today {body}", 100),
            line(f"{body}, and so on", 114),
            line(f"and {body} daily", 128),
            line(str(number), 550, 195, 205),
        )
        for number, body in enumerate(["camels walk", "it rains", "seven is more"], 1)
    ]
    body, furniture = split_furniture(lines_of(*pages))
    assert {(each.line.page_number, each.name) for each in furniture} == {
        (number, name) for number in (1, 2, 3) for name in ("running header", "page number")
    }
    assert len(body) == 9


def test_a_chapter_header_is_known_by_standing_where_headers_stand():
    headers = ["Our world", "Water", "Our world", "Numbers"]
    bodies = ["camels walk", "it rains", "rugs are woven", "seven and five"]
    pages = [
        page(number, line(header, 30), line(f"today {body}", 100), line(f"{body} daily", 114))
        for number, (header, body) in enumerate(zip(headers, bodies, strict=True), 1)
    ]
    _, furniture = split_furniture(lines_of(*pages))
    assert [each.line.text for each in furniture] == headers


def test_the_text_of_a_single_page_is_not_furniture():
    body, furniture = split_furniture(lines_of(page(1, line("only line", 30))))
    assert [each.text for each in body] == ["only line"]
    assert furniture == []


def test_a_first_line_indent_begins_a_paragraph():
    found = blocks_of(
        page(
            1,
            line("the first goes", 100),
            line("to here.", 114, x1=120),
            line("The second goes", 128, x0=LEFT + 14),
            line("on and on.", 142),
        )
    )
    assert found == [
        ("paragraph", 0, "the first goes / to here."),
        ("paragraph", 0, "The second goes / on and on."),
    ]


def test_short_indented_lines_one_below_another_are_paragraphs():
    rows = ["Needed are:", "a) a request;", "b) a copy of the", "passport.", "Done in June."]
    starts = [LEFT + 14, LEFT + 14, LEFT + 14, LEFT, LEFT + 14]
    ends = [160, 150, RIGHT, 120, 170]
    places = zip(rows, range(100, 170, 14), starts, ends, strict=True)
    found = blocks_of(page(1, *(line(*place) for place in places)))
    assert [text for _, _, text in found] == [
        "Needed are:",
        "a) a request;",
        "b) a copy of the / passport.",
        "Done in June.",
    ]


def test_an_indented_line_that_is_full_goes_on_at_the_same_indent():
    found = blocks_of(
        page(
            1,
            line("Text at the margin.", 72),
            line("A quotation,", 100, x0=LEFT + 30),
            line("set in.", 114, x0=LEFT + 30, x1=150),
        )
    )
    assert found[-1] == ("paragraph", 0, "A quotation, / set in.")


def test_a_larger_line_is_a_heading_and_opens_a_section():
    found = blocks_of(
        page(
            1,
            line("Before all sections.", 70),
            line("The camel", 100, x1=130, size=14),
            line("It lives in the sand.", 130),
            line("Another", 160, x1=130, size=14),
            line("It does not live there.", 190),
        )
    )
    assert [(kind, section) for kind, section, _ in found] == [
        ("paragraph", 0),
        ("heading", 1),
        ("paragraph", 1),
        ("heading", 2),
        ("paragraph", 2),
    ]


@pytest.mark.parametrize(
    "title", ["1-nji bap", "II bap. Umumy düzgünler", "Глава 3. Вода", "§ 12", "Chapter 4"]
)
def test_a_chapter_number_is_a_heading_in_any_size(title):
    found = blocks_of(
        page(1, line("It ends.", 100, x1=120), line(title, 114, x1=160), line("Text goes on.", 128))
    )
    assert [kind for kind, _, _ in found] == ["paragraph", "heading", "paragraph"]


def test_a_sentence_about_a_chapter_is_no_heading():
    found = blocks_of(page(1, line("Глава 3 рассказывает о воде", 100), line("и о жизни.", 114)))
    assert [kind for kind, _, _ in found] == ["paragraph"]


def test_numbered_exercises_keep_their_hanging_lines():
    found = blocks_of(
        page(
            1,
            line("1. How long is the longest", 100),
            line("river?", 114, x0=LEFT + 15, x1=110),
            line("2. Draw it.", 128, x1=150),
        )
    )
    assert found == [
        ("exercise", 0, "1. How long is the longest / river?"),
        ("exercise", 0, "2. Draw it."),
    ]


@pytest.mark.parametrize(
    "text", ["Рис. 2: оси симметрии", "2-nji surat: halynyň gölleri", "Table 3 Animals"]
)
def test_captions_are_told_by_how_they_begin(text):
    assert blocks_of(page(1, line(text, 100)))[0][0] == "caption"


def test_a_paragraph_goes_on_over_the_page():
    found = blocks_of(
        page(1, line("A sentence that starts", 500)), page(2, line("and ends here.", 60))
    )
    assert found == [("paragraph", 0, "A sentence that starts / and ends here.")]


def test_rows_cut_at_the_same_places_are_table_cells():
    found = blocks_of(
        page(
            1,
            line("Animal | | Length", 100),
            line("Camel | | three", 114),
            line("Fox | | one", 128),
            line("The text after the table goes on.", 170),
        )
    )
    assert [(kind, text) for kind, _, text in found] == [
        *[("table", cell) for cell in ("Animal", "Length", "Camel", "three", "Fox", "one")],
        ("paragraph", "The text after the table goes on."),
    ]


def test_two_columns_do_not_crash():
    rows = [line("left words here | | right words here", 100 + 14 * n) for n in range(5)]
    assert find_blocks(lines_of(page(1, *rows)))


def test_no_lines_make_no_blocks():
    assert find_blocks([]) == []
