"""How a declaration becomes a Dagster asset: the one wrapper around every asset body.

It fingerprints the inputs, leaves early when the stored artefact already answers to that
fingerprint, publishes what the body returns, and shows it in the UI.
"""

import inspect
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import dagster as dg
from pydantic import create_model
from pydantic.fields import FieldInfo

from assets.failures import told_to_dagster
from assets.partitions import partitions_of
from assets.pipes import run_piped
from assets.resources import Artefacts, input_digest
from assets.showing import COLUMN_SCHEMA, column_schema, describe
from assets.stage_asset import Body, Product, Stage, StageAsset
from pipeline import settings
from pipeline.errors import StorageError
from pipeline.parameters import Params
from pipeline.progress import Progress
from pipeline.recipe import Recipe
from pipeline.storage import Address, Artefact, Fingerprint, Store
from pipeline.tables import identify

# Data versions are what early exit rests on; their interface is beta in Dagster 1.13.
warnings.filterwarnings("ignore", message=".*`data_version`", category=dg.BetaWarning)

PROGRESS_INTERVAL_SECONDS = 5.0
_RUN_NAME_LENGTH = 12  # of a fingerprint, by which a folder of tracking is named
GATE_DESCRIPTION = "The verdict is stored with the artefact: where it failed, readers refuse it."


def build_asset(asset: StageAsset, recipe: Recipe) -> dg.AssetsDefinition:
    """The Dagster asset of this recipe."""
    key = dg.AssetKey([recipe.name, asset.name])
    params = asset.params_of(recipe)
    partitioning = asset.partitioning
    return dg.asset(
        key=key,
        ins={name: dg.AssetIn(key=[recipe.name, name]) for name in asset.inputs},
        partitions_def=partitions_of(partitioning, recipe) if partitioning else None,
        check_specs=[
            dg.AssetCheckSpec(name=gate, asset=key, description=GATE_DESCRIPTION)
            for gate in asset.gates
        ],
        description=inspect.getdoc(asset.body),
        metadata={COLUMN_SCHEMA: column_schema(asset.schema)} if asset.schema else None,
        group_name=asset.group,
        kinds=set(asset.kinds),
        code_version=asset.code_version,
        io_manager_key="artefacts",
        required_resource_keys={"artefacts"},
    )(_compute(asset, recipe, params))


def _compute(asset: StageAsset, recipe: Recipe, params: Params | None) -> Callable[..., Any]:
    """The function Dagster calls: with `config` only where something may be tuned."""

    def untuned(
        context: dg.AssetExecutionContext, **inputs: Artefact | Artefacts
    ) -> Iterator[dg.AssetCheckResult | dg.Output[Artefact]]:
        yield from _materialize(asset, recipe, context, None, inputs)

    def tuned(
        context: dg.AssetExecutionContext, config: dg.Config, **inputs: Artefact | Artefacts
    ) -> Iterator[dg.AssetCheckResult | dg.Output[Artefact]]:
        chosen = params.model_copy(update=config.model_dump()) if params else None
        yield from _materialize(asset, recipe, context, chosen, inputs)

    if params is None:
        return untuned
    tuned.__annotations__["config"] = _config_class(asset, params)
    return tuned


def _config_class(asset: StageAsset, params: Params) -> type[dg.Config]:
    """A launchpad form with the recipe's values as defaults, and the parameters' own limits."""
    fields: dict[str, Any] = {
        key: (info.annotation, FieldInfo.merge_field_infos(info, default=getattr(params, key)))
        for key, info in type(params).model_fields.items()
        if key not in asset.by_partition
    }
    description = type(params).__doc__
    return create_model(f"{asset.name}_config", __base__=dg.Config, __doc__=description, **fields)


def _materialize(
    asset: StageAsset,
    recipe: Recipe,
    context: dg.AssetExecutionContext,
    params: Params | None,
    inputs: Mapping[str, Artefact | Artefacts],
) -> Iterator[dg.AssetCheckResult | dg.Output[Artefact]]:
    """Find the artefact unchanged, or make it; then tell Dagster about it."""
    with told_to_dagster():
        artefact = _find_or_make(asset, recipe, context, params, inputs)
        metadata = describe(artefact, asset.preview, asset.schema)
    for gate in artefact.manifest.gates:
        yield dg.AssetCheckResult(
            check_name=gate.name, passed=gate.is_passed, description=gate.reason
        )
    yield dg.Output(artefact, data_version=dg.DataVersion(artefact.content_hash), metadata=metadata)


def _find_or_make(
    asset: StageAsset,
    recipe: Recipe,
    context: dg.AssetExecutionContext,
    params: Params | None,
    inputs: Mapping[str, Artefact | Artefacts],
) -> Artefact:
    """The stored artefact where nothing changed, or a new one."""
    store: Store = context.resources.artefacts.store
    partition = context.partition_key if context.has_partition_key else None
    address = Address(recipe.name, asset.name, partition)
    fingerprint = _fingerprint(asset, recipe, partition, params, inputs)
    folder = settings.work_folder() / identify(str(address), fingerprint.digest)
    today = settings.today()
    is_past = asset.keeps_past and (partition or "") < today.isoformat()
    artefact = _unchanged(store, address, None if is_past else fingerprint)
    if artefact is not None:
        context.log.info("unchanged, nothing to do")
        shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed after it published
        return artefact
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(
        recipe,
        partition or "",
        _progress(context),
        today,
        lambda: _stored(store, address),
        folder,
        partial(run_piped, context),
        partial(_observe, context),
        settings.tracking_folder() / address.folder / fingerprint.digest[:_RUN_NAME_LENGTH],
    )
    product, seconds = _run(asset.body, stage, {**inputs, "params": params} if params else inputs)
    artefact = store.publish(
        address,
        product.content,
        fingerprint=fingerprint,
        gates=product.gates,
        metadata=product.facts,
        ledger=_ledger(context.run.run_id, seconds),
        is_versioned=asset.is_versioned,
    )
    shutil.rmtree(folder)
    return artefact


def _ledger(run_id: str, seconds: float) -> dict[str, str | float]:
    """Facts of the day, which say nothing of the content."""
    return {"created_at": datetime.now(UTC).isoformat(), "run_id": run_id, "seconds": seconds}


def _fingerprint(
    asset: StageAsset,
    recipe: Recipe,
    partition: str | None,
    params: Params | None,
    inputs: Mapping[str, Artefact | Artefacts],
) -> Fingerprint:
    """Everything the output depends on: inputs, outside files, code version, parameters."""
    outside = asset.outside(recipe, partition or "") if asset.outside else {}
    return Fingerprint(
        code_version=asset.code_version,
        parameters=params.model_dump(mode="json") if params else {},
        inputs={**{name: input_digest(value) for name, value in inputs.items()}, **outside},
    )


def _run(body: Body, stage: Stage, arguments: Mapping[str, Any]) -> tuple[Product, float]:
    """The body's product and the seconds it took."""
    started = time.monotonic()
    product = body(stage, **arguments)
    return product, round(time.monotonic() - started, 3)


def _progress(context: dg.AssetExecutionContext) -> Progress:
    """Tells the run's log where a long step is, at most once in some seconds."""
    last = 0.0

    def report(done: int, total: int, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if done >= total or now - last >= PROGRESS_INTERVAL_SECONDS:
            last = now
            context.log.info("%d/%d %s", done, total, message)

    return report


def _observe(context: dg.AssetExecutionContext, shown: Mapping[str, dg.MetadataValue[Any]]) -> None:
    """Add an observation of the asset to the run's events, at once."""
    partition = context.partition_key if context.has_partition_key else None
    context.log_event(dg.AssetObservation(context.asset_key, metadata=shown, partition=partition))


def _stored(store: Store, address: Address) -> Artefacts:
    """What the asset holds: its partitions, or the one artefact where there are none."""
    if address.partition is not None:
        return tuple(store.partitions(address.recipe, address.asset))
    current = store.find(address)
    return () if current is None else (current,)


def _unchanged(store: Store, address: Address, fingerprint: Fingerprint | None) -> Artefact | None:
    """The stored artefact, if its files are whole and it was made from these very inputs.

    Without a fingerprint, whatever it was made from.
    """
    try:
        current = store.find(address)
        if current is None:
            return None
        if fingerprint is not None and current.manifest.fingerprint != fingerprint.digest:
            return None
        current.verify()
    except StorageError:
        return None  # torn or foreign: made anew
    return current
