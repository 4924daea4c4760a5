import pytest

from pipeline.parameters import SentenceParams
from pipeline.tables import TEXTBOOK_PAGES, as_table
from pipeline.textbooks.layout import read_lines
from pipeline.textbooks.sentences import extract_sentences
from pipeline.textbooks.strays import set_apart

LETTER_WIDTH, HEIGHT = 6.0, 12.0
PARAMS = SentenceParams()


def word(text, confidence=0.95, *, height=HEIGHT, width=None, raw=None):
    return {
        "text": text,
        "raw_text": raw,
        "confidence_fraction": confidence,
        "height": height,
        "width": width or LETTER_WIDTH * len(text),
    }


def sure(text):
    return [word(piece) for piece in text.split()]


def page(*lines):
    """A page of lines of words, side by side, 20 points apart."""
    words = []
    for number, line in enumerate(lines):
        x0, bottom = 50.0, 100.0 + 20 * number
        for each in line:
            box = {"x0": x0, "x1": x0 + each["width"], "bottom": bottom}
            words.append(
                {key: each[key] for key in ("text", "raw_text", "confidence_fraction")}
                | {"box": box | {"top": bottom - each["height"]}}
                | {"line_number": number, "font_size": HEIGHT}
            )
            x0 += each["width"] + 5
    row = {"document_key": "book", "page_number": 1, "words": words, "method": "ocr"}
    return as_table([row], TEXTBOOK_PAGES)


TEXT = sure("Şu Tertibiň talaplary programma önümini sertifikatlaşdyrmak işine gatnaşyjy bolan")


def divided(*lines):
    text, apart = set_apart(read_lines(page(TEXT, *lines)))
    return [line.text for line in text[1:]], [(each.line.text, each.name) for each in apart]


@pytest.mark.parametrize(
    "drawing",
    [
        [word("L", 0.5), word(">", 0.2), word("r", 0.3)],
        [word("BA", 0.22), word("GOI", 0.2), word("XER", 0.4)],
        [word("oaase", 0.0), word("Lananaae", 0.05)],
    ],
)
def test_a_line_that_is_a_drawing_is_set_apart_whole(drawing):
    assert divided(drawing) == ([], [(" ".join(one["text"] for one in drawing), "stray marks")])


def test_an_emblem_beside_a_line_leaves_the_line():
    emblem = [
        word("©", 0.81, height=26),
        word("]", 0.13),
        word("x", 0.84),
        word(">", 0.59, height=24),
    ]
    text, apart = divided([*emblem, *sure("Kiberhowpsuzlyk boýunça")])
    assert text == ["Kiberhowpsuzlyk boýunça"]
    assert apart == [("© ] x >", "stray marks")]


def test_a_signature_between_two_words_leaves_both():
    signature = [word("Nh", 0.31, height=26), word("EDF", 0.46), word("A", 0.3, height=6)]
    text, apart = divided([*sure("Başlyk"), *signature, *sure("M. Hojagulyýew")])
    assert text == ["Başlyk M. Hojagulyýew"]
    assert apart == [("Nh EDF A", "stray marks")]


def test_a_stretched_letter_is_a_mark_and_a_long_unsure_word_is_not():
    text, apart = divided([word("E", 0.1, width=40), word("sertifikatlaşdyrmagyň", 0.4, height=30)])
    assert text == ["sertifikatlaşdyrmagyň"]
    assert apart == [("E", "stray marks")]


def test_an_unsure_dash_stays():
    line = [*sure("arza beriji"), word("–", 0.5, height=1, width=20), *sure("edara")]
    assert divided(line) == (["arza beriji – edara"], [])


def test_a_short_word_that_is_merely_unsure_stays():
    assert divided([*sure("kitap"), word("we", 0.2), *sure("depder")]) == (["kitap we depder"], [])


def test_a_large_heading_stays_however_tall():
    heading = [word("HALK", 0.5, height=40), word("EDEBIÝATY", 0.6, height=40)]
    assert divided(heading) == (["HALK EDEBIÝATY"], [])


def test_a_text_layer_has_no_stray_marks():
    marks = [word("x", 1.0, height=40), word(">", 1.0, width=90)]
    assert divided(marks) == (["x >"], [])


@pytest.mark.parametrize("leader", ["________", "..........", "………"])
def test_a_line_to_fill_in_is_set_apart_from_the_words_before_it(leader):
    assert divided([*sure("Programmanyň ady:"), word(leader)]) == (
        ["Programmanyň ady:"],
        [(leader, "line to fill in")],
    )


@pytest.mark.parametrize("leader", ["..........", ". . . . . . ."])
def test_a_line_of_a_table_of_contents_is_set_apart_whole(leader):
    line = [*sure("Umumy düzgünler"), *sure(leader), *sure("12")]
    assert divided(line) == ([], [(f"Umumy düzgünler {leader} 12", "table of contents")])


def test_an_ellipsis_is_no_line_to_fill_in():
    assert divided(sure("Ol gitdi... we geldi…")) == (["Ol gitdi... we geldi…"], [])


def sentences(*lines):
    found = extract_sentences(page(*lines), "tuk_Latn", PARAMS)
    return {row["text"]: row["reject_reason"] for row in found.to_pylist()}


def test_marks_and_gaps_become_no_sentences_and_tell_why():
    found = sentences(
        TEXT,
        [word("oaase", 0.0), word("Lananaae", 0.0)],
        [*sure("Türkmenistanyň paýtagty"), word("..........."), *sure("şäheridir.")],
        sure("Bu kitaby mugallym okady."),
    )
    reasons = {text: reason for text, reason in found.items() if reason}
    assert reasons["oaase Lananaae"] == "page furniture: stray marks"
    assert "gap: there is a line to fill in" in reasons.values()
    assert found["Bu kitaby mugallym okady."] is None


def test_a_leader_glued_to_a_word_is_left_out_of_the_sentence():
    (text,) = sentences(sure("Programmanyň ýazylan senesi:________"))
    assert text == "Programmanyň ýazylan senesi:"


def test_a_sentence_with_a_word_that_could_not_be_read_is_set_aside_unless_it_was_repaired():
    unread = [*sure("Gullugyň başlygynyň"), word("başlygyňəor", 0.02), *sure("gözegçilik etmeli.")]
    mended = [*unread[:2], word("orunbasary", 0.02, raw="orunbəsary"), *unread[3:]]
    (reason,) = sentences(unread).values()
    assert reason == "noise: the engine could not read the word that it gives as başlygyňəor"
    assert [*sentences(mended).values()] == [None]
