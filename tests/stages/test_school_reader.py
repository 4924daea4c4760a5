import importlib.util
import io
import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pypdfium2 as pdfium
import pytest
import yaml
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

FOLDER = Path(__file__).parents[2] / "examples" / "school_reader"
MODULES = ("book", "layout", "scan", "typeset")


def _module(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reader():
    before = {name: sys.modules.get(name) for name in MODULES}
    modules = SimpleNamespace(**{name: _module(name) for name in MODULES})
    yield modules
    for name, module in before.items():
        if module is None:
            del sys.modules[name]
        else:
            sys.modules[name] = module


@pytest.fixture(scope="module")
def built(reader, tmp_path_factory):
    try:
        reader.typeset.register_fonts()
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("school_reader")
    reader.typeset.build(folder)
    return folder


def _gold_beads(folder):
    for row in (folder / "gold/school_reader/beads.tuk_Latn-rus_Cyrl.txt").read_text().splitlines():
        sides = re.fullmatch(r"\[([\d,]*)\]:\[([\d,]*)\]", row).groups()
        yield tuple([int(n) for n in side.split(",") if n] for side in sides)


def _body_text(reader, pdf):
    """Body of each page as one string without spaces, words divided at line ends joined again."""
    low, high = reader.typeset.FOOTER_PT + 10, reader.typeset.HEADER_PT - 7
    with pdfium.PdfDocument(pdf) as document:
        pages = [
            page.get_textpage().get_text_bounded(0, low, A5[0], high).replace("\r\n", "\n")
            for page in document
        ]
    # pdfium writes U+0002 where a hyphen divides a word at the end of a line.
    return re.sub(r"\s+", "", re.sub("-\\s*\n|\x02", "", "\n".join(pages)))


@pytest.mark.parametrize(("side", "code"), [(0, "tuk_Latn"), (1, "rus_Cyrl")])
def test_beads_cover_each_unit_exactly_once_and_in_order(built, side, code):
    sentences = (
        (built / f"gold/school_reader/sentences.{code}.txt")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    positions = [place for bead in _gold_beads(built) for place in bead[side]]
    assert positions == list(range(len(sentences)))


def test_beads_have_the_promised_shapes(built):
    shapes = [(len(tuk), len(rus)) for tuk, rus in _gold_beads(built)]
    assert len(shapes) >= 310
    assert sum(tuk > 0 and rus > 0 for tuk, rus in shapes) >= 270
    assert set(shapes) == {(1, 1), (1, 2), (2, 1), (1, 0), (0, 1)}
    assert min(shapes.count((1, 2)), shapes.count((2, 1))) >= 0.05 * len(shapes)


def test_units_are_distinct_trimmed_and_of_the_right_script(built):
    for code, foreign in (("tuk_Latn", r"[А-яЁё]"), ("rus_Cyrl", r"[a-zçäžňöşüý]{2}")):
        rows = (
            (built / f"gold/school_reader/sentences.{code}.txt")
            .read_text(encoding="utf-8")
            .splitlines()
        )
        assert len(set(rows)) == len(rows)
        assert [row for row in rows if row != row.strip() or re.search(foreign, row)] == []


def test_one_chapter_is_missing_from_the_russian_edition(reader):
    silent = [
        chapter[0].beads[0]["tuk"]
        for chapter in reader.book.load()
        if not reader.book.units([chapter], "rus")
    ]
    assert silent == [["Dutar — iki kirişli dünýä"]]


def test_text_layer_of_the_russian_edition_holds_every_sentence_in_order(reader, built):
    text = _body_text(reader, built / "school_reader.rus_Cyrl.pdf")
    gold = (
        (built / "gold/school_reader/sentences.rus_Cyrl.txt")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    place = 0
    for sentence in gold:
        place = text.find(re.sub(r"\s+", "", sentence), place)
        assert place >= 0, sentence
        place += 1


def test_turkmen_pages_hold_every_sentence_once_words_are_joined(built):
    rows = (
        (built / "gold/school_reader/pages.tuk_Latn.jsonl").read_text(encoding="utf-8").splitlines()
    )
    pages = [json.loads(row) for row in rows]
    joined = re.sub(r"\s+", "", re.sub("-\n", "", "\n".join(page["text"] for page in pages)))
    gold = (
        (built / "gold/school_reader/sentences.tuk_Latn.txt")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    assert [row for row in gold if re.sub(r"\s+", "", row) not in joined] == []
    assert [page["page_number"] for page in pages] == list(range(1, len(pages) + 1))


def test_scanned_edition_has_a_greyscale_image_and_no_text_on_each_a5_page(built):
    with pdfium.PdfDocument(built / "school_reader.tuk_Latn.pdf") as document:
        assert 12 <= len(document) <= 18
        for page in document:
            assert page.get_textpage().count_chars() == 0
            (image,) = page.get_objects()
            assert image.get_filters() == ["DCTDecode"]
            assert image.get_bitmap().mode == "L"
            assert page.get_size() == pytest.approx(A5, abs=0.3)  # whole pixels


def test_sidecars_name_the_book_and_its_language(built):
    for code in ("tuk_Latn", "rus_Cyrl"):
        sidecar = yaml.safe_load((built / f"school_reader.{code}.yaml").read_text(encoding="utf-8"))
        assert sidecar["language"] == code
        assert (sidecar["book"], sidecar["edition"]) == ("school_reader", "1")


def test_lines_stay_inside_the_text_block(reader, built):
    assert built.is_dir()  # the fonts are registered
    width_pt, height_pt = reader.layout.WIDTH_PT, reader.layout.HEIGHT_PT
    for language in reader.book.LANGUAGES:
        for _, page in reader.layout.paginate(reader.book.load(), language):
            assert sum(line.height for line in page[:-1]) < height_pt
            ends = [
                mark.x + reader.layout.stringWidth(mark.text, mark.font, mark.size)
                for line in page
                for mark in line.marks
            ]
            assert max(ends) <= width_pt + 0.01


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("kitap", "ki-tap"),
        ("mekdep", "mek-dep"),
        ("oglan", "og-lan"),
        ("ene", "ene"),
        ("türkmen", "türk-men"),
        ("suwuň", "su-wuň"),
        ("aýdym", "aý-dym"),
        ("Garagum", "Ga-ra-gum"),
    ],
)
def test_turkmen_words_divide_between_syllables(reader, word, syllables):
    cuts = [0, *reader.layout.turkmen_breaks(word), len(word)]
    assert "-".join(word[a:b] for a, b in pairwise(cuts)) == syllables


def test_setting_twice_gives_identical_bytes(reader, built):
    for language, title in reader.typeset.TITLES.items():
        pages = reader.layout.paginate(reader.book.load(), language)
        assert reader.typeset.render(pages, title) == reader.typeset.render(pages, title)
        if language == "rus":
            file = built / "school_reader.rus_Cyrl.pdf"
            assert reader.typeset.render(pages, title) == file.read_bytes()


def test_scanning_twice_gives_identical_bytes_and_follows_the_input(reader):
    def page(text):
        target = io.BytesIO()
        canvas = Canvas(target, pagesize=(200, 100), invariant=1)
        canvas.drawString(20, 50, text)
        canvas.save()
        return target.getvalue()

    first = reader.scan.scan(page("Garagum"), "Page")
    assert first == reader.scan.scan(page("Garagum"), "Page")
    assert first != reader.scan.scan(page("Amyderya"), "Page")


@pytest.mark.slow
def test_building_twice_gives_identical_folders(reader, built, tmp_path):
    reader.typeset.build(tmp_path)
    files = sorted(path.relative_to(built) for path in built.rglob("*") if path.is_file())
    assert len(files) == 8
    for file in files:
        assert (tmp_path / file).read_bytes() == (built / file).read_bytes(), file


def test_an_unknown_block_or_a_bead_without_a_language_is_refused(reader, tmp_path):
    chapter = tmp_path / "01_a.yaml"
    chapter.write_text("- poem: []\n")
    with pytest.raises(ValueError, match="poem"):
        reader.book.load(tmp_path)
    chapter.write_text("- paragraph:\n  - {tuk: [Salam.]}\n")
    with pytest.raises(ValueError, match="tuk and rus"):
        reader.book.load(tmp_path)


def test_missing_fonts_are_named_with_their_packages(reader, monkeypatch, tmp_path):
    monkeypatch.setattr(reader.typeset, "FONT_FOLDERS", (tmp_path,))
    with pytest.raises(FileNotFoundError, match=r"DejaVuSerif\.ttf.*install DejaVu"):
        reader.typeset.register_fonts()
