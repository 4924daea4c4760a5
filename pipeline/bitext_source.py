"""What a recipe says of one bitext: where it lies, in which columns and languages, whose it is."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipeline import settings
from pipeline.hub_data import HubData
from pipeline.languages import language
from pipeline.sections import Section

_BITEXT_SUFFIXES = (".tmx", ".tmx.gz", ".tsv", ".tsv.gz", ".po", ".mo")
_BITEXT_FILES = ("moses", "tmx", "tsv", "po", "mo")
_FORMATS_OF_BITEXT_KEYS = {
    "columns": ("tsv", "hub"),
    "has_header": ("tsv",),
    "are_documents": ("hub",),
    "languages": ("po", "mo"),
    "codes": ("tmx",),
    "licence": (*_BITEXT_FILES, "hub"),
    "provenance": (*_BITEXT_FILES, "hub"),
}
_NEEDED_BITEXT_KEYS = dict.fromkeys(_BITEXT_FILES, ("licence", "provenance")) | {
    "po": ("languages", "licence", "provenance"),
    "mo": ("languages", "licence", "provenance"),
    "hub": ("columns", "licence"),
}


class BitextSource(Section):
    """Translations that exist already: a catalogue of this machine, files, or data on the hub."""

    catalogue: Literal["django", "babel", "debian"] | None = Field(
        None, description="of installed packages"
    )
    file: Path | None = Field(None, description=f"ends in {', '.join(_BITEXT_SUFFIXES)}")
    files: dict[str, Path] = Field(
        default_factory=dict, description="line n of one beside line n of the others, by language"
    )
    hub: HubData | None = Field(None, description="a data set on the hub, or a folder laid out so")
    columns: dict[str, str] | tuple[str, ...] | None = Field(
        None,
        description="of a TSV: {uz: uzn_Latn, ru: rus_Cyrl} by its header, or by their places"
        ' [tuk_Latn, rus_Cyrl, "-"]; left out, the header names languages; of a data set on the'
        " hub by name, translation.uz within translation",
    )
    are_documents: bool = Field(
        default=False,
        description="rows hold whole texts, line n of one language beside line n of the other",
    )
    has_header: bool = Field(default=False, description="columns by their places follow a header")
    languages: tuple[str, str] | None = Field(
        None, description="of a PO or MO: of the ids, then of the translations"
    )
    codes: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="a TMX's own names, e.g. {uzn_Cyrl: [uz]}"
    )
    licence: str = Field("", description="of files and data sets: an SPDX name, or `unknown`")
    provenance: str = Field(
        "", description="of files: where they came from, such as a URL; a data set knows its own"
    )

    @field_validator("file")
    @classmethod
    def _is_of_a_known_format(cls, path: Path | None) -> Path | None:
        if path is not None and not path.name.endswith(_BITEXT_SUFFIXES):
            known = ", ".join(_BITEXT_SUFFIXES)
            raise ValueError(f"the name of a bitext ends in {known}; `files` takes plain text")
        return path and settings.project_root() / path

    @field_validator("files")
    @classmethod
    def _are_line_parallel(cls, files: dict[str, Path]) -> dict[str, Path]:
        if len(files) == 1:
            raise ValueError("`files` takes two or more, one for each language")
        return {language(code).code: settings.project_root() / path for code, path in files.items()}

    @model_validator(mode="after")
    def _is_one_source(self) -> "BitextSource":
        named = [key for key in ("catalogue", "file", "files", "hub") if getattr(self, key)]
        if len(named) != 1:
            found = " and ".join(f"`{key}`" for key in named) or "none"
            raise ValueError(
                f"wants exactly one of `catalogue`, `file`, `files` and `hub`; found {found}"
            )
        for key, formats in _FORMATS_OF_BITEXT_KEYS.items():
            if getattr(self, key) and self.format not in formats:
                raise ValueError(f"`{key}` is not for {self.format}, but for {', '.join(formats)}")
        needed = _NEEDED_BITEXT_KEYS.get(self.format, ())
        if missing := [f"`{key}`" for key in needed if not getattr(self, key)]:
            raise ValueError(
                f"{self.format} needs {' and '.join(missing)} (a licence may be `unknown`)"
            )
        if self.hub and not isinstance(self.columns, dict):
            raise ValueError("columns of a data set on the hub go by their names: {tk: tuk_Latn}")
        return self

    @model_validator(mode="after")
    def _holds_known_languages(self) -> "BitextSource":
        for key in ("columns", "languages"):
            codes = [language(code).code for code in self._codes(key)]
            if len(set(codes)) < len(codes):
                raise ValueError(f"`{key}` names a language twice: {', '.join(codes)}")
            if len(codes) == 1:
                raise ValueError(f"`{key}` names {codes[0]} alone; a pair takes two languages")
        for code in self.codes:
            language(code)
        return self

    @property
    def format(self) -> str:
        """`django`, `babel`, `debian`, `hub`, `tmx`, `tsv`, `po`, `mo`, `moses` (line-parallel)."""
        name = self.file.name.removesuffix(".gz") if self.file else ""
        named = self.catalogue or name.rpartition(".")[2]
        return named or ("hub" if self.hub else "moses")

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is read; none for a catalogue and for data on the hub."""
        return (self.file,) if self.file else tuple(self.files.values())

    @property
    def name(self) -> str:
        """For people: what is read."""
        if self.catalogue:
            return f"catalogue {self.catalogue!r}"
        return self.hub.dataset if self.hub else " + ".join(path.name for path in self.paths)

    @property
    def stated_languages(self) -> tuple[str, ...]:
        """Those the entry itself names; empty where only reading can tell."""
        return tuple(self.files) or self._codes("columns") or self._codes("languages")

    def sampled(self, row_count: int) -> "BitextSource":
        """The same source, of which a data set on the hub gives so many rows at most."""
        if self.hub is None:
            return self
        fewest = min(row_count, self.hub.most_rows or row_count)
        return self.model_copy(update={"hub": self.hub.model_copy(update={"most_rows": fewest})})

    def _codes(self, key: str) -> tuple[str, ...]:
        value = getattr(self, key) or ()
        codes = value.values() if isinstance(value, dict) else value
        return tuple(code for code in codes if code != "-")
