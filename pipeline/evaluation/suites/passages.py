"""Passage suites as tasks: questions, and the passages that answer them. Reads their files."""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.errors import InputError
from pipeline.evaluation.suites.statutes import read_statute
from pipeline.evaluation.suites.tables import read_columns
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.suite_entries import PassagesSuite


def passage_tasks(suite: PassagesSuite) -> list[PassageTask]:
    """One task for each language of the questions and, where crossed, of the passages.

    Raises:
        InputError: a question has no passage, or see `read_columns`.
    """
    if suite.statute:
        law = read_statute(suite.statute, suite.languages[0])
        language = suite.languages[0]
        right = law.right_passages(suite.name)
        kinds = {"kind": law.kinds} if any(law.kinds) else {}
        return [
            PassageTask(
                suite.name,
                (language, language),
                law.questions,
                law.passages,
                right,
                kinds,
                suite.note,
            )
        ]
    return list(_answered(suite) if suite.answers else _judged(suite))


def _answered(suite: PassagesSuite) -> Iterator[PassageTask]:
    """Rows of a question and its passage; all passages of a language are its pool."""
    assert suite.answers is not None  # noqa: S101 - the caller looked
    names = ["id", "question", "passage"]
    tables = {code: read_columns(suite.answers, names, language=code) for code in suite.languages}
    for asked, questions in tables.items():
        for searched, answers in tables.items():
            if asked == searched or suite.is_crossed:
                passage_of = dict(zip(answers["id"], answers["passage"], strict=True))
                pairs = [
                    (question, passage_of[own])
                    for own, question in zip(questions["id"], questions["question"], strict=True)
                    if own in passage_of
                ]
                yield _task(suite, (asked, searched), pairs, answers["passage"])


def _task(
    suite: PassagesSuite,
    languages: tuple[str, str],
    pairs: Sequence[tuple[str, str]],
    passages: Sequence[str],
) -> PassageTask:
    """A question asked twice is asked once, and every passage that was given for it is right."""
    pool = list(dict.fromkeys(passages))
    place = {passage: number for number, passage in enumerate(pool)}
    right: dict[str, set[int]] = {}
    for question, passage in pairs:
        right.setdefault(question, set()).add(place[passage])
    return PassageTask(
        suite.name, languages, list(right), pool, list(right.values()), note=suite.note
    )


def _judged(suite: PassagesSuite) -> Iterator[PassageTask]:
    """Questions, passages and judgements in tables of their own; grade 0 is not relevant."""
    assert suite.questions and suite.passages and suite.relevance  # noqa: S101, PT018 - checked
    for code in suite.languages:
        questions = read_columns(suite.questions, ["id", "question"], language=code)
        passages = read_columns(suite.passages, ["id", "passage"], language=code)
        judged = read_columns(suite.relevance, ["question", "passage", "grade"], language=code)
        place = {own: number for number, own in enumerate(passages["id"])}
        right = _relevant(judged, place)
        asked = [
            (question, right[own])
            for own, question in zip(questions["id"], questions["question"], strict=True)
            if own in right
        ]
        if not asked:
            raise InputError(f"{suite.name}: no question of {code} has a relevant passage")
        texts, answers = zip(*asked, strict=True)
        yield PassageTask(
            suite.name, (code, code), texts, passages["passage"], answers, note=suite.note
        )


def _relevant(judged: Mapping[str, Sequence[str]], place: Mapping[str, int]) -> dict[str, set[int]]:
    right: dict[str, set[int]] = {}
    rows = zip(judged["question"], judged["passage"], judged["grade"], strict=True)
    for question, passage, grade in rows:
        if float(grade) > 0 and passage in place:
            right.setdefault(question, set()).add(place[passage])
    return right
