from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from pipeline.languages import language
from pipeline.textbooks.judgement import text_of
from pipeline.textbooks.mixed import may_quote, merge_readings
from pipeline.textbooks.models import installed_model
from pipeline.textbooks.ocr import recognise

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
TURKMEN = ["Türkmenler düýäni gadymdan bäri çölüň gämisi", "diýip atlandyrypdyrlar."]
RUSSIAN = ["Его широкие ступни не вязнут в песке,", "а ресницы защищают глаза от пыли."]
INLINE = "Düýe (верблюд, обитатель пустыни) suwsuz ýaşap bilýär."


def word(text, x0, confidence, line=0):
    top = 20.0 * line
    return {
        "text": text,
        "box": {
            "x0": x0,
            "top": top,
            "x1": x0 + 10 * len(text),
            "bottom": top + 10,
        },
        "confidence_fraction": confidence,
        "line_number": line,
        "font_size": 10.0,
    }


def read(lines, code):
    image = Image.new("L", (1700, 80 * len(lines) + 80), 255)
    font = ImageFont.truetype(FONT, 46)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 40 + 80 * number), line, font=font, fill=0)
    return recognise(image, 300, installed_model(language(code)), 60)


def test_each_line_and_each_word_is_read_in_its_own_language():
    printed = [*TURKMEN, *RUSSIAN, INLINE]
    own, other = read(printed, "tuk_Latn"), read(printed, "rus_Cyrl")
    assert may_quote(own)
    merged = text_of(merge_readings(own, other, "tuk_Latn", "rus_Cyrl"))
    error = Levenshtein.distance(merged, "\n".join(printed)) / len(merged)
    assert error < 0.05
    assert Levenshtein.distance(text_of(own), "\n".join(printed)) / len(merged) > 0.2


def test_a_page_in_one_language_stays_as_its_own_model_reads_it():
    own, other = read(TURKMEN * 3, "tuk_Latn"), read(TURKMEN * 3, "rus_Cyrl")
    assert merge_readings(own, other, "tuk_Latn", "rus_Cyrl") == own


def test_the_order_of_words_and_the_number_of_their_line_are_kept():
    own = [word("suw", 0, 0.9), word("BOJIA B KOJIOAUE", 60, 0.1), word("ot", 0, 0.9, line=1)]
    other = [
        word("зуw", 0, 0.3),
        word("вода вода вода вода вода вода вода", 60, 0.95),
        word("от", 0, 0.4, line=1),
    ]
    merged = merge_readings(own, other, "tuk_Latn", "rus_Cyrl")
    assert [(each["text"], each["line_number"]) for each in merged] == [
        ("suw", 0),
        ("вода вода вода вода вода вода вода", 0),
        ("ot", 1),
    ]


def test_words_that_the_own_model_did_not_see_on_its_lines_are_added_and_others_left_out():
    own = [word("suw", 0, 0.9)]
    other = [
        word("вода вода вода вода вода вода вода", 60, 0.95),
        word("далеко", 60, 0.95, line=9),
    ]
    merged = merge_readings(own, other, "tuk_Latn", "rus_Cyrl")
    assert [each["text"] for each in merged] == ["suw", "вода вода вода вода вода вода вода"]


def test_a_surer_word_of_letters_that_no_word_of_its_language_has_is_not_taken():
    own, other = [word("Howaýollary", 0, 0.3)], [word("Номгауопагу", 0, 0.9)]
    assert merge_readings(own, other, "tuk_Latn", "rus_Cyrl") == own


def test_a_page_read_surely_is_not_read_again():
    assert not may_quote([word("suw", 0, 0.9)])
    assert not may_quote([])
    assert may_quote([word("suw", 0, 0.9), word("BOJIA", 60, 0.1)])
