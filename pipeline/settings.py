"""Where things lie on this machine: the only module that reads the environment."""

import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path


@dataclass(frozen=True)
class Connection:
    """A service's address and the token it asks for, which is never shown."""

    url: str
    token: str = field(repr=False)


def project_root() -> Path:
    """The folder that holds `recipes/`; relative paths in a recipe start here."""
    return Path(__file__).resolve().parent.parent


def recipe_folder() -> Path:
    """The folder of recipes (`DUTAR_RECIPES`, default `recipes/`)."""
    return Path(os.environ.get("DUTAR_RECIPES", project_root() / "recipes"))


def artefact_root() -> str:
    """The artefact store's folder or fsspec URL (`DUTAR_STORE`, default `.dutar/store`)."""
    return os.environ.get("DUTAR_STORE", str(project_root() / ".dutar" / "store"))


def dagster_home() -> Path:
    """Folder of Dagster's instance (`DAGSTER_HOME`, default `.dagster`)."""
    return Path(os.environ.get("DAGSTER_HOME", project_root() / ".dagster"))


def environment_of_dagster() -> dict[str, str]:
    """The environment for a Dagster process that is started from here."""
    return {**os.environ, "DAGSTER_HOME": str(dagster_home())}


def model_cache() -> Path:
    """Where converted models are kept between clones (`DUTAR_CACHE`)."""
    default = Path.home() / ".cache" / "dutar"
    return Path(os.environ.get("DUTAR_CACHE", default))


def dictionary_folders() -> tuple[Path, ...]:
    """Where spelling dictionaries are, the first first (`DUTAR_DICTIONARIES`, `:` between)."""
    default = f"{Path(sys.prefix) / 'share' / 'hunspell'}{os.pathsep}/usr/share/hunspell"
    named = os.environ.get("DUTAR_DICTIONARIES", default)
    return tuple(Path(folder) for folder in named.split(os.pathsep) if folder)


def work_folder() -> Path:
    """Where long steps keep what is half-done (`DUTAR_WORK`, default in `.dutar`)."""
    return Path(os.environ.get("DUTAR_WORK", project_root() / ".dutar" / "work"))


def report_folder() -> Path:
    """Where the newest report of every recipe is copied to (`DUTAR_REPORTS`)."""
    return Path(os.environ.get("DUTAR_REPORTS", project_root() / ".dutar" / "reports"))


def release_folder() -> Path:
    """Where the pointers to released models are (`DUTAR_RELEASES`, default in `.dutar`)."""
    return Path(os.environ.get("DUTAR_RELEASES", project_root() / ".dutar" / "releases"))


def tracking_folder() -> Path:
    """Where TensorBoard's or W&B's files of trainings are kept (`DUTAR_TRACKING`)."""
    return Path(os.environ.get("DUTAR_TRACKING", project_root() / ".dutar" / "tracking"))


def embedding_cache() -> Path:
    """Where vectors are remembered between runs (`DUTAR_EMBEDDINGS`, default in `.dutar`)."""
    return Path(os.environ.get("DUTAR_EMBEDDINGS", project_root() / ".dutar" / "embeddings"))


def alignment_memo() -> Path:
    """Where the beads of document pairs are remembered (`DUTAR_ALIGNMENTS`)."""
    return Path(os.environ.get("DUTAR_ALIGNMENTS", project_root() / ".dutar" / "alignments"))


def today() -> date:
    """The day in UTC (`DUTAR_TODAY=2026-11-03` to rehearse another one)."""
    rehearsed = os.environ.get("DUTAR_TODAY")
    return date.fromisoformat(rehearsed) if rehearsed else datetime.now(UTC).date()


def alert_address() -> str | None:
    """Where failures are told: an Apprise URL for a webhook, mail or chat (`DUTAR_ALERT_URL`)."""
    return os.environ.get("DUTAR_ALERT_URL") or None


def label_studio_folder() -> Path:
    """Data, log and accounts of the Label Studio that is run here (`DUTAR_LABEL_STUDIO`)."""
    default = project_root() / ".dutar" / "label-studio"
    return Path(os.environ.get("DUTAR_LABEL_STUDIO", default))


def label_studio() -> Connection | None:
    """The Label Studio server that holds the reviews; None when there is none.

    `DUTAR_LABEL_STUDIO_URL` and `DUTAR_LABEL_STUDIO_TOKEN`, or else what `make label-studio`
    wrote. An empty URL means none, whatever is written.
    """
    if (url := os.environ.get("DUTAR_LABEL_STUDIO_URL")) is None:
        return written_connection()
    return Connection(url, os.environ.get("DUTAR_LABEL_STUDIO_TOKEN", "")) if url else None


def written_connection() -> Connection | None:
    """The connection that `make label-studio` left in `connection.env`."""
    path = label_studio_folder() / "connection.env"
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    written = dict(line.split("=", 1) for line in lines if "=" in line)
    return Connection(written["DUTAR_LABEL_STUDIO_URL"], written["DUTAR_LABEL_STUDIO_TOKEN"])


def generator_token() -> str:
    """What a language model's server asks for (`DUTAR_GENERATOR_TOKEN`); empty for nothing."""
    return os.environ.get("DUTAR_GENERATOR_TOKEN", "")


def is_offline() -> bool:
    """Whether a recipe's `offline:` overlay applies (`DUTAR_OFFLINE=1`)."""
    return os.environ.get("DUTAR_OFFLINE", "0") not in {"", "0", "false"}


def test_data() -> Path:
    """Folder of the shared evaluation data (`DUTAR_TEST_DATA`, default `../shared/data`)."""
    return Path(os.environ.get("DUTAR_TEST_DATA", project_root().parent / "shared" / "data"))


def training_processes() -> int:
    """Processes that train one student together, one a GPU (`DUTAR_TRAINING_PROCESSES`)."""
    return int(os.environ.get("DUTAR_TRAINING_PROCESSES") or 1)


def process_rank() -> int:
    """Number of this process among those that torchrun started together; 0 for one alone."""
    return int(os.environ.get("RANK") or 0)


def training_tracker() -> str | None:
    """Who else logs a training: tensorboard, wandb or nobody (`DUTAR_TRAINING_TRACKER`)."""
    return os.environ.get("DUTAR_TRAINING_TRACKER") or None


def fault_point() -> str | None:
    """Where a fault test wants this process killed (`DUTAR_FAULT`); None in ordinary life."""
    return os.environ.get("DUTAR_FAULT")


def variable(name: str) -> str | None:
    """An environment variable named in a recipe as `${NAME}`; None when it is not set."""
    if name == "DUTAR_TEST_DATA":
        return str(test_data())
    return os.environ.get(name)
