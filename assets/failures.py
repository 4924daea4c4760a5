"""How errors of the kernel reach Dagster's UI: as one sentence, tried again only where it helps."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from pipeline.errors import InputError, SourceUnavailable, StorageError

RETRY_COUNT = 3
RETRY_WAIT_SECONDS = 30


@contextmanager
def told_to_dagster() -> Iterator[None]:
    """Turn a wrong input or a damaged artefact into a failure, a silent source into a retry."""
    try:
        yield
    except (InputError, StorageError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except SourceUnavailable as error:
        raise dg.RetryRequested(RETRY_COUNT, RETRY_WAIT_SECONDS) from error
