"""Two ways to Tesseract: pytesseract runs its program, tesserocr has its library in the process.

Both answer in the program's TSV. The engine is its LSTM on one thread: OpenMP's threads slow a page
down, pages in several processes do not. Nothing is imported before it is used: either package may
be missing, and pytesseract brings pandas along.
"""

import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

from PIL import Image, UnidentifiedImageError

from pipeline.errors import InputError

EngineName = Literal["pytesseract", "tesserocr"]

PAGE_SEGMENTATION = (
    6  # one block of text: of the modes 3, 4 and 6 the fewest errors on scanned books
)
VARIABLES = {"textord_noise_rejrows": "0"}  # else it takes some lines of Bangla for noise
ANSWER_SECONDS = 20  # for a question about versions and models
HEADER = (  # of the program's TSV, which the library leaves out
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)
VERSION = re.compile(r"tesseract\s+v?(\d[\w.]*)")
FOLDER = re.compile(r'"(.+)"')


class EngineFailure(Exception):  # noqa: N818 - one try that failed, told to the caller
    """The engine crashed, hung, or answered with something that is not a TSV of words."""


class Engine(Protocol):
    """Reads the picture of a page."""

    def tsv(self, image: Image.Image, dpi: float, model: str, timeout_seconds: float) -> str:
        """Tesseract's table of a grey image: a header, then a row a word, boxes in pixels.

        Raises:
            EngineFailure: there is no answer, or none in time.
        """


class Pytesseract:
    """The program in a process of its own, a page each: the image goes there as a file."""

    def tsv(self, image: Image.Image, dpi: float, model: str, timeout_seconds: float) -> str:
        """See `Engine`."""
        import pytesseract  # noqa: PLC0415 - see the module

        variables = {"tessedit_create_tsv": "1", **VARIABLES}
        config = " ".join(f"-c {name}={value}" for name, value in variables.items())
        config += f" --oem 1 --psm {PAGE_SEGMENTATION} --dpi {round(dpi)}"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.pgm"
            image.save(path)
            try:
                answer: bytes = pytesseract.run_and_get_output(
                    str(path), "tsv", model, config, timeout=timeout_seconds, return_bytes=True
                )
                return answer.decode("utf-8")
            except UnicodeDecodeError as error:
                raise EngineFailure("the OCR engine's answer is not UTF-8") from error
            except pytesseract.TesseractError as error:
                raise EngineFailure(f"the OCR engine ended with status {error.status}") from error
            except RuntimeError as error:
                raise _late(timeout_seconds) from error
            except (OSError, UnidentifiedImageError) as error:
                raise EngineFailure(f"the OCR engine left no answer: {error}") from error


class Tesserocr:
    """The library in this process, which a crash ends; models stay loaded for the next page."""

    def tsv(self, image: Image.Image, dpi: float, model: str, timeout_seconds: float) -> str:
        """See `Engine`."""
        reader = _loaded(model)
        try:
            grey = image.convert("L")
            reader.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
            reader.SetSourceResolution(round(dpi))
            if not reader.Recognize(round(timeout_seconds * 1000)):
                raise _late(timeout_seconds)
            return f"{HEADER}\n{reader.GetTSVText(0)}"
        except (RuntimeError, UnicodeDecodeError) as error:
            raise EngineFailure(f"the OCR engine left no answer: {error}") from error
        finally:
            reader.Clear()


ENGINES: dict[EngineName, Engine] = {"pytesseract": Pytesseract(), "tesserocr": Tesserocr()}


def choose_engine(wanted: Literal["auto", "pytesseract", "tesserocr"]) -> EngineName:
    """The engine that a parameter means on this machine.

    `auto` is tesserocr where it holds the same Tesseract as the program, so that the text is the
    same too, and pytesseract elsewhere: another Tesseract reads other words. PyPI's wheel of
    tesserocr holds its own.

    Raises:
        InputError: tesserocr is asked for and not installed.
    """
    is_installed = find_spec("tesserocr") is not None
    if wanted == "tesserocr" and not is_installed:
        raise InputError(
            "tesserocr is not installed: see `docs/sources.md`, or set `ocr_engine: auto`"
        )
    if wanted != "auto":
        return wanted
    is_same = is_installed and program_version() == library_version()
    return "tesserocr" if is_same else "pytesseract"


def other_engines(chosen: EngineName) -> list[EngineName]:
    """Installed engines that hold another Tesseract than the chosen one, and so may read better."""
    if find_spec("tesserocr") is None or program_version() == library_version():
        return []
    return [name for name in ENGINES if name != chosen]


def program() -> str | None:
    """Where the program `tesseract` is; None where it is not."""
    return shutil.which("tesseract")


def program_version() -> str | None:
    """Version of the program, such as `5.3.0`; None where there is none, or it does not say."""
    answer = ask("--version")
    found = VERSION.search(answer) if answer is not None else None
    return found[1] if found else None


def library_version() -> str | None:
    """Version of Tesseract that tesserocr holds."""
    import tesserocr  # noqa: PLC0415 - see the module

    found = VERSION.search(tesserocr.tesseract_version())
    return found[1] if found else None


def ask(question: str) -> str | None:
    """What the program answers to an option such as `--list-langs`; None where it does not."""
    command = program()
    if command is None:
        return None
    try:
        answer = subprocess.run(
            [command, question], capture_output=True, timeout=ANSWER_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return (answer.stdout + answer.stderr).decode(errors="replace")


@lru_cache(maxsize=4)
def _loaded(model: str) -> Any:  # noqa: ANN401 - a class of an extension module
    import tesserocr  # noqa: PLC0415 - see the module

    found = FOLDER.search(ask("--list-langs") or "")
    try:
        return tesserocr.PyTessBaseAPI(
            path=found[1] if found else "",
            lang=model,
            oem=tesserocr.OEM.LSTM_ONLY,
            psm=PAGE_SEGMENTATION,
            variables=VARIABLES,
        )
    except RuntimeError as error:
        raise EngineFailure(f"tesserocr cannot load the model {model}: {error}") from error


def _late(seconds: float) -> EngineFailure:
    return EngineFailure(f"the OCR engine did not answer within {seconds:g} s")
