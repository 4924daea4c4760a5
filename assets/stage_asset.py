"""How an asset is declared: a thin body and a few facts, waiting for a recipe.

`building` turns a declaration into a Dagster asset. What an asset computes does not belong here.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import dagster as dg
import pyarrow as pa

from assets.partitions import Partitioning
from pipeline.parameters import Params
from pipeline.progress import Progress
from pipeline.recipe import Recipe
from pipeline.storage import Artefact, GateVerdict


class RunPiped(Protocol):
    """Runs one of our programs in a process of its own, see `assets.pipes`."""

    def __call__(self, command: Sequence[str], errors: Path, progress: Progress) -> int:
        """Run it to its end; returns its exit code."""


@dataclass(frozen=True)
class Stage:
    """What an asset's body may use besides its parameters and inputs.

    Attributes:
        recipe: whose asset it is.
        partition: the key; empty where there are no partitions.
        progress: tells the run's log where a long step is.
        today: in UTC, for what depends on the outside world.
        stored: the asset's own artefacts as they were before, partitions in order of their names.
        work_folder: kept until the product is published, so that a killed body can resume.
        run_piped: runs a program that speaks Dagster Pipes.
        observe: shows plots and figures in the UI while the body still works.
        tracking_folder: for TensorBoard's or W&B's files, which stay; the same if a body resumes.
    """

    recipe: Recipe
    partition: str
    progress: Progress
    today: date
    stored: Callable[[], tuple[Artefact, ...]]
    work_folder: Path
    run_piped: RunPiped
    observe: Callable[[Mapping[str, dg.MetadataValue[Any]]], None]
    tracking_folder: Path


@dataclass(frozen=True)
class Product:
    """What an asset's body returns.

    Attributes:
        content: a table, or a folder of files.
        gates: verdicts; a failed one makes every reader refuse the artefact.
        facts: small JSON values kept in the manifest for later stages.
    """

    content: pa.Table | Path
    gates: Sequence[GateVerdict] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


Body = Callable[..., Product]
OutsideInputs = Callable[[Recipe, str], Mapping[str, str]]
Preview = Callable[[Artefact], Mapping[str, dg.MetadataValue[Any]]]


@dataclass(frozen=True)
class StageAsset:
    """An asset that waits for its recipe.

    The body's signature is the contract: the stage first, then `params` of one of the recipe's
    parameter models if it may be tuned, then one argument per upstream asset, named as it is.

    Attributes:
        body: thin; calls one stage function.
        group: the stage's name.
        code_version: bumped when the meaning of the output changes.
        gates: names of the verdicts the body returns.
        schema: of the table the body returns, described; None for a folder.
        partitioning: None for one artefact per recipe.
        outside: hashes of what the body reads that is not an asset (files, models), by name.
        preview: plots and texts for the UI, made from the stored artefact.
        by_partition: parameters that the partition decides, and so not the launchpad.
        is_versioned: whether every version is kept.
        keeps_past: whether partitions of days gone by stay as they are: the past cannot be fetched.
        kinds: technologies, as the UI shows them.
    """

    body: Body
    group: str
    code_version: str
    gates: tuple[str, ...] = ()
    schema: pa.Schema | None = None
    partitioning: Partitioning | None = None
    outside: OutsideInputs | None = None
    preview: Preview | None = None
    by_partition: tuple[str, ...] = ()
    is_versioned: bool = False
    keeps_past: bool = False
    kinds: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The asset's name, which is its body's."""
        return self.body.__name__

    @property
    def inputs(self) -> list[str]:
        """Names of the upstream assets."""
        _stage, *names = inspect.signature(self.body).parameters
        return [name for name in names if name != "params"]

    def params_of(self, recipe: Recipe) -> Params | None:
        """The recipe's values of the body's parameter model."""
        parameter = inspect.signature(self.body).parameters.get("params")
        if parameter is None:
            return None
        values: list[Params] = [getattr(recipe, name) for name in type(recipe).model_fields]
        return next(value for value in values if type(value) is parameter.annotation)


def stage_asset(**options: Any) -> Callable[[Body], StageAsset]:  # noqa: ANN401 - StageAsset's own
    """Decorate an asset body; the options are `StageAsset`'s attributes."""
    return lambda body: StageAsset(body=body, **options)
