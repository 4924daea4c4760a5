"""A place of its own for every test, and stand-ins for assets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
import yaml
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from assets.building import build_asset
from assets.partitions import Partitioning
from assets.resources import Artefacts, ArtefactStore
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.parameters import SentenceParams
from pipeline.recipe import Recipe
from pipeline.storage import Address, Artefact, Fingerprint, GateVerdict, Store
from pipeline.tables import TEXTBOOK_PAGES, as_table
from sensors.editions import Noticed, reconcile_editions

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
RUSSIAN = [
    "Верблюда с древних времён называют кораблём пустыни.",
    "Его широкие ступни не вязнут в песке даже в жару.",
    "Длинные ресницы защищают глаза верблюда от пыли.",
    "Весной на холмах цветут красные маки и тюльпаны.",
]


@dataclass
class Place:
    """Everything a recipe touches, below one folder."""

    folder: Path
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def store(self) -> Store:
        return Store(str(self.folder / "store"))

    def settings(self) -> dict[str, str]:
        """Environment variables that lead Dutar here."""
        return {
            "DUTAR_STORE": str(self.folder / "store"),
            "DUTAR_WORK": str(self.work),
            "DUTAR_REPORTS": str(self.folder / "reports"),
            "DUTAR_TRACKING": str(self.folder / "tracking"),
            "DUTAR_EMBEDDINGS": str(self.folder / "embeddings"),
            "DUTAR_ALIGNMENTS": str(self.folder / "alignments"),
            "DUTAR_LABEL_STUDIO_URL": "",
        }

    def recipe(self, **changes: object) -> Recipe:
        return Recipe.model_validate(
            {
                "name": "trial",
                "title": "A trial",
                "focus": "tuk_Latn",
                "pivots": ["rus_Cyrl"],
                "inbox": str(self.inbox),
                "textbooks": {"compared_page_count": 0, "resolution_dpi": 120},  # for speed
                "bitexts": {"cldr": {"catalogue": "babel"}, "django": {"catalogue": "django"}},
            }
            | changes
        )

    def add_sidecar(self, key: str, **changes: str) -> None:
        facts = {
            "title": "Верблюд",
            "book": "camel",
            "language": "rus_Cyrl",
            "edition": "1",
            "licence": "Apache-2.0",
            "origin": "written for this test",
        }
        text = yaml.safe_dump(facts | changes, allow_unicode=True)
        (self.inbox / f"{key}.yaml").write_text(text, "utf-8")

    def add_book(self, key: str, lines: Sequence[str] = RUSSIAN, **options: Any) -> None:
        """A born-digital PDF of one page, and its sidecar; options are the canvas's."""
        if not FONT.exists():
            pytest.skip("the font DejaVu Serif is missing")
        pdfmetrics.registerFont(TTFont("Reader", FONT))
        canvas = Canvas(str(self.inbox / f"{key}.pdf"), pagesize=A5, invariant=1, **options)
        text = canvas.beginText(30, A5[1] - 60)
        text.setFont("Reader", 11, leading=18)
        text.textLines(lines)
        canvas.drawText(text)
        canvas.showPage()
        canvas.save()
        self.add_sidecar(key)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    here = Place(tmp_path)
    here.inbox.mkdir()
    for name, value in here.settings().items():
        monkeypatch.setenv(name, value)
    return here


@pytest.fixture
def two_books(place):
    """The recipe of two editions that are known and published, `first` and `second`."""
    for key in ("first", "second"):
        place.add_sidecar(key)
    recipe = place.recipe()
    noticed = Noticed(datetime(2026, 11, 3, 10, tzinfo=UTC), "a-run")
    reconcile_editions(recipe, place.instance, place.store, noticed)
    for key in ("first", "second"):
        address = Address("trial", "textbook_pages", key)
        place.store.publish(address, as_table([], TEXTBOOK_PAGES), fingerprint=Fingerprint("1"))
    return recipe


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory):
    """The same for all tests of a file."""
    here = Place(tmp_path_factory.mktemp("place"))
    here.inbox.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in here.settings().items():
            patch.setenv(name, value)
        yield here


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """What the UI shows of the one step that failed."""
    (event,) = [event for event in result.all_events if event.is_step_failure]
    data = event.step_failure_data
    return data.user_failure_data.description if data.user_failure_data else data.error.to_string()


@pytest.fixture(name="failure_of")
def _failure_of():
    return failure_of


@dataclass
class World:
    """Whatever an asset may depend on, and what its bodies did."""

    outside_hash: str = "a"
    code_version: str = "1"
    limit_factor: int = 1
    errors: list[Exception] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)
    found_in_work: list[str] = field(default_factory=list)

    def verdict(self, name: str) -> GateVerdict:
        return GateVerdict("is_even", name not in self.refused, f"{name} was looked at closely")


def declare(world: World):
    """`numbers` -> `doubled`, and `parts` (partitioned) -> `whole`."""

    def numbers(stage: Stage, params: SentenceParams) -> Product:
        world.calls.append("numbers")
        world.found_in_work += [path.name for path in stage.work_folder.iterdir()]
        (stage.work_folder / "half_done").touch()
        if world.errors:
            raise world.errors.pop(0)
        limit = params.max_sentence_characters * world.limit_factor
        return Product(pa.table({"limit": [limit]}), [world.verdict("numbers")])

    def doubled(_: Stage, numbers: Artefact) -> Product:
        world.calls.append("doubled")
        (limit,) = numbers.read()["limit"].to_pylist()
        return Product(pa.table({"limit": [2 * limit]}))

    def parts(stage: Stage) -> Product:
        world.calls.append(f"parts {stage.partition}")
        return Product(pa.table({"part": [stage.partition]}), [world.verdict(stage.partition)])

    def whole(_: Stage, parts: Artefacts) -> Product:
        world.calls.append("whole")
        return Product(pa.concat_tables(part.read() for part in parts))

    def outside(*_: object) -> dict[str, str]:
        return {"file": world.outside_hash}

    facts = {"group": "trial", "code_version": world.code_version}
    return [
        stage_asset(**facts, gates=("is_even",), outside=outside)(numbers),
        stage_asset(**facts)(doubled),
        stage_asset(**facts, gates=("is_even",), partitioning=Partitioning.BITEXT_SOURCES)(parts),
        stage_asset(**facts)(whole),
    ]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def run(place, world):
    """Materialize one stand-in, as a later run than the one before."""

    def materialize(name, partition=None, **limits):
        config = {"ops": {f"trial__{name}": {"config": limits}}} if limits else None
        return dg.materialize(
            [build_asset(declared, place.recipe()) for declared in declare(world)],
            selection=[dg.AssetKey(["trial", name])],
            resources={"artefacts": ArtefactStore(root=str(place.folder / "store"))},
            instance=place.instance,
            partition_key=partition,
            run_config=config,
            raise_on_error=False,
        )

    return materialize
