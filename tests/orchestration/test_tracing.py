"""From a pair back to its page, its URL, or its entry, as the UI shows it."""

import base64
import io
import json
import re

import pytest
from PIL import Image

from assets.resources import ArtefactStore
from pipeline.storage import Address, Fingerprint
from pipeline.tables import PARALLEL_CORPUS, as_table
from sensors.tracing import build_trace_job

PAGE = {"page": 1, "box": [30.0, 50.0, 300.0, 70.0]}
ROW = {
    "origin": "mined",
    "source_document": "textbooks/camel.rus_Cyrl",
    "target_document": "news/orient/5",
    "source_language": "rus_Cyrl",
    "target_language": "tuk_Latn",
    "source_text": "Верблюд",
    "target_text": "<b>Düýe</b>",
    "licence": "CC0-1.0",
    "cosine": 0.9,
    "split": "dev",
}


def locator(page_number):
    place = {"url": "https://orient.test/tk/5", "paragraph": 2}
    return json.dumps({"source": [PAGE | {"page": page_number}], "target": [place]})


ROWS = [
    ROW | {"pair_id": "of a book and an article", "locator": locator(1)},
    ROW | {"pair_id": "of a page that is not there", "locator": locator(9)},
    ROW
    | {
        "pair_id": "of a bitext",
        "source_document": "bitexts/django",
        "target_document": "bitexts/django",
        "locator": "auth/django.po#Save",
    },
    ROW | {"pair_id": "of a script", "locator": json.dumps(
        {"source": [{"url": "javascript:alert(1)"}], "target": []})},
]  # fmt: skip


@pytest.fixture
def shown(place):
    """What the UI shows of a pair."""
    place.add_book("camel.rus_Cyrl")
    made = Fingerprint(code_version="1", parameters={}, inputs={})
    corpus = as_table(ROWS, PARALLEL_CORPUS)
    place.store.publish(Address("trial", "parallel_corpus"), corpus, fingerprint=made)

    def show(pair_id):
        result = build_trace_job(place.recipe()).execute_in_process(
            run_config={"ops": {"show_pair": {"config": {"pair_id": pair_id}}}},
            resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
            instance=place.instance,
            raise_on_error=False,
        )
        if not result.success:
            return result
        (event,) = result.filter_events(lambda event: event.is_successful_output)
        metadata = event.step_output_data.metadata
        return metadata["pair"].md_str, metadata["sources"].md_str

    return show


def test_a_page_is_shown_with_the_place_framed_and_an_article_with_its_address(shown):
    pair, sources = shown("of a book and an article")
    assert "cosine 0.900" in pair
    assert "licence CC0-1.0" in pair
    assert "target: news/orient/5, paragraph 2: <https://orient.test/tk/5>" in sources
    picture = re.search(r"!\[page 1\]\(data:image/jpeg;base64,([^)]+)\)", sources)[1]
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    left, top = (round(side * 110 / 72) for side in PAGE["box"][:2])
    assert image.height > image.width
    frame = [image.getpixel((left + offset, top - 2)) for offset in range(40)]
    assert max(frame) < 160  # a grey line on white paper


def test_texts_are_shown_as_they_are_and_never_as_markup(shown):
    pair, _ = shown("of a book and an article")
    assert all(line.startswith("    ") for line in pair.splitlines())


def test_an_entry_of_a_translation_memory_is_named_with_its_file(shown):
    _, sources = shown("of a bitext")
    assert sources == "both sides: bitexts/django: `auth/django.po` entry `Save`"


def test_a_page_without_a_picture_says_why(shown):
    _, sources = shown("of a page that is not there")
    assert "(no picture: " in sources
    assert "has 1 pages and no page 9" in sources


def test_a_book_that_was_taken_out_of_the_inbox_is_named(shown, place):
    (place.inbox / "camel.rus_Cyrl.pdf").unlink()
    (place.inbox / "camel.rus_Cyrl.yaml").unlink()
    _, sources = shown("of a book and an article")
    assert "textbooks/camel.rus_Cyrl, page 1" in sources
    assert "(no picture: the book is no longer in the inbox)" in sources


def test_an_address_that_is_not_of_the_web_is_no_link(shown):
    _, sources = shown("of a script")
    assert "`javascript:alert(1)`" in sources
    assert "<javascript" not in sources


def test_an_unknown_pair_ends_in_one_sentence(shown, failure_of):
    reason = failure_of(shown("nowhere"))
    assert reason.startswith("no pair 'nowhere' in the corpus of 'trial'")
    assert "\n" not in reason
