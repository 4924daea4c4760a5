"""Document pairing where nothing but the texts can tell: precision and recall beside baselines.

Pages of the Turkmen standards service, and FLORES dev as one small document for each of its
articles. Numbers, dates and addresses are hidden, and some documents lose their twin, so that "no
twin" must be said. Rows marked * get the threshold that serves them best on that very set; ours is
the recipe's default. Run from the project's root, with vectors kept in `DUTAR_EMBEDDINGS`:
`OMP_NUM_THREADS=1 python -m benchmarks.document_pairing`; a minute of a processor once they are.
"""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.document_sets import (
    COPIED,
    FALLBACK,
    Sides,
    Texts,
    flores_articles,
    parted,
    random_books,
    rows_of,
    sides_of,
    standards_service,
)
from pipeline.alignment.documents.choosing import competitive
from pipeline.alignment.documents.metadata_rules import SAME_ID
from pipeline.alignment.documents.pairing import pair_documents
from pipeline.alignment.documents.profiles import read_profiles
from pipeline.encoders import EmbeddingCache, Encoder, load_encoder
from pipeline.parameters import PairingParams
from pipeline.settings import embedding_cache
from pipeline.statistics.intervals import wilson
from pipeline.tables import DOCUMENTS, as_table, kept

SEED = 13
PARAMS = PairingParams()
SHARES = (0.1, 0.3)  # of the documents, whose twin is taken away
MARGINS = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08)
FLORES_PAIRS = (
    ("tuk_Latn", "rus_Cyrl"),
    ("tuk_Latn", "eng_Latn"),
    ("uzn_Latn", "eng_Latn"),  # these two played no part when the default was chosen
    ("kaz_Cyrl", "rus_Cyrl"),
)
STEP = 7  # by how much numbers are moved to make wrong twins

Twins = list[tuple[str, str]]


def by_length(sides: Sides) -> np.ndarray:
    """Minus the logarithm of the length ratio, of all with all."""
    left, right = (
        np.log([sum(map(len, texts[name])) for name in names])
        for texts, names in zip(sides.texts, sides.names, strict=True)
    )
    return -np.abs(np.subtract.outer(left, right))


def by_vectors(sides: Sides, window_count: int) -> np.ndarray:
    """Cosines of document vectors, of all with all."""
    params = PARAMS.model_copy(update={"window_count": window_count})
    left, right = (
        np.stack([one.vector for one in read_profiles(rows_of(sides, n), *sides.contents, params)])
        for n in (0, 1)
    )
    return np.asarray(left @ right.T)


def at_its_best(scores: np.ndarray, sides: Sides) -> Twins:
    """Competitive linking (Thompson & Koehn 2020), cut where F1 is highest."""
    left, right = sides.names
    pairs = dict(zip(np.ndindex(*scores.shape), scores.ravel().tolist(), strict=True))
    places = competitive({(i, j): score for (i, j), score in pairs.items()}, -np.inf)
    chosen = [(left[i], right[j]) for i, j in places]
    hits = np.cumsum([source == target for source, target in chosen])
    best = np.argmax(2 * hits / (np.arange(len(chosen)) + 1 + sides.twin_count))
    return chosen[: int(best) + 1]


def ours(sides: Sides, params: PairingParams = PARAMS) -> Twins:
    """What the graph pairs."""
    documents = as_table(rows_of(sides, 0) + rows_of(sides, 1), DOCUMENTS)
    focus, pivot = sides.codes
    pairs = kept(pair_documents(documents, focus, [pivot], sides.contents, params)).to_pylist()
    return [(name(one["source_document"]), name(one["target_document"])) for one in pairs]


def ours_at_its_best(sides: Sides) -> Twins:
    """The same with the least margin that serves it best."""
    tried = [ours(sides, PARAMS.model_copy(update={"min_margin": least})) for least in MARGINS]
    return max(tried, key=lambda twins: f1(twins, sides.twin_count))


def name(document_key: str) -> str:
    """Of a document, without its language."""
    return document_key.partition("/")[2]


def hits(twins: Twins) -> int:
    """Pairs that are right."""
    return sum(source == target for source, target in twins)


def f1(twins: Twins, gold: int) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * hits(twins) / (len(twins) + gold)


def row(label: str, twins: Twins, gold: int) -> str:
    """Precision and recall with Wilson's intervals, and what they are taken over."""
    shares = [wilson(hits(twins), max(count, 1)) for count in (len(twins), gold)]
    told = [f"{one.value:.3f} [{one.ci_low:.3f}, {one.ci_high:.3f}]" for one in shares]
    score = f"F1 {f1(twins, gold):.3f}"
    return f"{label:<28} P {told[0]} of {len(twins):>3}  R {told[1]} of {gold:>3}  {score}"


def accuracy(title: str, sides: Sides) -> None:
    """A row for every method."""
    left, right = map(len, sides.names)
    print(f"\n{title}, {'-'.join(sides.codes)}: {left} and {right}, {sides.twin_count} twins")
    for label, twins in (
        ("length ratio *", at_its_best(by_length(sides), sides)),
        ("mean vector, no order *", at_its_best(by_vectors(sides, 1), sides)),
        ("Thompson-Koehn vectors *", at_its_best(by_vectors(sides, PARAMS.window_count), sides)),
        ("ours *", ours_at_its_best(sides)),
        ("ours", ours(sides)),
    ):
        print(row(label, twins, sides.twin_count))


def contradictions(sides: Sides) -> None:
    """What becomes of twins by number, when the texts bear them out and when they do not."""
    numbers = sides.names[1]
    moved = dict(zip(numbers, numbers[STEP:] + numbers[:STEP], strict=True))
    true, wrong = (
        by_number(sides, one) for one in (dict(zip(numbers, numbers, strict=True)), moved)
    )
    rejected = {document: reason for document, reason in true.items() if reason}
    print(f"\ntwins by number, {'-'.join(sides.codes)}")
    print(f"    true ones rejected {len(rejected)} of {len(true)}")
    for document, reason in rejected.items():
        print(f"        {document}: {reason}")
    print(f"    wrong ones rejected {sum(map(bool, wrong.values()))} of {len(wrong)}")


def by_number(sides: Sides, number_of: Mapping[str, str]) -> dict[str, str | None]:
    """Reasons against twins, by name of the source, when targets have these numbers."""
    rows = [one | {"article_id": name(str(one["document_key"]))} for one in rows_of(sides, 0)]
    rows += [
        one | {"article_id": number_of[name(str(one["document_key"]))]} for one in rows_of(sides, 1)
    ]
    focus, pivot = sides.codes
    pairs = pair_documents(as_table(rows, DOCUMENTS), focus, [pivot], sides.contents, PARAMS)
    found = [one for one in pairs.to_pylist() if one["rule"] == SAME_ID]
    return {name(one["source_document"]): one["reject_reason"] for one in found}


def growth() -> None:
    """Time for collections that double, of books with 500 sentences."""
    print("\nbooks a side  seconds  exponent  right")
    before = 0.0
    for book_count in (50, 100, 200):
        sides = random_books(book_count, 500, SEED)
        start = time.process_time()
        twins = ours(sides)
        seconds = time.process_time() - start
        exponent = f"{np.log2(seconds / before):.2f}" if before else ""
        print(f"{book_count:>12} {seconds:>8.1f} {exponent:>9} {hits(twins):>6}")
        before = seconds


def without(texts: Texts, names: Sequence[str]) -> Texts:
    """All documents but these."""
    return {key: own for key, own in texts.items() if key not in names}


def main(encoder: Encoder) -> None:
    """All tables."""
    service = {code: standards_service(code) for code in ("tuk_Latn", "rus_Cyrl", "eng_Latn")}
    for share in SHARES:
        title = f"{share:.0%} without a twin"
        for target in ("rus_Cyrl", "eng_Latn"):
            # a page in a wrong language is found out by its language, before anything is paired
            texts = (
                without(service["tuk_Latn"], (FALLBACK, COPIED)),
                without(service[target], (FALLBACK,)),
            )
            sides = sides_of(("tuk_Latn", target), parted(*texts, share, SEED), encoder)
            accuracy(f"standards service, {title}", sides)
        for codes in FLORES_PAIRS:
            articles = flores_articles(codes[0]), flores_articles(codes[1])
            sides = sides_of(codes, parted(*articles, share, SEED), encoder)
            accuracy(f"FLORES dev, {title}", sides)
    for target in ("rus_Cyrl", "eng_Latn"):
        texts = service["tuk_Latn"], service[target]
        contradictions(sides_of(("tuk_Latn", target), texts, encoder))
    growth()


if __name__ == "__main__":
    main(load_encoder("embedded:e5-small", cache=EmbeddingCache(embedding_cache())))
