"""Which engine and which of Tesseract's models read the pages of a language on this machine."""

import dataclasses
from contextlib import suppress
from pathlib import Path

from pipeline.errors import InputError
from pipeline.languages import Language, language, language_codes
from pipeline.parameters import TextbookParams
from pipeline.textbooks.engines import EngineName, ask, choose_engine, other_engines, program


@dataclasses.dataclass(frozen=True)
class Model:
    """Tesseract's name for a model, such as `rus` or `script/Latin`, and the language it reads."""

    language: str
    name: str


@dataclasses.dataclass(frozen=True)
class OcrPlan:
    """How the pages of a document are read: the same for all of them, plain data.

    `quoted` are models of languages in other scripts that may stand on a page too.
    """

    engine: EngineName
    own: Model
    quoted: tuple[Model, ...]
    resolution_dpi: int
    timeout_seconds: float


def plan_ocr(own: Language, params: TextbookParams) -> OcrPlan:
    """Choose engine and models.

    Raises:
        InputError: Tesseract, the engine or a model is missing, or a language is unknown. A usual
            companion whose model is missing is left out instead.
    """
    return OcrPlan(
        choose_engine(params.ocr_engine),
        Model(own.code, installed_model(own)),
        tuple(_quoted_models(own, params.quoted_languages)),
        params.resolution_dpi,
        params.page_timeout_seconds,
    )


def plans_to_compare(own: Language, params: TextbookParams) -> list[OcrPlan]:
    """How a language could be read on this machine: as it is first, then by all other ways.

    Every installed model of the same script that some language names, each in every engine that
    holds a Tesseract of its own. Quotations are not asked about.

    Raises:
        InputError: as in `plan_ocr`, for the language's own model.
    """
    plan = plan_ocr(own, params.model_copy(update={"quoted_languages": ""}))
    names = [plan.own.name]
    for one in map(language, language_codes()):
        if one.script == own.script:
            with suppress(InputError):
                names.append(installed_model(one))
    return [
        dataclasses.replace(plan, engine=engine, own=Model(own.code, name))
        for engine in (plan.engine, *other_engines(plan.engine))
        for name in dict.fromkeys(names)
    ]


def _quoted_models(own: Language, wanted: str) -> list[Model]:
    is_usual = wanted == "usual"
    codes = own.quoted if is_usual else [code.strip() for code in wanted.split(",")]
    models = []
    for each in (language(code) for code in codes if code):
        if each.script == own.script:
            continue
        try:
            models.append(Model(each.code, installed_model(each)))
        except InputError:
            if not is_usual:
                raise
    return models


def installed_model(wanted: Language) -> str:
    """Tesseract's name for a language's model on this machine, such as `rus` or `script/Latin`.

    A script's model lies in the folder `script` or, on Debian, beside the others. An engine that
    cannot even list its models is taken at its word: its pages will be rejected one by one.

    Raises:
        InputError: Tesseract or the model is missing; the message names the package to install.
    """
    if program() is None:
        raise InputError("Tesseract is not installed: apt-get install tesseract-ocr")
    parts = wanted.tesseract.split("+")
    listing = ask("--list-langs")
    if listing is None:
        return wanted.tesseract
    installed = {line.strip() for line in listing.splitlines()}
    names = [
        next((name for name in (part, Path(part).name) if name in installed), None)
        for part in parts
    ]
    if None in names:
        raise InputError(
            f"Tesseract lacks the model {wanted.tesseract} that reads {wanted.name}: "
            f"apt-get install {' '.join(wanted.packages)}"
        )
    return "+".join(filter(None, names))
