"""Data sets on the hub, or folders laid out as they are: their rows, and what the rows depend on.

No code of a data set is run: those that are made by a script are read from the hub's own
conversion, the branch `refs/convert/parquet`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from pipeline import settings
from pipeline.errors import InputError, SourceUnavailable
from pipeline.sections import Section
from pipeline.tables import identify

Row = Mapping[str, Any]

_COMMIT = re.compile(r"[0-9a-f]{40}")


class HubData(Section):
    """A data set on the hub at a revision, or a folder in the hub's layout."""

    dataset: str = Field(description="its id, or a folder: /data/set, ~/set, ./set of the project")
    config: str | None = Field(None, description="may hold {language}")
    split: str
    revision: str | None = Field(
        None,
        description="a commit in full, so that figures stay comparable; of data that a script"
        " makes, refs/convert/parquet",
    )
    most_rows: int | None = Field(
        None, ge=1, description="the first ones; no more is fetched (count)"
    )

    @model_validator(mode="after")
    def _is_at_a_revision(self) -> "HubData":
        if self.is_folder:
            if self.revision:
                raise ValueError(f"{self.dataset} is a folder, and folders have no `revision`")
        elif not self.revision:
            raise ValueError(f"{self.dataset} needs its `revision`: a commit's 40 characters")
        elif re.fullmatch(r"[0-9a-f]{7,39}", self.revision):
            raise ValueError(f"the hub knows no shortened commits, such as {self.revision!r}")
        return self

    @property
    def is_folder(self) -> bool:
        """Whether it lies on this machine."""
        return self.dataset.startswith((".", "/", "~"))

    @property
    def folder(self) -> Path:
        """Where it lies on this machine."""
        return settings.project_root() / Path(self.dataset).expanduser()

    @property
    def address(self) -> str:
        """For people: where the rows come from."""
        if self.is_folder:
            return self.folder.name
        return f"https://huggingface.co/datasets/{self.dataset}/tree/{self.revision}"


def hub_rows(hub: HubData, language: str = "") -> Iterator[Row]:
    """Rows in the data set's order; `translation.tk` is the column `tk` within `translation`.

    Whole data sets are kept in the hub's cache; of those with `most_rows` no more is fetched.

    Args:
        hub: which rows.
        language: replaces `{language}` in the configuration's name.

    Raises:
        InputError: there is no such data set, configuration or split, or it is made by a script.
        SourceUnavailable: the hub cannot be reached.
    """
    with _explained(hub):
        for row in _opened(hub, language):
            yield dict(_flat(row))


def hub_version(hub: HubData) -> str:
    """What the rows depend on: the data set's commit, or the contents of a folder.

    Raises:
        InputError: there is no such folder or revision.
        SourceUnavailable: the revision is a branch, and the hub cannot say where it stands.
    """
    if hub.is_folder:
        return _hash_folder(hub.folder)
    return f"{hub.dataset}@{_commit(hub)}"


def _opened(hub: HubData, language: str) -> Iterable[Row]:
    import datasets  # noqa: PLC0415 - slow to import, and only needed where the hub is

    datasets.disable_progress_bars()
    rows = datasets.load_dataset(
        str(hub.folder) if hub.is_folder else hub.dataset,
        (hub.config or "").replace("{language}", language) or None,
        split=hub.split,
        revision=hub.revision,
        streaming=hub.most_rows is not None,
    )
    opened: Iterable[Row] = rows if hub.most_rows is None else rows.take(hub.most_rows)
    return opened


def _commit(hub: HubData) -> str:
    revision = hub.revision or ""
    if _COMMIT.fullmatch(revision):
        return revision
    from huggingface_hub import HfApi  # noqa: PLC0415 - slow to import, and rarely needed

    with _explained(hub):
        return str(HfApi().dataset_info(hub.dataset, revision=revision).sha)


@contextmanager
def _explained(hub: HubData) -> Iterator[None]:
    """Turn the many errors of the hub into ours."""
    import httpx  # noqa: PLC0415 - slow to import, as the next one
    from huggingface_hub import errors  # noqa: PLC0415

    if settings.is_offline() and not hub.is_folder:
        raise SourceUnavailable(
            f"{hub.dataset} is on the hub, and this machine is offline (DUTAR_OFFLINE=1);"
            " `offline:` may name files instead"
        )
    try:
        yield
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise InputError(f"the hub has no open {hub.dataset} at {hub.revision}") from error
    except (errors.LocalEntryNotFoundError, ConnectionError, httpx.HTTPError) as error:
        raise _unreachable(hub, error) from error
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        is_script = "script" in str(error)
        hint = "; `revision: refs/convert/parquet` may have its rows" if is_script else ""
        raise InputError(f"{hub.dataset} cannot be used: {error}{hint}") from error
    except OSError as error:
        raise _unreachable(hub, error) from error


def _unreachable(hub: HubData, error: Exception) -> SourceUnavailable:
    return SourceUnavailable(
        f"{hub.dataset} cannot be fetched from the hub ({error}); try again with a network,"
        " or name files instead"
    )


def _flat(row: Row, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _hash_folder(folder: Path) -> str:
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return identify(*(f"{path.relative_to(folder).as_posix()} {_hash(path)}" for path in files))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
