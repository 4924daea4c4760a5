"""A second edition of a known book costs only itself: counted in pages, sentences and pairs."""

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from definitions import build_defs
from pipeline.settings import project_root
from pipeline.storage import Address
from pipeline.tables import kept
from pipeline.textbooks.rendering import render_page
from sensors.driver import Goal, drive, plan
from sensors.editions import Noticed
from sensors.sources import find_sources

pytestmark = pytest.mark.slow

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
READER = project_root() / "examples" / "school_reader"
PAGES, LINES = 4, 12
CHANGED = 6  # every sixth sentence of the second edition is another
FIRST, SECOND, RUSSIAN = "reader_1.tuk_Latn", "reader_2.tuk_Latn", "reader_1.rus_Cyrl"


@pytest.fixture(scope="module")
def sentences():
    """Two editions of the first sentences of the school reader, and its Russian."""
    sys.path.insert(0, str(READER))
    try:
        import book
    finally:
        sys.path.remove(str(READER))
    beads = [one for one in book.beads(book.load()) if len(one["tuk"]) == len(one["rus"]) == 1]
    count = PAGES * LINES
    turkmen, russian = ([bead[code][0] for bead in beads] for code in ("tuk", "rus"))
    changed = [
        turkmen[count + number] if number % CHANGED == 0 else turkmen[number]
        for number in range(count)
    ]
    return turkmen[:count], changed, russian[:count]


def write(path, lines, scanned=None):
    """A book of one sentence a paragraph; its last page may be a picture."""
    picture = scanned and render_page(scanned, PAGES, 200)[0].convert("L")
    canvas = Canvas(str(path), pagesize=A5, invariant=1)
    for page in range(PAGES):
        if picture and page == PAGES - 1:
            canvas.drawInlineImage(picture, 0, 0, *A5)
        else:
            text = canvas.beginText(30, A5[1] - 60)
            for sentence in lines[page * LINES : (page + 1) * LINES]:
                text.setFont("Reader", 10, leading=14)
                text.textLines(simpleSplit(sentence, "Reader", 10, A5[0] - 60))
                text.moveCursor(0, 8)
            canvas.drawText(text)
        canvas.showPage()
    canvas.save()


@pytest.fixture(scope="module")
def costs(shared_place, sentences):
    """What there was before the second edition came, and after."""
    if not FONT.exists():
        pytest.skip("the font DejaVu Serif is missing")
    pdfmetrics.registerFont(TTFont("Reader", FONT))
    place, recipe = shared_place, shared_place.recipe(bitexts={})
    jobs = build_defs(recipe)
    first, second, russian = sentences
    write(place.inbox / f"{RUSSIAN}.pdf", russian)
    write(place.inbox / f"{FIRST}.pdf", first)
    place.add_sidecar(RUSSIAN)
    place.add_sidecar(FIRST, language="tuk_Latn")

    def launch(run):
        return (
            jobs.resolve_job_def(run.job)
            .execute_in_process(
                instance=place.instance, partition_key=run.partition, raise_on_error=False
            )
            .success
        )

    def brought_up_to_date():
        noticed = Noticed(datetime.now(UTC), "a-run")
        sources = find_sources(recipe, place.instance, place.store, noticed)
        runs = plan(recipe, sources, Goal.TASKS)
        assert not drive(
            [run for run in runs if run.job in {"read_textbook", "align"}], launch
        ).failed
        return counted(place)

    before = brought_up_to_date()
    plain = place.folder / "plain.pdf"
    write(plain, second)
    write(place.inbox / f"{SECOND}.pdf", second, scanned=plain)
    place.add_sidecar(SECOND, language="tuk_Latn", edition="2")
    return before, brought_up_to_date()


def counted(place):
    """Everything that was ever computed, by what it left behind."""
    files = list((place.folder / "embeddings").rglob("*.sqlite"))
    pages = place.store.partitions("trial", "textbook_pages")
    return {
        "pages": {one.address.partition: one.manifest.ledger["created_at"] for one in pages},
        "scans": sum(one.read()["method"].to_pylist().count("ocr") for one in pages),
        "vectors": sum(map(vector_count, files)),
        "alignments": sum(path.is_file() for path in (place.folder / "alignments").rglob("*")),
        "texts": {
            one.address.partition: set(kept(one.read())["text"].to_pylist())
            for one in place.store.partitions("trial", "textbook_sentences")
        },
        "pairs": kept(place.store.find(Address("trial", "document_pairs")).read()).num_rows,
    }


def vector_count(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM vectors").fetchone()[0]


def test_a_second_edition_costs_its_own_pages_new_sentences_and_one_alignment(costs):
    before, after = costs
    read = [key for key, made_at in after["pages"].items() if before["pages"].get(key) != made_at]
    own = after["texts"][SECOND]
    new = own - set.union(*before["texts"].values())
    embedded = after["vectors"] - before["vectors"]
    aligned = after["alignments"] - before["alignments"]
    print(  # noqa: T201
        f"\neditions read: {len(read)} of {len(after['pages'])}; pages by OCR: {after['scans']} of "
        f"{PAGES}; sentences embedded: {embedded} of {len(own)}; document pairs aligned: "
        f"{aligned} of {after['pairs']}"
    )
    assert read == [SECOND]
    assert (before["scans"], after["scans"]) == (0, 1)
    assert embedded == len(new)
    assert 0 < len(new) < 0.5 * len(own)
    assert (before["pairs"], after["pairs"]) == (1, 2)
    assert aligned == 1
