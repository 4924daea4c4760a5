"""Our figures equal those of reference implementations, to 1e-6, on the same vectors or texts.

Where candidates are equally alike, definitions part: pytrec_eval goes by the candidate's name, mteb
by name or by position, scikit-learn takes equal scores at once, and we count every tie against the
model. So the data here has none, and `_has_no_ties` makes sure of it.
"""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation.measures.bead_scores import pooled_bead_scores
from pipeline.evaluation.measures.ocr_scores import character_error_rate, word_error_rate
from pipeline.evaluation.measures.similarities import DenseSimilarities
from pipeline.evaluation.models import EncoderModel, Texts
from pipeline.evaluation.tasks.classification import macro_f1
from pipeline.evaluation.tasks.few_shot import FewShotTask, Protocol, score_few_shot
from pipeline.evaluation.tasks.mteb_tasks import MtebEncoder
from pipeline.evaluation.tasks.paraphrase import average_precision
from pipeline.evaluation.tasks.passages import PassageTask, ndcg, score_passages
from pipeline.evaluation.tasks.retrieval import ParallelTexts, retrieval_outcomes, score_retrieval
from pipeline.evaluation.tasks.similarity import RatedPairs, score_similarity
from pipeline.evaluation.tasks.translation import TranslationTask, score_translation
from pipeline.parameters import EvaluationParams
from pipeline.quiet import quiet
from pipeline.statistics import pearson, spearman

PARAMS = EvaluationParams(bootstrap_count=100)
EXACT = {"abs": 1e-6, "rel": 0}
LANGUAGES = ("tuk_Latn", "rus_Cyrl")


class Vectors:
    """An encoder that knows its vectors by text."""

    fingerprint = "f" * 64

    def __init__(self, sides, dimension=24, noise=1.2, seed=0):
        """Texts of the same place in each side lie near one another."""
        generator = np.random.default_rng(seed)
        meanings = generator.normal(size=(max(map(len, sides)), dimension))
        self.dimension = dimension
        self.known = {}
        for texts in sides:
            for text, meaning in zip(texts, meanings, strict=False):
                vector = meaning + noise * generator.normal(size=dimension)
                self.known[text] = (vector / np.linalg.norm(vector)).astype(np.float32)

    def encode(self, texts, *, language, role="query"):
        return np.stack([self.known[text] for text in texts])


def _numbered(prefix, n):
    return [f"{prefix}{number}" for number in range(n)]


def _values(scored, model="start"):
    rows = [row for row in scored.rows if row["model"] == model]
    return {(row["direction"], row["metric"]): row["value"] for row in rows}


def _has_no_ties(similarities, right):
    """Whether no wrong candidate is as alike as a right one, to within float32's errors."""
    return all(
        np.abs(values[[*answers]][:, None] - np.delete(values, [*answers])).min() > 2e-6
        for values, answers in zip(similarities.astype(np.float64), right, strict=True)
    )


def _mteb_scores(bases, kind, main_score, languages, dataset, encoder, **settings):
    """What mteb finds with the encoder on data that stands in memory."""
    mteb = pytest.importorskip("mteb")
    from mteb.abstasks.task_metadata import TaskMetadata

    def load_data(self, **_):
        self.dataset, self.data_loaded = dataset, True

    about = TaskMetadata(
        name=f"Reference{kind}",
        description="made for this test",
        type=kind,
        dataset={"path": "none/at-all", "revision": "1"},
        eval_langs=languages,
        main_score=main_score,
    )
    task = type("Reference", bases, {"metadata": about, "load_data": load_data} | settings)()
    with quiet("mteb"):
        result = mteb.evaluate(
            MtebEncoder(encoder), task, cache=None, co2_tracker=False, show_progress_bar=False
        )
    (scores,) = result.task_results[0].scores["test"]
    return scores


@pytest.fixture(scope="module")
def passages():
    """120 queries, 150 passages, one to three of them right."""
    queries, pool = _numbered("q", 120), _numbered("d", 150)
    generator = np.random.default_rng(4)
    right = [
        {number, *generator.integers(0, 150, generator.integers(0, 3)).tolist()}
        for number in range(120)
    ]
    encoder = Vectors([queries, pool])
    vectors = [encoder.encode(texts, language="und") for texts in (queries, pool)]
    assert _has_no_ties(vectors[0] @ vectors[1].T, right)
    return PassageTask("reference", LANGUAGES, queries, pool, right), encoder, vectors


def test_passage_figures_equal_those_of_mtebs_retrieval(passages):
    pytest.importorskip("mteb")
    from datasets import Dataset
    from mteb.abstasks import AbsTaskRetrieval

    task, encoder, _ = passages
    queries, corpus = (
        Dataset.from_list([{"id": text, "text": text} for text in texts])
        for texts in (task.queries, task.passages)
    )
    split = {
        "queries": queries,
        "corpus": corpus,
        "relevant_docs": {
            f"q{query}": {f"d{number}": 1 for number in right}
            for query, right in enumerate(task.right)
        },
        "top_ranked": None,
    }
    reference = _mteb_scores(
        (AbsTaskRetrieval,),
        "Retrieval",
        "ndcg_at_10",
        ["tuk-Latn"],
        {"default": {"test": split}},
        encoder,
    )
    ours = _values(score_passages(task, {"start": EncoderModel(encoder)}, PARAMS))
    direction = "-".join(LANGUAGES)
    assert 0.2 < reference["ndcg_at_10"] < 0.9
    assert ours[direction, "mrr"] == pytest.approx(reference["mrr_at_1000"], **EXACT)
    # mteb rounds these to five places; what it calls accuracy here is recall at 1
    assert round(ours[direction, "ndcg_at_10"], 5) == reference["ndcg_at_10"]
    assert round(ours[direction, "top_1"], 5) == reference["precision_at_1"]
    assert round(ours[direction, "top_1"], 5) == reference["hit_rate_at_1"]


def test_passage_figures_equal_those_of_ir_measures(passages):
    ir_measures = pytest.importorskip("ir_measures")
    task, _, (queries, pool) = passages
    similarities = queries @ pool.T
    qrels = {
        f"q{query}": {f"d{number}": 1 for number in right} for query, right in enumerate(task.right)
    }
    run = {
        f"q{query}": {f"d{number}": float(value) for number, value in enumerate(values)}
        for query, values in enumerate(similarities)
    }
    first, reciprocal = ir_measures.P @ 1, ir_measures.RR
    gain = ir_measures.nDCG @ 10
    reference = {
        (found.query_id, found.measure): found.value
        for found in ir_measures.iter_calc([first, reciprocal, gain], qrels, run)
    }
    outcomes = retrieval_outcomes(DenseSimilarities(queries, pool), task.right)
    gains = ndcg(DenseSimilarities(queries, pool), task.right)
    for query in range(len(queries)):
        name = f"q{query}"
        assert outcomes.is_hit[query] == reference[name, first]
        assert outcomes.reciprocal_rank[query] == pytest.approx(
            reference[name, reciprocal], **EXACT
        )
        assert gains[query] == pytest.approx(reference[name, gain], **EXACT)


def test_bitext_figures_equal_those_of_mtebs_bitext_mining():
    pytest.importorskip("mteb")
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskBitextMining
    from sklearn.metrics import f1_score

    sources, targets = _numbered("s", 200), _numbered("t", 200)
    encoder = Vectors([sources, targets])
    vectors = [encoder.encode(texts, language="und") for texts in (sources, targets)]
    right = [{number} for number in range(200)]
    assert _has_no_ties(vectors[0] @ vectors[1].T, right)
    pairs = Dataset.from_dict({"sentence1": sources, "sentence2": targets})
    reference = _mteb_scores(
        (AbsTaskBitextMining,),
        "BitextMining",
        "f1",
        ["tuk-Latn", "rus-Cyrl"],
        {"default": DatasetDict(test=pairs)},
        encoder,
    )
    texts = ParallelTexts("reference", LANGUAGES, sources, targets)
    ours = _values(score_retrieval(texts, {"start": EncoderModel(encoder)}, PARAMS))
    assert 0.2 < reference["accuracy"] < 0.9
    assert ours["tuk_Latn-rus_Cyrl", "p_at_1"] == pytest.approx(reference["accuracy"], **EXACT)
    nearest = retrieval_outcomes(DenseSimilarities(*vectors), right).nearest.row[:, 0]
    assert f1_score(np.arange(200), nearest, average="weighted", zero_division=0) == pytest.approx(
        reference["f1"], **EXACT
    )


def test_similarity_figures_equal_those_of_mtebs_sts():
    pytest.importorskip("mteb")
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskSTS

    first, second = _numbered("a", 250), _numbered("b", 250)
    encoder = Vectors([first, second])
    model = EncoderModel(encoder)
    gold = np.random.default_rng(2).integers(0, 6, 250) + model.pairwise(
        Texts("und", first), Texts("und", second)
    )
    rated = Dataset.from_dict({"sentence1": first, "sentence2": second, "score": gold.tolist()})
    reference = _mteb_scores(
        (AbsTaskSTS,),
        "STS",
        "cosine_spearman",
        ["tuk-Latn"],
        {"default": DatasetDict(test=rated)},
        encoder,
    )
    pairs = RatedPairs("reference", ("tuk_Latn", "tuk_Latn"), first, second, gold.tolist())
    ours = _values(score_similarity(pairs, {"start": model}, PARAMS))
    for metric in ("pearson", "spearman"):
        assert ours["tuk_Latn-tuk_Latn", metric] == pytest.approx(
            reference[f"cosine_{metric}"], **EXACT
        )


@pytest.mark.parametrize("protocol", [Protocol(), Protocol(samples_per_label=16)])
def test_few_shot_figures_equal_those_of_mtebs_classification(protocol):
    pytest.importorskip("mteb")
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskClassification

    generator = np.random.default_rng(9)
    sides = {"train": 150, "test": 130}
    texts = {side: _numbered(side, n) for side, n in sides.items()}
    labels = {side: generator.integers(0, 4, n) for side, n in sides.items()}
    encoder = Vectors(texts.values())
    for side in sides:
        for text, label in zip(texts[side], labels[side], strict=True):
            encoder.known[text][label] += 0.4
    dataset = DatasetDict(
        {
            side: Dataset.from_dict({"text": texts[side], "label": labels[side].tolist()})
            for side in sides
        }
    )
    reference = _mteb_scores(
        (AbsTaskClassification,),
        "Classification",
        "accuracy",
        ["tuk-Latn"],
        {"default": dataset},
        encoder,
        samples_per_label=protocol.samples_per_label,
    )
    task = FewShotTask(
        "reference",
        Texts("tuk_Latn", texts["train"]),
        [str(label) for label in labels["train"]],
        Texts("tuk_Latn", texts["test"]),
        [str(label) for label in labels["test"]],
        protocol,
    )
    ours = _values(score_few_shot(task, {"start": EncoderModel(encoder)}, PARAMS))
    assert 0.4 < reference["accuracy"] < 0.95
    for metric, name in (("few_shot_accuracy", "accuracy"), ("few_shot_macro_f1", "f1")):
        assert ours["tuk_Latn-tuk_Latn", metric] == pytest.approx(reference[name], **EXACT)


numbers = st.lists(st.integers(-20, 20), min_size=3, max_size=40)


@settings(max_examples=100, deadline=None)
@given(numbers, st.integers(0, 1000))
def test_correlations_equal_those_of_scipy_with_ties_as_without(values, seed):
    stats = pytest.importorskip("scipy.stats")
    x = np.array(values, float)
    y = x + np.random.default_rng(seed).integers(-5, 6, len(x))
    if np.ptp(x) and np.ptp(y):
        assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y)[0], **EXACT)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0], **EXACT)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60))
def test_macro_f1_and_accuracy_equal_those_of_scikit_learn(pairs):
    metrics = pytest.importorskip("sklearn.metrics")
    predicted, gold = np.array(pairs).T
    assert macro_f1(predicted, gold) == pytest.approx(
        metrics.f1_score(gold, predicted, average="macro"), **EXACT
    )
    assert (predicted == gold).mean() == pytest.approx(
        metrics.accuracy_score(gold, predicted), **EXACT
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=60).filter(any), st.integers(0, 1000))
def test_average_precision_equals_that_of_scikit_learn_where_there_are_no_ties(labels, seed):
    metrics = pytest.importorskip("sklearn.metrics")
    positives = np.array(labels, float)
    scores = np.random.default_rng(seed).permutation(len(labels)) / len(labels)
    assert average_precision(scores, positives) == pytest.approx(
        metrics.average_precision_score(positives, scores), **EXACT
    )


def test_average_precision_of_equal_scores_is_lower_than_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    labels, same = np.array([1.0, 0, 0, 1]), np.full(4, 0.5)
    assert metrics.average_precision_score(labels, same) == 0.5
    assert average_precision(same, labels) == pytest.approx((1 / 3 + 2 / 4) / 2)


words = st.text("abçdeäž", min_size=1, max_size=6)
pages = st.lists(words, max_size=12).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(pages.filter(bool), pages), min_size=1, max_size=5))
def test_error_rates_equal_those_of_jiwer(read):
    jiwer = pytest.importorskip("jiwer")
    true, found = ([*side] for side in zip(*read, strict=True))
    characters = character_error_rate(true, found, count=100, seed=1).interval.value
    in_words = word_error_rate(true, found, count=100, seed=1).interval.value
    assert characters == pytest.approx(jiwer.cer(true, found), **EXACT)
    assert in_words == pytest.approx(jiwer.wer(true, found), **EXACT)


sentences = st.lists(words, min_size=1, max_size=10).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(sentences, sentences), min_size=2, max_size=8))
def test_translation_figures_equal_those_of_sacrebleu(pairs):
    sacrebleu = pytest.importorskip("sacrebleu")
    references, said = ([*side] for side in zip(*pairs, strict=True))
    task = TranslationTask("reference", LANGUAGES, references, references)
    ours = _values(score_translation(task, {"start": said}, PARAMS))
    direction = "-".join(LANGUAGES)
    expected = {
        "bleu": sacrebleu.corpus_bleu(said, [references]),
        "chrf2pp": sacrebleu.corpus_chrf(said, [references], word_order=2),
        "ter": sacrebleu.corpus_ter(said, [references]),
    }
    for metric, score in expected.items():
        assert ours[direction, metric] == pytest.approx(score.score, **EXACT)


def _plain_share(documents, *, is_lax):
    """Hits and beads of (tested, against), straight from the definition."""
    hits = total = 0
    for tested, against in documents:
        linked = defaultdict(set)
        for source, target in against:
            for sentence in source:
                linked[sentence] |= set(target)
        for source, target in tested:
            is_hit = (source, target) in against
            if is_lax and not is_hit:
                is_hit = any(linked[sentence] & set(target) for sentence in source)
            hits += is_hit
            total += 1
    return hits / total if total else 0.0


def _plain_scores(documents, *, is_lax):
    """Precision over all beads, recall without insertions and deletions, and their F1."""
    sets = [
        tuple({bead for bead in beads if bead[0] or bead[1]} for beads in pair)
        for pair in documents
    ]
    two_sided = [
        tuple({bead for bead in beads if bead[0] and bead[1]} for beads in pair) for pair in sets
    ]
    precision = _plain_share(sets, is_lax=is_lax)
    recall = _plain_share([(gold, found) for found, gold in two_sided], is_lax=is_lax)
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0


side = st.lists(st.integers(0, 5), max_size=3, unique=True).map(lambda ids: tuple(sorted(ids)))
alignment = st.lists(st.tuples(side, side), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(alignment, alignment), min_size=1, max_size=3))
def test_bead_scores_equal_the_published_definition(documents):
    ours = pooled_bead_scores(documents)
    for accuracy, is_lax in ((ours.strict, False), (ours.lax, True)):
        expected = _plain_scores(documents, is_lax=is_lax)
        assert (accuracy.precision, accuracy.recall, accuracy.f1) == pytest.approx(
            expected, **EXACT
        )


def test_bead_scores_of_a_worked_example():
    gold = [((0,), (0,)), ((1, 2), (1,)), ((3,), ()), ((4,), (2,))]
    found = [((0,), (0,)), ((1,), (1,)), ((2,), ()), ((3,), ()), ((4,), (2,))]
    scores = pooled_bead_scores([(found, gold)])
    assert (scores.strict.precision, scores.strict.recall) == (3 / 5, 2 / 3)
    assert (scores.lax.precision, scores.lax.recall) == (4 / 5, 1)
