"""A news site as configuration: where a visit begins, which pages are articles, how they are read.

A site stands in a recipe or in a file of `recipes/sites/`, which recipes name and may override.
"""

import re
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cssselect import HTMLTranslator, SelectorError
from pydantic import Field, ValidationError, field_validator, model_validator

from pipeline import settings
from pipeline.errors import InputError
from pipeline.languages import language
from pipeline.sections import Section, explanations
from pipeline.yaml_files import expanded, merged, read_mapping

TwinSign = Literal["hreflang", "id", "path", "day_and_image"]
"""What the versions of an article may share."""

_REFERENCE = "site"  # the key of a recipe that names a file


class Discovery(Section):
    """Lists of pages that a site keeps for machines; a crawl reads them before it follows links."""

    sitemaps: tuple[str, ...] = Field(
        (), description="addresses, or paths that are tried beside every home page"
    )
    feeds: tuple[str, ...] = Field((), description="RSS or Atom, likewise")
    has_robots_sitemaps: bool = Field(
        default=False, description="whether the sitemaps that robots.txt names are read as well"
    )

    @property
    def is_empty(self) -> bool:
        """Whether links alone lead to the articles."""
        return not (self.sitemaps or self.feeds or self.has_robots_sitemaps)


class Selectors(Section):
    """CSS selectors of an article's parts; a part without one is found by general rules."""

    title: str | None = None
    text: str | None = Field(None, description="its paragraphs, or boxes that hold them")
    date: str | None = None
    image: str | None = None
    removed: tuple[str, ...] = Field((), description="boxes that are no part of an article")

    @field_validator("title", "text", "date", "image", "removed")
    @classmethod
    def _are_css(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for selector in (value,) if isinstance(value, str) else value or ():
            try:
                HTMLTranslator().css_to_xpath(selector)
            except SelectorError as error:
                raise ValueError(f"{selector!r} is no CSS selector: {error}") from error
        return value


class DateNotation(Section):
    """How a site writes days, as far as it is not plain from the text and the languages."""

    formats: tuple[str, ...] = Field(
        (), description="as strptime has them, tried first: %m/%d/%Y where months come first"
    )
    months: dict[str, int] = Field(
        {}, description="names of months beyond those of CLDR, such as {Ruhnama: 9}"
    )
    time_zone: str | None = Field(
        None, description="whose days count for moments given with an offset, e.g. Asia/Ashgabat"
    )

    @field_validator("months")
    @classmethod
    def _are_months(cls, months: dict[str, int]) -> dict[str, int]:
        if wrong := [name for name, number in months.items() if number not in range(1, 13)]:
            raise ValueError(f"{wrong[0]!r} is not the name of a month from 1 to 12")
        return months

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, name: str | None) -> str | None:
        try:
            return name and ZoneInfo(name).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone of the IANA, such as Asia/Ashgabat") from error


class NewsSite(Section):
    """A news site and how its pages are to be read."""

    home: tuple[str, ...] = Field(
        min_length=1, description="where the crawl starts, e.g. one front page per language"
    )
    languages: dict[str, str] = Field(
        min_length=1, description="the site's own codes, e.g. {tk: tuk_Latn, ru: rus_Cyrl}"
    )
    default_language: str | None = Field(
        None, description="the site's own code of pages whose address tells none"
    )
    language_by_host: dict[str, str] = Field(
        {}, description="the site's own codes, where languages have hosts of their own"
    )
    article: str = Field(
        description="regular expression of an article's path; with the groups `language` and `id`"
        " where it holds them. Without a language in address or host the text decides"
    )
    licence: str = Field(description="of the texts, or `unknown`")
    verified: bool = Field(
        default=False, description="whether somebody has compared this entry with the live site"
    )
    note: str = Field("", description="where the entry comes from")
    follow: tuple[str, ...] = Field(
        (), description="regular expressions of paths to visit beside articles; none: everything"
    )
    avoid: tuple[str, ...] = Field((), description="regular expressions of paths never visited")
    discovery: Discovery = Field(default_factory=Discovery)
    selectors: Selectors = Field(default_factory=Selectors)
    dates: DateNotation = Field(default_factory=DateNotation)
    twins: tuple[TwinSign, ...] = Field(
        get_args(TwinSign),
        description="what versions of an article share on this site; other signs are left out."
        " Articles without a twin are compared by their texts in any case",
    )
    served_at: str | None = Field(
        None,
        pattern=r"^[\w.-]+:\d+$",
        description="host:port that answers for the site, such as a rehearsal's own server",
    )

    @field_validator("languages")
    @classmethod
    def _are_known(cls, codes: dict[str, str]) -> dict[str, str]:
        return {own: language(code).code for own, code in codes.items()}

    @field_validator("article", "follow", "avoid")
    @classmethod
    def _are_regular(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for pattern in (value,) if isinstance(value, str) else value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _languages_are_its_own(self) -> "NewsSite":
        named = [*self.language_by_host.values(), self.default_language]
        if unknown := [code for code in named if code and code not in self.languages]:
            raise ValueError(
                f"{unknown[0]!r} is none of its languages: {', '.join(self.languages)}"
            )
        hosts = {urlsplit(url).netloc for url in self.home}
        if homeless := sorted(self.language_by_host.keys() - hosts):
            raise ValueError(f"language_by_host: no home page is at {homeless[0]}")
        return self


def site_names() -> list[str]:
    """Sites in `recipes/sites/`, sorted."""
    return sorted(path.stem for path in (settings.recipe_folder() / "sites").glob("*.yaml"))


def load_site(name_or_path: str) -> NewsSite:
    """Read `recipes/sites/<name>.yaml`, or the file at a path.

    Raises:
        InputError: no such site, or a wrong entry; the message holds the key and what would do.
    """
    content = site_content(name_or_path)
    try:
        return NewsSite.model_validate(content)
    except ValidationError as error:
        told = "; ".join(explanations(error, NewsSite))
        raise InputError(f"site {name_or_path}: {told}") from error


def site_content(entry: Any, above: tuple[Path, ...] = ()) -> Any:  # noqa: ANN401 - of YAML
    """What an entry stands for: itself, or a site's file with the entry's keys over it.

    Args:
        entry: keys of a site; a site's name or path; or `site: NAME` beside keys that replace the
            file's own, of which null removes one. A file may build on another in the same way.
        above: files that led here.

    Raises:
        InputError: there is no such file, it is no YAML, or it builds on itself.
    """
    if isinstance(entry, str):
        entry = {_REFERENCE: entry}
    if not isinstance(entry, dict) or _REFERENCE not in entry:
        return entry
    path = _site_path(str(entry[_REFERENCE]))
    if path in above:
        raise InputError(f"{path} builds on itself")
    content = expanded(read_mapping(path, example="home: [https://example.org/]"), path)
    base = site_content(content, (*above, path))
    return merged(base, {key: value for key, value in entry.items() if key != _REFERENCE})


def site_schema() -> dict[str, Any]:
    """JSON Schema of a site's file, for editors; a recipe may add what the file leaves out."""
    schema = NewsSite.model_json_schema()
    del schema["required"]
    return schema


def _site_path(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = settings.recipe_folder() / "sites" / f"{name_or_path}.yaml"
    path = settings.project_root() / path
    if not path.is_file():
        raise InputError(f"no site {name_or_path!r}; there are {', '.join(site_names())}")
    return path
