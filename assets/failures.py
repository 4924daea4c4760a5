"""How errors of the kernel reach Dagster's UI: as one sentence, tried again only where it helps."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from pipeline.errors import InputError, SourceUnavailable, StorageError

RETRY_COUNT = 3
RETRY_WAIT_SECONDS = 30


def failure_reason(event: dg.DagsterEvent | None) -> str:
    """What a failed step died of, which the event's own message leaves out; empty for others."""
    if event is None or not event.is_step_failure:
        return ""
    failure = event.step_failure_data
    if failure.user_failure_data is not None:  # a `dagster.Failure`
        return str(failure.user_failure_data.description)
    error = failure.error and (failure.error.cause or failure.error)  # without Dagster's wrapper
    return error.message.strip() if error else ""


@contextmanager
def told_to_dagster() -> Iterator[None]:
    """Turn a wrong input or a damaged artefact into a failure, a silent source into a retry."""
    try:
        yield
    except (InputError, StorageError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except SourceUnavailable as error:
        raise dg.RetryRequested(RETRY_COUNT, RETRY_WAIT_SECONDS) from error
