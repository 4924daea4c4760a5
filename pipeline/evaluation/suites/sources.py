"""What the figures of a suite depend on besides the models: its entry, and the bytes behind it."""

from collections.abc import Iterator

from pydantic import BaseModel

from pipeline.evaluation.suites.tables import hash_file, hash_table
from pipeline.suite_entries import AlignmentSuite, Statute, Suite, Table, TranslationSuite
from pipeline.tables import identify


def hash_suite(suite: Suite) -> str:
    """Content hash of the entry and of every file it names; a missing file counts as empty."""
    return identify(suite.model_dump_json(), *_hashes(suite, _languages(suite)))


def _hashes(part: BaseModel, languages: tuple[str, ...]) -> Iterator[str]:
    if isinstance(part, Table):
        named = languages if "{language}" in (part.path or "") else ("",)
        yield from (hash_table(part, code) for code in named)
        return
    yield from (hash_file(path) for path in _plain_paths(part))
    for name in type(part).model_fields:
        for value in _values(getattr(part, name)):
            if isinstance(value, BaseModel):
                yield from _hashes(value, languages)


def _plain_paths(part: BaseModel) -> tuple[str, ...]:
    """Files that are named by themselves, not in a table."""
    if isinstance(part, AlignmentSuite):
        return (*part.texts, part.beads)
    if isinstance(part, TranslationSuite):
        return tuple(part.systems.values())
    return (part.questions,) if isinstance(part, Statute) else ()


def _values(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, tuple):
        yield from value
    else:
        yield value


def _languages(suite: Suite) -> tuple[str, ...]:
    named = (*getattr(suite, "languages", ()), *getattr(suite, "pivots", ()))
    tables = getattr(suite, "tables", ())
    keyed = tuple(tables) if isinstance(tables, dict) else ()
    taught = getattr(suite, "train_language", None)
    return tuple(dict.fromkeys((*named, *keyed, *([taught] if taught else []))))
