"""The three ways in which work can fail; each names what the caller should do about it."""


class DutarError(Exception):
    """Base of all errors that carry a sentence for the user."""


class InputError(DutarError, ValueError):
    """What was given is wrong and stays wrong: do not retry, quarantine or refuse it."""


class SourceUnavailable(DutarError):  # noqa: N818 - the name is the message
    """A site, server or hub did not answer: retry later."""


class StorageError(DutarError):
    """An artefact is torn, missing, foreign or refused: stop, nothing downstream is safe."""
