import dataclasses
import json
import runpy

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard, ModelCardData
from sentence_transformers import SentenceTransformer

from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.evaluation.release.card_facts import (
    Card,
    DataSource,
    Making,
    Reviewing,
    data_sources,
    reviewing,
    triplet_sources,
)
from pipeline.evaluation.release.folder import example_pairs, write_release
from pipeline.evaluation.release.leaderboard import leaderboard
from pipeline.evaluation.release.model_card import render_card
from pipeline.evaluation.release.model_index import model_index
from pipeline.evaluation.report.facts import SuiteFacts
from pipeline.parameters import EvaluationParams
from pipeline.tables import (
    FILTERED_TRIPLETS,
    LESSONS,
    PARALLEL_CORPUS,
    REVIEWS,
    SCORES,
    as_table,
)

TEXTS = ["salam", "men kitap okadym", "привет", "я читал книгу"]
STUDENT = "mse+mnr@0.7"


def score(model, value, low, high):
    return {
        "suite": "held_out",
        "model": model,
        "model_fingerprint": "start" if model == "start" else "student",
        "direction": "tuk_Latn-rus_Cyrl",
        "metric": "p_at_1",
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "n": 1234,
    }


SCORED = as_table(
    [
        score("start", 0.4, 0.3, 0.5),
        score(STUDENT, 0.7, 0.6, 0.8),
        score("difference", 0.3, 0.2, 0.4),
    ],
    SCORES,
)
KEPT = as_table([{"model": STUDENT, "direction": "rus_Cyrl", "value": 0.99}], SCORES)
CARD = Card(
    name="dutar-tuk-small",
    title="Turkmen with Russian and English",
    student=STUDENT,
    focus="tuk_Latn",
    pivots=("rus_Cyrl", "eng_Latn"),
    making=Making(
        "embedded:e5-small", "embedded:e5-small", "mse+mnr", 0.7, {"pair_count": 12401, "kept": 0.5}
    ),
    licence="MIT",
    leaderboard=leaderboard(SCORED, KEPT, {}, EvaluationParams()),
    scores={"retrieval": SCORED, "similarity": SCORES.empty_table()},
    suites={"held_out": SuiteFacts("Held-out pairs", "retrieval", "test", revision="v1")},
    sources=(DataSource("textbooks", "CC-BY-4.0", 1500),),
    reviewing=Reviewing(reviewed_pair_count=310, review_count=412, annotator_count=2),
    lineage={"demo/parallel_corpus": "0123abcd"},
    command="make demo",
    refusals=("12 titles were scored; 100 is the minimum.",),
    examples=[("men kitap okadym", "я читал книгу"), ("salam", "привет")],
)


@pytest.fixture(scope="module")
def release(tiny_model_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    (folder / "exports").mkdir()
    (folder / "exports" / "model.onnx").write_bytes(b"graph")
    return write_release(tiny_model_folder, folder / "exports", CARD, folder / "model")


def front_matter(folder):
    head, _, _ = (folder / "README.md").read_text(encoding="utf-8")[4:].partition("\n---\n")
    return yaml.safe_load(head)


def test_plain_encode_gives_the_vectors_that_were_scored(release, tiny_model_folder):
    scored = load_encoder(str(tiny_model_folder)).encode(TEXTS, language="und", role="query")
    np.testing.assert_allclose(SentenceTransformer(str(release)).encode(TEXTS), scored, atol=1e-6)
    released = load_encoder(str(release)).encode(TEXTS, language="und", role="query")
    np.testing.assert_array_equal(released, scored)


def test_searched_texts_get_the_prompt_that_the_student_knows(release, tiny_model_folder):
    scored = load_encoder(str(tiny_model_folder)).encode(TEXTS, language="und", role="passage")
    model = SentenceTransformer(str(release))
    np.testing.assert_allclose(model.encode_document(TEXTS), scored, atol=1e-6)


def test_a_student_without_prompts_is_released_without_any(tiny_model_folder, tmp_path):
    plain = tmp_path / "plain"
    write_release(tiny_model_folder, None, CARD, plain)
    path = plain / "config_sentence_transformers.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | {"prompts": {}}), encoding="utf-8")
    folder = write_release(plain, None, CARD, tmp_path / "model")
    scored = load_encoder(str(plain)).encode(TEXTS, language="und")
    np.testing.assert_allclose(SentenceTransformer(str(folder)).encode(TEXTS), scored, atol=1e-6)
    assert "Prompts" not in (folder / "README.md").read_text(encoding="utf-8")


def test_the_example_has_five_lines_and_finds_a_sentence(release, monkeypatch, capsys):
    program = release / "search_example.py"
    assert len(program.read_text(encoding="utf-8").splitlines()) == 5
    monkeypatch.chdir(release)
    runpy.run_path(program.name)
    assert capsys.readouterr().out.strip() in {focus for focus, _ in CARD.examples}


def test_an_example_survives_quotes_and_braces_in_its_texts():
    card = dataclasses.replace(CARD, examples=[('say "{x}" it\'s', "a\\b'"), ("other", "more")])
    assert len(card.example.splitlines()) == 5
    compile(card.example, "search_example.py", "exec")


def test_the_head_of_the_card_is_what_model_hubs_read(release):
    head = front_matter(release)
    assert head.pop("model-index")[0]["name"] == "dutar-tuk-small"
    assert head == {
        "language": ["tk", "ru", "en"],
        "license": "mit",
        "base_model": "intfloat/multilingual-e5-small",
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": ["sentence-transformers", "sentence-similarity", "feature-extraction"],
    }


def test_a_hub_reads_every_score_from_the_card_and_writes_it_back_the_same(release):
    (result,) = ModelCard.load(release / "README.md").data.eval_results
    assert (result.task_type, result.dataset_name) == ("BitextMining", "Held-out pairs")
    assert (result.dataset_type, result.dataset_config) == ("held_out", "tuk_Latn-rus_Cyrl")
    assert (result.dataset_split, result.dataset_revision) == ("test", "v1")
    assert (result.metric_type, result.metric_value) == ("p_at_1", 0.7)
    assert result.metric_name == "found first (P@1)"
    assert result.metric_args["n"] == 1234
    index = front_matter(release)["model-index"]
    data = ModelCardData(model_name="dutar-tuk-small", eval_results=[result])
    assert yaml.safe_load(data.to_yaml())["model-index"] == index


def test_the_index_leaves_out_parts_other_models_and_what_is_not_defined():
    rows = [
        {**score(STUDENT, 0.9, 0.8, 1.0), "slice": "script: Cyrillic"},
        {**score(STUDENT, 0.9, 0.8, 1.0), "metric": "mrr", "value": None},
        score("bm25", 0.2, 0.1, 0.3),
    ]
    (index,) = model_index("name", STUDENT, {"retrieval": as_table(rows, SCORES)}, {})
    assert index == {"name": "name", "results": []}


def test_the_index_gathers_the_metrics_of_a_data_set_and_direction():
    rows = [score(STUDENT, 0.7, 0.6, 0.8), {**score(STUDENT, 0.8, 0.7, 0.9), "metric": "mrr"}]
    (index,) = model_index("name", STUDENT, {"retrieval": as_table(rows, SCORES)}, {})
    (result,) = index["results"]
    assert [metric["value"] for metric in result["metrics"]] == [0.7, 0.8]
    assert result["dataset"]["name"] == "Held out"


def test_the_card_tells_scores_with_intervals_and_n_sources_prompts_limits_and_lineage(release):
    card = (release / "README.md").read_text(encoding="utf-8")
    for told in (
        "| 0.400 | 0.700 (0.600 to 0.800) | 1\u202f234 | 0.300 (0.200 to 0.400) |",
        "| textbooks | CC-BY-4.0 | 1\u202f500 |",
        "query `query: `",
        "- 12 titles were scored; 100 is the minimum.",
        "- `demo/parallel_corpus`: `0123abcd`",
        "the objective mse+mnr at the balance 0.7",
        "`onnx/`",
    ):
        assert told in card
    assert "Not released" not in card


def test_a_refused_student_is_written_and_says_so(tiny_model_folder, tmp_path):
    board = leaderboard(SCORED, SCORES.empty_table(), {}, EvaluationParams())
    card = dataclasses.replace(CARD, leaderboard=board)
    folder = write_release(tiny_model_folder, None, card, tmp_path / "model")
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "Not released" in text
    assert "`onnx/`" not in text
    assert (folder / "model.safetensors").is_file()


def test_the_exports_lie_in_their_folder(release):
    assert (release / "onnx" / "model.onnx").read_bytes() == b"graph"


def test_what_is_no_model_cannot_be_released(tmp_path):
    with pytest.raises(InputError, match=r"no modules\.json"):
        write_release(tmp_path, None, CARD, tmp_path / "model")


def corpus(*rows):
    names = ("pair_id", "source_text", "target_text", "licence", "origin", "split")
    return as_table([dict(zip(names, row, strict=True)) for row in rows], PARALLEL_CORPUS)


CORPUS = corpus(
    ("1", "gowy uzyn sözlem", "хорошее предложение", "MIT", "books", "test"),
    ("2", "başga uzyn sözlem", "хорошее предложение", "MIT", "books", "test"),
    ("3", "ýapyk uzyn sözlem", "закрытое предложение", "secret", "books", "test"),
    ("4", "az", "мало", "MIT", "books", "test"),
    ("5", "okuw uzyn sözlem", "учебное предложение", "MIT", "books", "train"),
    ("6", "okuw başga sözlem", "другое предложение", None, "books", "train"),
    ("7", "okuw üçünji sözlem", "третье предложение", "MIT", "news", "train"),
)


def test_examples_are_held_out_open_sentences_with_one_answer():
    (pair,) = example_pairs(CORPUS, frozenset({"MIT"}))
    assert pair[1] == "хорошее предложение"


def test_sources_are_what_was_trained_on_by_origin_and_licence():
    assert data_sources(CORPUS) == (
        DataSource("books", "MIT", 1),
        DataSource("books", "unknown", 1),
        DataSource("news", "MIT", 1),
    )


def test_triplets_that_were_taught_are_sources_by_strategy_and_licence():
    rows = [
        {"triplet_id": name, "strategy": "xl_lora", "licence": "CC0-1.0", "reject_reason": reason}
        for name, reason in (("a", None), ("b", None), ("c", "copy of the premise"), ("d", None))
    ]
    taught = [{"lesson_id": name} for name in "abc"]
    taught.append({"lesson_id": "d", "reject_reason": "anchor is held out"})
    found = triplet_sources([as_table(rows, FILTERED_TRIPLETS)], as_table(taught, LESSONS))
    assert found == (DataSource("synthesis/xl_lora", "CC0-1.0", 2),)


def test_the_card_tells_who_stands_behind_the_corpus_and_how_the_student_was_made(release):
    card = " ".join((release / "README.md").read_text(encoding="utf-8").split())
    assert "412 reviews by 2 people stand behind the filter; 310 of the training pairs" in card
    assert "taught by `intfloat/multilingual-e5-small` with the objective mse+mnr at the" in card
    assert "balance 0.7" in card
    assert "- pair count: 12 401 - kept: 0.5" in card


def test_a_model_from_scratch_claims_no_base_model(tiny_model_folder, tmp_path):
    card = dataclasses.replace(CARD, making=dataclasses.replace(CARD.making, base_model=None))
    folder = write_release(tiny_model_folder, None, card, tmp_path / "model")
    assert "base_model" not in front_matter(folder)
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "A new model, taught by `intfloat/multilingual-e5-small`" in text


def test_a_card_of_text_that_nobody_reviewed_says_so(tiny_model_folder, tmp_path):
    card = dataclasses.replace(CARD, reviewing=Reviewing(0, 0, 0))
    folder = write_release(tiny_model_folder, None, card, tmp_path / "model")
    assert "Nobody has reviewed these:" in (folder / "README.md").read_text(encoding="utf-8")


def test_reviewed_training_pairs_are_counted_with_the_reviews_and_reviewers_behind_them():
    pairs = as_table(
        [
            {"split": "train", "is_reviewed": True},
            {"split": "train", "is_reviewed": False},
            {"split": "test", "is_reviewed": True},
        ],
        PARALLEL_CORPUS,
    )
    reviews = as_table(
        [
            {"annotator": "annotator_1"},
            {"annotator": "annotator_2"},
            {"annotator": "annotator_2"},
            {"annotator": "annotator_3", "reject_reason": "unknown pair"},
        ],
        REVIEWS,
    )
    assert reviewing(pairs, reviews) == Reviewing(1, 3, 2)


ADAPTED = f"{STUDENT} with similarity adapter"
FORMS = as_table(
    [
        score(STUDENT, 0.7, 0.6, 0.8),
        score(ADAPTED, 0.75, 0.65, 0.85) | {"model_fingerprint": "adapted"},
        score("difference", 0.05, 0.01, 0.09) | {"model_fingerprint": "adapted"},
        score("other@0.7 with similarity adapter", 0.9, 0.8, 1.0),
    ],
    SCORES,
)


def test_the_card_lists_adapters_with_what_they_learnt_and_scores_beside_the_model_itself():
    card = dataclasses.replace(CARD, forms=FORMS, adapters={"similarity": "kl"})
    told = render_card(card, {}, has_onnx=False)
    section = told.partition("## Adapters and shorter vectors\n")[2].partition("\n## ")[0]
    assert "- `adapters/similarity`, trained by kl" in section
    assert 'model.load_adapter("adapters/similarity", adapter_name="similarity")' in section
    assert "dutar merge-adapter . similarity" in section
    (row,) = [line for line in section.splitlines() if ADAPTED in line]
    for figure in ("0.700 (0.600 to 0.800)", "0.750 (0.650 to 0.850)", "0.050 (0.010 to 0.090)"):
        assert figure in row
    assert "other@0.7" not in section


def test_a_model_without_other_forms_has_no_such_section():
    assert "Adapters" not in render_card(CARD, {}, has_onnx=False)
    nothing = dataclasses.replace(CARD, forms=SCORES.empty_table())
    assert "Adapters" not in render_card(nothing, {}, has_onnx=False)
