import hashlib
import json

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.baselines import Bm25, LengthRatio, TfIdf
from pipeline.evaluation.measures.scores import Scored
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.suites import running
from pipeline.evaluation.suites.bitexts import HardTask
from pipeline.evaluation.suites.running import score_suite, score_tasks, tasks_of
from pipeline.evaluation.suites.slicing import sliced
from pipeline.evaluation.tasks.alignment_f1 import Alignment
from pipeline.evaluation.tasks.mining_f1 import MiningTask
from pipeline.evaluation.tasks.passages import PassageTask
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.parameters import EvaluationParams
from pipeline.suite_entries import SUITE_MODELS
from pipeline.tables import SCORES

PARAMS = EvaluationParams(bootstrap_count=100)
ABOUT = {
    "name": "own",
    "title": "Own",
    "role": "dev",
    "licence": "CC0-1.0",
    "source": "written for this test",
    "revision": "1",
}
TEXTS = [f"söz{n} at{n * 7} ýol{n % 3}" for n in range(30)]


class WordHashes:
    """A bag of hashed words: equal texts are equal, texts that share words are near."""

    fingerprint = "word-hashes"
    dimension = 512

    def encode(self, texts, *, language, role="query"):
        vectors = np.zeros((len(texts), 512), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.split():
                vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:2]) % 512] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _tsv(header, rows):
    return "".join("\t".join(row) + "\n" for row in [header, *rows])


FILES = {
    "bitext.tsv": _tsv(["tk", "ru"], [[text, text] for text in TEXTS]),
    "rated.tsv": _tsv(
        ["first", "second", "score"],
        [[text, text if n % 2 else text.split()[0], str(n % 2)] for n, text in enumerate(TEXTS)],
    ),
    "labelled.tsv": _tsv(["text", "label"], [[text, text.split()[2]] for text in TEXTS]),
    "answers.tsv": _tsv(
        ["id", "question", "passage"],
        [[str(n), text.rpartition(" ")[0], text] for n, text in enumerate(TEXTS)],
    ),
    "a.txt": "bir\niki\n",
    "beads.txt": "[0]:[0]\n[1]:[1]\n",
    "spoken.tsv": _tsv(["source", "reference"], [["bir iki", "one two"], ["üç", "three"]]),
    "mine.txt": "one two\nthree\n",
}
PAIRS = {"tables": [{"path": "@bitext.tsv", "columns": {"tuk_Latn": "tk", "rus_Cyrl": "ru"}}]}
RATED = {"tables": {"tuk_Latn": {"path": "@rated.tsv"}}}
LABELLED = {
    "languages": ["tuk_Latn"],
    "train": {"path": "@labelled.tsv"},
    "test": {"path": "@labelled.tsv"},
}
ANSWERS = {"languages": ["tuk_Latn"], "answers": {"path": "@answers.tsv"}}
BEADS = {
    "languages": ["tuk_Latn", "rus_Cyrl"],
    "texts": ["@a.txt", "@a.txt"],
    "beads": "@beads.txt",
}
SPOKEN = {
    "languages": ["tuk_Latn", "eng_Latn"],
    "texts": {"path": "@spoken.tsv"},
    "systems": {"mine": "@mine.txt"},
}


@pytest.fixture
def suite(tmp_path):
    """An entry whose files lie beside it."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def make(task, **keys):
        entry = json.loads(json.dumps(ABOUT | {"task": task} | keys).replace("@", f"{tmp_path}/"))
        return SUITE_MODELS[task].model_validate(entry)

    return make


@pytest.fixture
def encoder():
    return {"start": EncoderModel(WordHashes())}


def gold_alignment(task, model):
    return Alignment(model.fingerprint, task.gold)


@pytest.mark.parametrize(
    ("task", "keys", "headline", "metrics"),
    [
        ("retrieval", PAIRS, "p_at_1", {"mrr", "xsim_error"}),
        ("mining", PAIRS, "mining_f1", {"mining_precision", "average_precision"}),
        ("similarity", RATED, "spearman", {"pearson"}),
        ("paraphrase", RATED, "average_precision", {"accuracy_at_0.8", "mean_cosine"}),
        ("classification", LABELLED, "macro_f1", {"accuracy", "few_shot_macro_f1"}),
        ("passages", ANSWERS, "top_1", {"mrr", "ndcg_at_10"}),
        ("alignment", BEADS, "strict_f1", {"lax_f1"}),
    ],
)
def test_every_kind_of_suite_is_read_and_scored(suite, encoder, task, keys, headline, metrics):
    scored = score_suite(suite(task, **keys), encoder, PARAMS, align=gold_alignment)
    assert scored.table().schema == SCORES
    assert {row["suite"] for row in scored.rows} == {"own"}
    assert {row["model_fingerprint"] for row in scored.rows} == {"word-hashes"}
    found = {row["metric"]: row["value"] for row in scored.rows if not row["slice"]}
    assert metrics < found.keys()
    assert found[headline] > 0.8, "the texts were made to be easy for shared words"


def test_translations_are_scored_by_system_with_the_source_copied_as_the_baseline(suite, encoder):
    entry = suite("translation", **SPOKEN)
    assert tasks_of(entry, PARAMS.seed) == []
    rows = score_suite(entry, encoder, PARAMS).rows
    found = {row["model"]: row["value"] for row in rows if row["metric"] == "chrf2pp"}
    assert list(found) == ["copy", "mine"]
    assert found["mine"] == pytest.approx(100)
    assert found["copy"] < 50


def test_tasks_of_mteb_are_given_encoders_alone(suite, encoder, monkeypatch):
    asked = {}

    def score_mteb(tasks, encoders, seed):
        asked.update(tasks=tasks, encoders=encoders, seed=seed)
        return Scored([])

    monkeypatch.setattr(running, "find_mteb_tasks", lambda names, languages: [*names, *languages])
    monkeypatch.setattr(running, "score_mteb", score_mteb)
    entry = suite("mteb", tasks=["Tatoeba"], languages=["tuk_Latn"])
    assert tasks_of(entry, 1) == []
    score_suite(entry, encoder | {"bm25": Bm25()}, PARAMS)
    assert asked == {
        "tasks": ["Tatoeba", "tuk_Latn"],
        "encoders": {"start": encoder["start"].encoder},
        "seed": PARAMS.seed,
    }


def test_near_misses_make_another_task_of_the_same_texts(suite):
    (plain,) = tasks_of(suite("retrieval", **PAIRS), 1)
    (hard,) = tasks_of(suite("retrieval", is_hard=True, **PAIRS), 1)
    assert isinstance(hard, HardTask)
    assert hard.texts == plain
    assert hard.suite == "own"


def test_near_misses_are_more_to_choose_from(suite, encoder):
    plain, hard = (
        score_suite(suite("retrieval", is_hard=is_hard, **PAIRS), encoder, PARAMS).rows[0]
        for is_hard in (False, True)
    )
    assert plain["metric"] == hard["metric"] == "p_at_1"
    assert plain["pool_size"] == 30 < hard["pool_size"]


def test_what_is_withheld_from_mining_follows_the_seed(suite):
    entry = suite("mining", **PAIRS)
    (one,), (same,), (other,) = (tasks_of(entry, seed) for seed in (1, 1, 2))
    assert isinstance(one, MiningTask)
    assert one == same != other


def test_models_without_features_have_no_rows_in_classification(suite, encoder):
    models = encoder | {"bm25": Bm25(), "tfidf": TfIdf(), "length": LengthRatio()}
    rows = score_suite(suite("classification", **LABELLED), models, PARAMS).rows
    assert {row["model"] for row in rows} == {"start", "tfidf", "difference"}
    assert {row["metric"].startswith("few_shot") for row in rows} == {True, False}


def test_baselines_are_compared_with_the_start_model_when_they_can_do_the_task(suite, encoder):
    models = encoder | {"bm25": Bm25(), "length": LengthRatio()}
    rows = score_suite(suite("passages", **ANSWERS), models, PARAMS).rows
    found = {row["note"] for row in rows if row["model"] == "difference"}
    assert found == {"bm25 minus start", "length minus start"}


def test_texts_are_aligned_only_by_those_who_are_told_how(suite, encoder):
    entry, models = suite("alignment", **BEADS), encoder | {"bm25": Bm25()}
    assert score_suite(entry, models, PARAMS).rows == []

    def by_encoders(task, model):
        return gold_alignment(task, model) if isinstance(model, EncoderModel) else None

    rows = score_suite(entry, models, PARAMS, align=by_encoders).rows
    assert {row["model"] for row in rows} == {"start"}


def test_tasks_of_several_suites_are_told_and_scored_in_their_order(suite, encoder):
    tasks = [
        *tasks_of(suite("passages", **ANSWERS), 1),
        *tasks_of(suite("similarity", **RATED), 1),
    ]
    heard = []
    scored = score_tasks(tasks, encoder, PARAMS, lambda *message: heard.append(message))
    assert heard == [(0, 2, "PassageTask of own"), (1, 2, "RatedPairs of own")]
    assert [row["metric"] for row in scored.rows if not row["slice"]] == [
        *("top_1", "mrr", "ndcg_at_10"),
        *("spearman", "pearson"),
    ]


def test_nothing_to_score_gives_an_empty_table(encoder):
    assert score_tasks([], encoder, PARAMS).table().num_rows == 0


def test_a_missing_file_of_a_suite_is_named(suite, tmp_path):
    entry = suite("retrieval", **PAIRS)
    (tmp_path / "bitext.tsv").unlink()
    with pytest.raises(InputError, match=r"there is no file .*bitext\.tsv"):
        tasks_of(entry, 1)


def test_slices_by_length_stand_behind_the_whole_suite(encoder):
    long = [f"{text} {' '.join(f'x{n}{i}' for i in range(4))}" for n, text in enumerate(TEXTS)]
    texts = [*TEXTS, *long]
    task = ParallelTexts("own", ("tuk_Latn", "tuk_Cyrl"), texts, texts)
    rows = score_tasks([task], encoder, PARAMS).rows
    slices = [(row["slice"], row["n"]) for row in rows if row["metric"] == "p_at_1"]
    assert slices == [("", 60), ("length: 1-5 words", 30), ("length: 6-12 words", 30)] * 2


def test_slices_tell_length_and_script_of_what_is_asked_beside_what_the_suite_says():
    asked = ["bir", "бир", "bir iki üç dört bäş alty"]
    said = {"kind": ["a", "b", ""], "same": ["x"] * 3}
    task = PassageTask("own", ("tuk_Latn", "rus_Cyrl"), asked, ["p"], [{0}] * 3, said)
    assert sliced(task).attributes == {
        "length": ["1-5 words", "1-5 words", "6-12 words"],
        "script": ["Latin", "Cyrillic", "Latin"],
        "kind": ["a", "b", "not given"],
    }
    assert task.attributes == said


def test_first_sentences_decide_the_slice_of_a_rated_pair():
    pairs = RatedPairs("own", ("tuk_Latn", "rus_Cyrl"), ["bir", "бир"], ["бир", "бир"], [1, 2])
    assert sliced(pairs).attributes == {"script": ["Latin", "Cyrillic"]}


def test_tasks_without_slices_stay_as_they_are(suite):
    (task,) = tasks_of(suite("mining", **PAIRS), 1)
    assert sliced(task) is task
