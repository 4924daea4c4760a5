"""Contamination: how much of what is planted is found, and how often clean text is accused.

Sentences of FLORES dev are planted into the catalogues that the project trains on: one half of the
rows, then the other. The thresholds were tuned on the even rows (counted from 0); the odd ones are
reported. Edits are seeded and made, not found in the wild, see `contamination_plants`. Translations
are sought among the catalogue texts of forty characters or more.

Run from the project's root: `python -m benchmarks.contamination`. Encoding the catalogues takes
several minutes the first time; vectors are then kept in `DUTAR_EMBEDDINGS`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from benchmarks.contamination_plants import (
    LANGUAGES,
    case_and_numbers_changed,
    few_words_changed,
    flores,
    training_catalogues,
)
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder
from pipeline.evaluation.contamination.finding import find_contamination
from pipeline.evaluation.contamination.findings import Finding, Row, Text
from pipeline.settings import embedding_cache
from pipeline.statistics import wilson

MODEL = "embedded:e5-small"
SEED = 13
LEAST_CHARACTERS = 40
TUK, RUS, ENG = LANGUAGES
PAIRS = [(one, other) for one in LANGUAGES for other in LANGUAGES if one != other]
PIVOTS = [((TUK, RUS), ENG), ((TUK, ENG), RUS), ((ENG, RUS), TUK)]

Edit = Callable[[str], str]


@dataclass(frozen=True)
class Trial:
    """What is planted, and whose findings are counted.

    Attributes:
        kind: of the plants, and how they are to be found.
        suite: languages of the rows.
        judged: language whose findings count.
        planted: language of the plants.
        edit: what is done to them.
    """

    kind: str
    suite: Sequence[str]
    judged: str
    planted: str
    edit: Edit = str

    @property
    def direction(self) -> str:
        """Languages of the row, and that of the planted text where it is another."""
        suite = "+".join(code[:3] for code in self.suite)
        return suite if self.planted == self.judged else f"{suite} by {self.planted[:3]}"


def share(hits: int, n: int) -> str:
    """A share with Wilson's 95 % interval."""
    found = wilson(hits, n)
    return f"{found.value:7.2%} [{found.ci_low:6.2%}, {found.ci_high:6.2%}]"


@dataclass(frozen=True)
class Bench:
    """Rows, the training text around the plants, and who looks for translations.

    Attributes:
        rows: of FLORES, in all languages.
        training: the catalogues.
        encoder: None where words are enough.
        accused: rows that were found among the catalogues alone, by languages of the suite.
    """

    rows: Sequence[Row]
    training: Sequence[Text]
    encoder: Encoder | None
    accused: dict[frozenset[str], set[int]] = field(default_factory=dict)

    def findings(self, languages: Iterable[str], plants: Iterable[Text] = ()) -> list[Finding]:
        """What is found of rows in these languages among the catalogues and the plants."""
        suite = [{code: row[code] for code in languages} for row in self.rows]
        return find_contamination(suite, [*self.training, *plants], self.encoder)

    def clean(self, languages: Iterable[str]) -> set[int]:
        """Rows that are accused although nothing was planted."""
        key = frozenset(languages)
        if key not in self.accused:
            self.accused[key] = {finding.row for finding in self.findings(sorted(key))}
        return self.accused[key]

    def measure(self, trial: Trial) -> str:
        """One line of the table."""
        start = time.process_time()
        hits = beside = 0
        for half in (0, 1):
            plants = {
                at: trial.edit(row[trial.planted])
                for at, row in enumerate(self.rows)
                if at % 2 == half
            }
            found = self.findings(trial.suite, ((trial.planted, text) for text in plants.values()))
            for finding in (one for one in found if one.language == trial.judged):
                hits += plants.get(finding.row) == finding.trained[1]
                beside += finding.row not in plants
        seconds = time.process_time() - start
        shares = [share(count, len(self.rows)) for count in (hits, beside)]
        shares.append(share(len(self.clean(trial.suite)), len(self.rows)))
        return (
            f"{trial.kind:<26} {trial.direction:<14} {len(self.rows):>4}  {'  '.join(shares)}"
            f" {seconds:>6.1f}"
        )


def trials_by_words(rows: Sequence[Row]) -> Iterator[Trial]:
    """The same language, and translations that the suite itself holds."""
    rng = np.random.default_rng(SEED)
    for code in LANGUAGES:
        words = [word for row in rows for word in row[code].split()]
        edits: dict[str, Edit] = {
            "exact": str,
            "case and numbers changed": partial(case_and_numbers_changed, rng=rng),
            "one or two words changed": partial(few_words_changed, rng=rng, other_words=words),
        }
        for kind, edit in edits.items():
            yield Trial(kind, (code,), code, code, edit)
    for one, other in PAIRS:
        yield Trial("translated, in the suite", (one, other), one, other)


def trials_by_meaning() -> Iterator[Trial]:
    """Translations that the suite does not hold: one language known of a row, then two."""
    for one, other in PAIRS:
        yield Trial("translated, by meaning", (one,), one, other)
    for suite, other in PIVOTS:
        yield Trial("translated, by meaning", suite, suite[0], other)


def main() -> None:
    """Print the table."""
    rows, training = flores()[1::2], training_catalogues()
    encoder = load_encoder(MODEL, cache=EmbeddingCache(embedding_cache()))
    sentences = [text for text in training if len(text[1]) >= LEAST_CHARACTERS]
    print(f"{len(training):,} training texts, {len(sentences):,} of them sentence-like; {MODEL}")
    print(
        f"{'planted':<26} {'row':<14} {'N':>4}  {'recall':<25}  "
        f"{'false alarms beside plants':<26} {'on clean catalogues':<24} CPU s"
    )
    by_words, by_meaning = Bench(rows, training, None), Bench(rows, sentences, encoder)
    for trial in trials_by_words(rows):
        print(by_words.measure(trial), flush=True)
    for trial in trials_by_meaning():
        print(by_meaning.measure(trial), flush=True)


if __name__ == "__main__":
    main()
