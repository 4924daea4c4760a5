import pytest

from pipeline.parameters import TextbookParams
from pipeline.settings import test_data as data_folder
from pipeline.textbooks.reader import read_pages

BAD_PDFS = data_folder() / "bad_pdfs"
PARAMS = TextbookParams(page_timeout_seconds=60)

pytestmark = pytest.mark.skipif(not BAD_PDFS.is_dir(), reason="the bad PDFs are not here")


def assert_ends_as_rows(path):
    pages = read_pages(path, "eng_Latn", f"textbooks/{path.stem}", PARAMS)
    assert pages.num_rows > 0
    for page in pages.to_pylist():
        assert page["text"] or page["reject_reason"]
        assert page["method"] in {"text_layer", "ocr", "none"}


@pytest.mark.parametrize(
    "name",
    [
        "f_15390.fuzz",
        "m_zen_of_python_corrupted",
        "o_enormous",
        "o_invalid",
        "q_bad34",
    ],
)
def test_a_hostile_file_ends_as_rows(name):
    assert_ends_as_rows(BAD_PDFS / f"{name}.pdf")


@pytest.mark.slow
def test_every_hostile_file_ends_as_rows():
    for path in sorted(BAD_PDFS.glob("*.pdf")):
        assert_ends_as_rows(path)
