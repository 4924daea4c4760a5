import resource
import time
from collections import Counter

import pytest

from pipeline.parameters import TextbookParams
from pipeline.settings import test_data as data_folder
from pipeline.textbooks.reader import read_pages

BAD_PDFS = data_folder() / "bad_pdfs"
PARAMS = TextbookParams()

pytestmark = pytest.mark.skipif(not BAD_PDFS.is_dir(), reason="the bad PDFs are not here")


def assert_ends_as_rows(path):
    pages = read_pages(path, "eng_Latn", f"textbooks/{path.stem}", PARAMS)
    assert pages.num_rows > 0
    for page in pages.to_pylist():
        assert page["text"] or page["reject_reason"]
        assert page["method"] in {"text_layer", "ocr", "none"}
    return pages


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
@pytest.mark.timeout(84 * 60)
def test_every_hostile_file_ends_as_rows_within_30_seconds_and_2_gib():
    """Prints seconds by the clock and of the processor, and the largest child so far, by file."""
    late = []
    for path in sorted(BAD_PDFS.glob("*.pdf")):
        start, used = time.monotonic(), children_seconds()
        pages = assert_ends_as_rows(path)
        wall, busy = time.monotonic() - start, children_seconds() - used
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # KB on Linux
        methods = Counter(pages["method"].to_pylist())
        print(f"{path.name:<36} {wall:6.1f} s {busy:5.1f} s {peak:5.0f} MB  {dict(methods)}")  # noqa: T201 - the table
        assert peak < 2048
        if wall > 30:
            late.append(path.name)
    assert not late
