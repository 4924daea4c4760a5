"""From a name in a recipe to an encoder."""

from pathlib import Path

from pipeline import settings
from pipeline.encoders.cache import EmbeddingCache
from pipeline.encoders.folders import hash_model_folder
from pipeline.encoders.planned import PlannedEncoder
from pipeline.encoders.protocol import Encoder
from pipeline.encoders.respelling import RespellingEncoder, respelling_fingerprint
from pipeline.encoders.translation import TranslationEncoder, translation_dimension
from pipeline.encoders.travelling import FolderModel
from pipeline.errors import InputError, SourceUnavailable
from pipeline.executors import Executor
from pipeline.languages import language_codes
from pipeline.progress import Progress, silent

_EMBEDDED = "embedded:"
_RESPELLED = "respelled:"
_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".ckpt"}
HUB_FILES = ["*.json", "*.txt", "*.model", "*.spm", "*.safetensors", "*.jinja"]
"""What is fetched of a model: configuration, tokenizer (Marian's are `*.spm`), weights; no code."""


def load_encoder(
    name: str,
    *,
    cache: EmbeddingCache | None = None,
    progress: Progress = silent,
    executor: Executor | None = None,
) -> Encoder:
    """Return the encoder called `name`; its weights are read when first needed.

    Args:
        name: `embedded:e5-small`, `embedded:minilm`, a model's folder, or its id on the hub,
            with a revision where the newest is not meant: `BAAI/bge-m3@refs/pr/38`. Of a
            translation model (NLLB) the encoder is taken. `respelled:` before any of them reads
            languages in a spelling that it knows better, see `pipeline.text.respelling`.
        cache: where vectors are remembered between runs.
        progress: hears how many distinct texts of a call are done.
        executor: where batches are computed; in this process if it is left out.

    Raises:
        InputError: there is no such model, or its weights are pickled.
        SourceUnavailable: the hub cannot be reached.
    """
    if name.startswith(_RESPELLED):
        plain = name.removeprefix(_RESPELLED)
        encoder = load_encoder(plain, cache=cache, progress=progress, executor=executor)
        return RespellingEncoder(encoder, encoder_fingerprint(name))
    folder = resolve_model_folder(name)
    fingerprint = hash_model_folder(folder)

    def reading(fingerprint_there: str, source_code: str | None) -> PlannedEncoder:
        model = FolderModel(folder, fingerprint, source_code)
        return PlannedEncoder(fingerprint_there, model, cache, progress, executor)

    dimension = translation_dimension(folder)
    if dimension is not None:
        return TranslationEncoder(fingerprint, dimension, reading)
    return reading(fingerprint, None)


def encoder_fingerprint(name: str) -> str:
    """Return the fingerprint that `load_encoder(name)` will have, without loading the weights.

    Raises: as `load_encoder`.
    """
    fingerprint = hash_model_folder(resolve_model_folder(name))
    is_respelled = name.startswith(_RESPELLED)
    return respelling_fingerprint(fingerprint, language_codes()) if is_respelled else fingerprint


def resolve_model_folder(name: str) -> Path:
    """Return the folder with the files of the model called `name`, fetching or converting them.

    Raises: as `load_encoder`.
    """
    name = name.removeprefix(_RESPELLED)
    if name.startswith(_EMBEDDED):
        # converting imports tokenizers and safetensors: a tenth of a second, but rarely needed
        from pipeline.encoders.embedded import prepare_embedded  # noqa: PLC0415 - see above

        return prepare_embedded(name.removeprefix(_EMBEDDED), settings.model_cache())
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _fetch(name)
    _refuse_pickles(name, folder)
    return folder


def _fetch(name: str) -> Path:
    """Download a model's safetensors and configuration; no code and no pickles."""
    from huggingface_hub import errors, snapshot_download  # noqa: PLC0415 - slow to import

    hub_id, _, revision = name.partition("@")
    try:
        return Path(
            snapshot_download(
                hub_id,
                revision=revision or None,
                allow_patterns=HUB_FILES,
                local_files_only=settings.is_offline(),
            )
        )
    except errors.RevisionNotFoundError as error:
        raise InputError(f"the model {hub_id!r} has no revision {revision!r} on the hub") from error
    except (errors.HFValidationError, errors.RepositoryNotFoundError) as error:
        raise InputError(
            f"{hub_id!r} is neither a folder here nor an open model on the hub; "
            "embedded models are called `embedded:e5-small` and `embedded:minilm`"
        ) from error
    except (errors.HfHubHTTPError, OSError) as error:
        raise SourceUnavailable(
            f"the model {hub_id!r} cannot be fetched from the hub ({error}); "
            "try again with a network, or name an embedded model"
        ) from error


def _refuse_pickles(name: str, folder: Path) -> None:
    """Make sure that loading the folder opens safetensors only."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PICKLES and not any(path.parent.glob("*.safetensors")):
            raise InputError(
                f"the model {name!r} keeps weights in {path.name}, a pickle; pickles are never "
                "opened, for they can run any code: save it as safetensors"
            )
    if not any(folder.rglob("*.safetensors")):
        raise InputError(
            f"the model {name!r} has no *.safetensors in {folder}; on the hub another revision may"
            " have them: see the model's pull requests, and name it as ID@refs/pr/NUMBER"
        )
