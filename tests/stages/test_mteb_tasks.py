import re
import subprocess
import sys

import numpy as np
import pytest

from pipeline.errors import InputError, SourceUnavailable
from pipeline.evaluation.tasks import mteb_tasks
from pipeline.evaluation.tasks.mteb_tasks import MtebEncoder, find_mteb_tasks, score_mteb
from pipeline.tables import SCORES, as_table

TURKMEN = [f"sözlem {number}" for number in range(12)]
RUSSIAN = [f"предложение {number}" for number in range(12)]


class RecordingEncoder:
    """Vectors from the numbers in the texts; writes down what it was asked for."""

    fingerprint = "f" * 64
    dimension = 12

    def __init__(self):
        self.asked = []

    def encode(self, texts, *, language, role="query"):
        self.asked.append((language, role, len(texts)))
        numbers = [int(re.search(r"\d+", text)[0]) for text in texts]
        return np.eye(12, dtype=np.float32)[numbers]


@pytest.fixture(scope="module")
def tasks():
    """Tasks of mteb whose data stands here."""
    mteb = pytest.importorskip("mteb")
    datasets = pytest.importorskip("datasets")
    from mteb.abstasks import AbsTaskBitextMining, AbsTaskRetrieval
    from mteb.abstasks.task_metadata import TaskMetadata

    def metadata(kind, languages, main_score):
        return TaskMetadata(
            name=f"Tiny{kind}",
            description="made for this test",
            type=kind,
            dataset={"path": "none/at-all", "revision": "revision-7"},
            eval_langs=languages,
            main_score=main_score,
        )

    class Bitext(AbsTaskBitextMining):
        metadata = None
        parallel_subsets = True

        def load_data(self, **_):
            sides = {"tuk_Latn": TURKMEN, "rus_Cyrl": RUSSIAN}
            self.dataset = datasets.DatasetDict(test=datasets.Dataset.from_dict(sides))
            self.data_loaded = True

    class Retrieval(AbsTaskRetrieval):
        metadata = None

        def load_data(self, **_):
            def rows(prefix, texts):
                return datasets.Dataset.from_list(
                    [{"id": f"{prefix}{n}", "text": text} for n, text in enumerate(texts)]
                )

            self.dataset = {
                "default": {
                    "test": {
                        "queries": rows("q", TURKMEN[:5]),
                        "corpus": rows("d", TURKMEN[:4] + TURKMEN[5:]),
                        "relevant_docs": {f"q{n}": {f"d{n}": 1} for n in range(5)},
                        "top_ranked": None,
                    }
                }
            }
            self.data_loaded = True

    Bitext.metadata = metadata(
        "BitextMining", {"tuk_Latn-rus_Cyrl": ["tuk-Latn", "rus-Cyrl"]}, "f1"
    )
    Retrieval.metadata = metadata("Retrieval", ["tuk-Latn"], "ndcg_at_10")
    assert mteb.__name__ == "mteb"
    return {"bitext": Bitext, "retrieval": Retrieval}


def test_a_bitext_task_gives_a_row_of_the_scores_table(tasks):
    encoder = RecordingEncoder()
    scored = score_mteb([tasks["bitext"]()], {"start": encoder}, seed=3)
    (row,) = as_table(scored.rows, SCORES).to_pylist()
    assert (row["suite"], row["metric"], row["value"]) == ("TinyBitextMining", "mteb_f1", 1.0)
    assert (row["direction"], row["n"], row["model"]) == ("tuk_Latn-rus_Cyrl", 12, "start")
    assert (row["model_fingerprint"], row["ci_low"], row["ci_high"]) == ("f" * 64, None, None)
    assert "revision-7" in row["note"]
    assert re.search(r"mteb 2\.\d+", row["note"])
    assert encoder.asked == [("tuk_Latn", "query", 12), ("rus_Cyrl", "query", 12)]


def test_what_is_searched_is_encoded_as_passages_and_queries_are_counted(tasks):
    encoder = RecordingEncoder()
    scored = score_mteb([tasks["retrieval"]()], {"start": encoder}, seed=3)
    (row,) = scored.rows
    assert {asked[:2] for asked in encoder.asked} == {
        ("tuk_Latn", "query"),
        ("tuk_Latn", "passage"),
    }
    assert row["n"] == 5
    assert 0 < row["value"] < 1  # the fifth query's text is not in the pool


def test_every_encoder_is_measured_anew(tasks, tmp_path, monkeypatch):
    monkeypatch.setenv("MTEB_CACHE", str(tmp_path))
    good, collapsed = RecordingEncoder(), RecordingEncoder()
    collapsed.encode = lambda texts, **_: np.eye(12, dtype=np.float32)[[0] * len(texts)]
    scored = score_mteb([tasks["bitext"]()], {"start": good, "student": collapsed}, seed=3)
    assert [row["model"] for row in scored.rows] == ["start", "student"]
    assert scored.rows[0]["value"] == 1 > scored.rows[1]["value"]


def test_data_that_cannot_be_fetched_is_a_source_unavailable(tasks):
    class Offline(tasks["bitext"]):
        def load_data(self, **_):
            raise ConnectionError("no route to the hub")

    with pytest.raises(SourceUnavailable, match=r"TinyBitextMining \(none/at-all\).*no route"):
        score_mteb([Offline()], {"start": RecordingEncoder()}, seed=3)


def test_an_unknown_task_names_its_nearest(tasks):
    with pytest.raises(InputError, match="FloresBitextMining"):
        find_mteb_tasks(["FloresBitexMining"])


def test_only_parts_in_the_wanted_languages_are_kept(tasks):
    (task,) = find_mteb_tasks(["FloresBitextMining"], ["tuk_Latn", "rus_Cyrl"])
    assert sorted(task.hf_subsets) == ["rus_Cyrl-tuk_Latn", "tuk_Latn-rus_Cyrl"]
    with pytest.raises(InputError, match="STS17 has no part that is in tuk_Latn alone"):
        find_mteb_tasks(["STS17"], ["tuk_Latn"])


def test_without_mteb_the_message_says_what_to_install(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(mteb_tasks, "import_module", absent)
    with pytest.raises(InputError, match=re.escape("pip install 'dutar[mteb]'")):
        find_mteb_tasks(["STS17"])


def test_texts_of_several_languages_have_an_unknown_one(tasks):
    encoder = RecordingEncoder()
    metadata = tasks["bitext"].metadata
    batches = [{"text": TURKMEN[:2]}, {"text": RUSSIAN[:1]}]
    vectors = MtebEncoder(encoder).encode(
        batches, task_metadata=metadata, hf_subset="tuk_Latn-rus_Cyrl"
    )
    assert encoder.asked == [("und", "query", 3)]
    assert vectors.shape == (3, 12)


def test_importing_the_module_does_not_import_mteb():
    program = "import sys, pipeline.evaluation.tasks.mteb_tasks; sys.exit('mteb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
