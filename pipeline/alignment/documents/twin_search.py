"""The search for twins between two languages, rule by rule. Pure and deterministic.

Every document is compared with a bounded number of others, so that one more of them costs no more
than itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.alignment.documents.candidates import by_facts, by_grade, by_vectors
from pipeline.alignment.documents.choosing import Places, competitive, margins, mutual_best
from pipeline.alignment.documents.contradictions import COPY, contradiction, has_same_text
from pipeline.alignment.documents.metadata_rules import (
    Keys,
    Row,
    articles_by_metadata,
    books_by_metadata,
)
from pipeline.alignment.documents.profiles import Profile, copy_groups
from pipeline.parameters import PairingParams

SAME_GRADE = "same grade and subject"
SHARED_FACTS = "shared facts"
DOCUMENT_VECTORS = "document vectors"
UNSURE = "unsure"
TAKEN = "taken"


@dataclass(frozen=True)
class Pair:
    """Two documents that a rule holds for twins.

    Attributes:
        keys: of the source and the target document.
        rule: what brought them together.
        score: how much their texts resemble each other, [0, 1]; None when they were not compared.
        reject_reason: why they are no twins after all; None for twins.
    """

    keys: Keys
    rule: str
    score: float | None = None
    reject_reason: str | None = None


class Side:
    """The documents of one language, by ascending key.

    Attributes:
        rows: of the catalogue.
        profiles: of those that have sentences, by key.
        copy_of: for each profile the first document that says the same.
    """

    def __init__(
        self, rows: Sequence[Row], profiles: Sequence[Profile], params: PairingParams
    ) -> None:
        self.profiles = {one.key: one for one in profiles}
        known = {key: one.row for key, one in self.profiles.items()}
        self.rows = [known.get(row["document_key"], row) for row in rows]
        self.copy_of = copy_groups(profiles, params)
        self._by_kind: dict[str, list[Profile]] = defaultdict(list)
        for one in profiles:
            self._by_kind[one.row["source_kind"]].append(one)

    def alike(self, profile: Profile) -> Sequence[Profile]:
        """All documents of its kind."""
        return self._by_kind[profile.row["source_kind"]]


def find_twins(sources: Side, targets: Side, params: PairingParams) -> list[Pair]:
    """All pairs that a rule proposes, and what became of them; see `pair_documents`."""
    search = _Search(sources, targets, params)
    for keys, rule in books_by_metadata(sources.rows, targets.rows).items():
        search.judge(keys, rule)
    search.judge_once(articles_by_metadata(sources.rows, targets.rows))
    search.propose(SAME_GRADE, by_grade)
    search.propose(SHARED_FACTS, lambda left, right: by_facts(left, right, params))
    search.compare()
    return search.without_copies()


class _Search:
    def __init__(self, sources: Side, targets: Side, params: PairingParams) -> None:
        self._sources, self._targets, self._params = sources, targets, params
        self._pairs: dict[Keys, Pair] = {}
        self._paired: set[str] = set()
        self._once: list[Keys] = []  # twins that have no other

    def judge(self, keys: Keys, rule: str) -> None:
        """Keep a pair, with the reason against it if their texts contradict it."""
        source, target = self._sources.profiles.get(keys[0]), self._targets.profiles.get(keys[1])
        pair = Pair(keys, rule)
        if source and target:
            alike = self._sources.alike(source), self._targets.alike(target)
            reason = contradiction(source, target, *alike, self._params)
            pair = replace(pair, score=source.resembles(target), reject_reason=reason)
        self._pairs[keys] = pair
        if pair.reject_reason is None:
            self._paired.update(keys)

    def judge_once(self, ranked: Iterable[tuple[Keys, str]]) -> None:
        """Judge pairs from the surest on, each document in one at most that is kept."""
        for keys, rule in ranked:
            if keys not in self._pairs and self._paired.isdisjoint(keys):
                self.judge(keys, rule)
                if self._pairs[keys].reject_reason is None:
                    self._once.append(keys)

    def propose(
        self,
        rule: str,
        scored: Callable[[Sequence[Profile], Sequence[Profile]], Mapping[Places, float]],
    ) -> None:
        """Judge those of the lone documents that choose each other."""
        left, right = self._lone()
        chosen = mutual_best(scored(left, right))
        self.judge_once(((left[i].key, right[j].key), rule) for i, j in chosen)

    def compare(self) -> None:
        """Compare the lone documents' texts; the best candidate of each leaves a trace."""
        left, right = self._lone()
        scores: dict[Places, float] = {}
        for i, j in by_vectors(left, right, self._params):
            keys = left[i].key, right[j].key
            if keys not in self._pairs and has_same_text(left[i], right[j], self._params):
                self.judge(keys, DOCUMENT_VECTORS)
            elif keys not in self._pairs:
                scores[i, j] = left[i].resembles(right[j])
        roots = (
            [self._sources.copy_of[one.key] for one in left],
            [self._targets.copy_of[one.key] for one in right],
        )
        lead = margins(scores, roots)
        chosen = competitive(lead, self._params.min_margin)
        self.judge_once(((left[i].key, right[j].key), DOCUMENT_VECTORS) for i, j in chosen)
        for i, j in sorted(lead, key=lambda places: (-lead[places], places)):
            self._leave_trace((left[i].key, right[j].key), scores[i, j], lead[i, j])

    def without_copies(self) -> list[Pair]:
        """All pairs; of several pairs with one and the same text, the best and its copies stand."""
        for number, side in enumerate((self._sources, self._targets)):
            groups: dict[str, list[Pair]] = defaultdict(list)
            for keys in self._once:
                if keys[number] in side.profiles and self._pairs[keys].score is not None:
                    groups[side.copy_of[keys[number]]].append(self._pairs[keys])
            for group in groups.values():
                self._reject_copies(group, 1 - number)
        return list(self._pairs.values())

    def _reject_copies(self, group: Sequence[Pair], other: int) -> None:
        roots = (self._sources.copy_of, self._targets.copy_of)[other]
        best = min(group, key=lambda pair: (-(pair.score or 0), pair.keys))
        for pair in group:
            is_other_text = roots[pair.keys[other]] != roots[best.keys[other]]
            if is_other_text and self._stands_above(best, pair):
                reason = f"{COPY}: its text is also in the pair {' and '.join(best.keys)}"
                self._pairs[pair.keys] = replace(pair, reject_reason=reason)

    def _stands_above(self, best: Pair, other: Pair) -> bool:
        return (best.score or 0) - (other.score or 0) >= self._params.min_margin

    def _leave_trace(self, keys: Keys, score: float, lead: float) -> None:
        """Tell why a document has no twin, once, by its best candidate."""
        if keys[0] not in self._paired and keys not in self._pairs:
            self._paired.add(keys[0])
            reason = f"{UNSURE}: {lead:.2f} above other candidates"
            if lead >= self._params.min_margin:
                reason = f"{TAKEN}: it resembles another document more"
            self._pairs[keys] = Pair(keys, DOCUMENT_VECTORS, score, reason)

    def _lone(self) -> tuple[list[Profile], list[Profile]]:
        """Documents with sentences that have no twin yet."""
        sources, targets = (
            [one for key, one in side.profiles.items() if key not in self._paired]
            for side in (self._sources, self._targets)
        )
        return sources, targets
