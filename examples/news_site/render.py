"""Renders the stories to the pages of the site (pure; same stories, same bytes).

Around the articles stand the things that a crawler meets on real sites: navigation, advertisements,
a part closed by robots.txt, a moved page and a dead link.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from stories import CATEGORIES, LANGUAGES, Story, edited, load_stories

FOLDER = Path(__file__).parent
HOST = "habar.example"
STORIES_PER_PAGE = 10
RELATED_COUNT = 3
MOVED = "/arhiw/library.html"  # an old address of the story MOVED_TO
MOVED_TO = 1402
DEAD = "/ru/novosti/1399/interview"  # linked from the Russian front page, never there
ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /search\n"
HTML = "text/html; charset=utf-8"
_HUES = {name: 60 * number for number, name in enumerate(CATEGORIES)}


@dataclass(frozen=True)
class Page:
    """An answer of the server; `location` is where a moved page went."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    location: str | None = None

    @property
    def etag(self) -> str:
        """Strong validator: a hash of the body, in quotes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


def pages(edits: Path | None = None) -> dict[str, Page]:
    """Render the site as it is, or as it is after a file of edits."""
    stories = load_stories()
    return render_site(edited(stories, edits) if edits else stories)


def render_site(stories: Sequence[Story]) -> dict[str, Page]:
    """Render all pages by path; the page "404" is for every path that is not there.

    Args:
        stories: newest first.
    """
    site = _Site(stories)
    moved_to = next(site.address(story, "ru") for story in stories if story.id == MOVED_TO)
    return {
        "/": Page(b"", status=301, location="/tk/"),
        MOVED: Page(b"", status=301, location=moved_to),
        "/robots.txt": Page(ROBOTS.encode(), "text/plain; charset=utf-8"),
        "/style.css": Page((FOLDER / "style.css").read_bytes(), "text/css; charset=utf-8"),
        "/admin/": site.notice("/admin/", "staff", 403),
        "/search": site.notice("/search", "search"),
        "404": site.notice("/", "missing", 404),
        **{f"/media/{story.image}": _image(story) for story in stories},
        **dict(site.articles()),
        **dict(site.lists()),
    }


class _Site:
    def __init__(self, stories: Sequence[Story]) -> None:
        self._stories = stories
        self._words = yaml.safe_load((FOLDER / "words.yaml").read_text(encoding="utf-8"))
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            trim_blocks=True,
            undefined=StrictUndefined,
        )

    def address(self, story: Story, language: str) -> str:
        return f"/{language}/{self._words[language]['article']}/{story.id}/{story.slug}"

    def articles(self) -> Iterator[tuple[str, Page]]:
        for language in LANGUAGES:
            stories = self._in(language)
            for place, story in enumerate(stories):
                following = range(place + 1, place + 1 + RELATED_COUNT)
                related = [stories[number % len(stories)] for number in following]
                yield self.address(story, language), self._article(story, language, related)

    def lists(self) -> Iterator[tuple[str, Page]]:
        for language in LANGUAGES:
            stories = self._in(language)
            words = self._words[language]
            starts = range(0, len(stories), STORIES_PER_PAGE)
            chunks = [stories[start : start + STORIES_PER_PAGE] for start in starts]
            yield f"/{language}/", self._front(language, chunks[0], len(chunks))
            for number, chunk in enumerate(chunks, start=1):
                path = f"/{language}/list/page-{number}/"
                heading = f"{words['news']}. {words['page']} {number}"
                yield path, self._list(language, path, heading, chunk, len(chunks))
            for code, name in words["categories"].items():
                path = f"/{language}/category/{code}/"
                chosen = [story for story in stories if story.category == code]
                yield path, self._list(language, path, name, chosen)

    def notice(self, path: str, word: str, status: int = 200) -> Page:
        page = self._list("tk", path, self._words["tk"][word], [])
        return replace(page, status=status)

    def _in(self, language: str) -> list[Story]:
        return [story for story in self._stories if language in story.page_languages]

    def _article(self, story: Story, language: str, related: Sequence[Story]) -> Page:
        versions = {code: self.address(story, code) for code in story.page_languages}
        is_linked = story.has_language_links and len(versions) > 1
        return self._page(
            "article.html.j2",
            language,
            self.address(story, language),
            story.title_on(language),
            alternates=versions if is_linked else {},
            story=story,
            paragraphs=story.text_on(language),
            related=related,
        )

    def _front(self, language: str, stories: Sequence[Story], page_count: int) -> Page:
        words = self._words[language]
        texts = words.get("archive_links", [])
        archive = dict(zip((MOVED, DEAD), texts, strict=False))  # only one language has them
        path = f"/{language}/"
        return self._list(language, path, words["slogan"], stories, page_count, archive)

    def _list(
        self,
        language: str,
        path: str,
        heading: str,
        stories: Sequence[Story],
        page_count: int = 1,
        archive: Mapping[str, str] = MappingProxyType({}),
    ) -> Page:
        return self._page(
            "list.html.j2",
            language,
            path,
            heading,
            alternates={},
            stories=stories,
            page_count=page_count,
            archive=archive,
        )

    def _page(
        self,
        template: str,
        language: str,
        path: str,
        heading: str,
        *,
        alternates: Mapping[str, str],
        **shown: Any,  # noqa: ANN401 - whatever the template names
    ) -> Page:
        html = self._templates.get_template(template).render(
            language=language,
            languages=[*LANGUAGES],
            path=path,
            heading=heading,
            origin=f"http://{HOST}",
            words=self._words[language],
            address=self.address,
            alternates=alternates,
            switch={code: f"/{code}/" for code in LANGUAGES} | dict(alternates),
            **shown,
        )
        return Page(html.encode())


def _image(story: Story) -> Page:
    """A landscape of hills under a sun, its shapes and colours taken from the story's address."""
    sun_x, sun_y, hill_1, hill_2, *_ = hashlib.sha256(story.slug.encode()).digest()
    hue = _HUES[story.category]
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360">
<rect width="640" height="360" fill="hsl({hue} 45% 85%)"/>
<circle cx="{80 + 2 * sun_x}" cy="{60 + sun_y // 4}" r="42" fill="hsl(45 90% 65%)"/>
<path d="M0 360V{200 + hill_1 // 4}Q160 {120 + hill_2 // 3} 320 240T640 220V360z" fill="hsl({hue} 35% 55%)"/>
<path d="M0 360V290Q200 {220 + hill_1 // 4} 400 300T640 {260 + hill_2 // 5}V360z" fill="hsl({hue} 40% 38%)"/>
</svg>
"""  # noqa: E501 - a path is one line
    return Page(svg.encode(), "image/svg+xml")
