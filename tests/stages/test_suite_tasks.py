import json

import pytest

from pipeline.errors import InputError
from pipeline.evaluation.suites.aligned import alignment_task
from pipeline.evaluation.suites.bitexts import retrieval_tasks
from pipeline.evaluation.suites.labelled import classification_tasks, few_shot_tasks
from pipeline.evaluation.suites.pairs import paraphrase_tasks, similarity_tasks, translation_task
from pipeline.evaluation.suites.passages import passage_tasks
from pipeline.evaluation.suites.sources import hash_suite
from pipeline.suite_entries import SUITE_MODELS

ABOUT = {
    "name": "own",
    "title": "Own",
    "role": "dev",
    "licence": "CC0-1.0",
    "source": "written for this test",
    "revision": "1",
}


@pytest.fixture
def suite(tmp_path):
    """An entry whose files are written beside it."""

    def make(task, files, **keys):
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        entry = json.loads(json.dumps(ABOUT | {"task": task} | keys).replace("@", f"{tmp_path}/"))
        return SUITE_MODELS[task].model_validate(entry)

    return make


LINES = {"tuk_Latn.txt": "bir\niki\n\n", "rus_Cyrl.txt": "один\nдва\nтри\n"}
LINES |= {"eng_Latn.txt": "one\ntwo\nthree\n", "kinds.tsv": "domain\na\nb\na\n"}
BITEXT = {
    "lines": {"path": "@{language}.txt"},
    "languages": ["tuk_Latn"],
    "pivots": ["rus_Cyrl", "eng_Latn"],
    "attributes": {"domain": {"path": "@kinds.tsv"}},
}


def test_line_files_pair_every_language_with_every_pivot(suite):
    first, second = retrieval_tasks(suite("retrieval", LINES, **BITEXT))
    assert (first.languages, second.languages) == (
        ("tuk_Latn", "rus_Cyrl"),
        ("tuk_Latn", "eng_Latn"),
    )
    assert list(first.sources) == ["bir", "iki"]
    assert list(second.targets) == ["one", "two"]
    assert first.attributes == {"domain": ["a", "b"]}


@pytest.mark.parametrize("name", ["eng_Latn.txt", "kinds.tsv"])
def test_files_of_unequal_length_are_refused(suite, name):
    with pytest.raises(InputError, match="own: "):
        retrieval_tasks(suite("retrieval", LINES | {name: "domain\na\n"}, **BITEXT))


def test_tables_of_two_columns_are_bitexts(suite):
    tables = [{"path": "@p.tsv", "columns": {"tuk_Latn": "tk", "rus_Cyrl": "ru"}}]
    (task,) = retrieval_tasks(suite("retrieval", {"p.tsv": "tk\tru\nbir\tодин\n"}, tables=tables))
    assert (list(task.sources), list(task.targets)) == (["bir"], ["один"])


STS = "first\tsecond\tscore\na\tb\t4.5\nc\td\t1\n"


def test_rated_pairs_are_kept_by_language(suite):
    tables = {"tuk_Latn": {"path": "@s.tsv"}, "tuk_Latn-rus_Cyrl": {"path": "@s.tsv"}}
    one, two = similarity_tasks(suite("similarity", {"s.tsv": STS}, tables=tables))
    assert one.languages == ("tuk_Latn", "tuk_Latn")
    assert two.languages == ("tuk_Latn", "rus_Cyrl")
    assert list(one.gold) == [4.5, 1]


def test_a_rating_that_is_no_number_is_told_with_its_row(suite):
    files = {"s.tsv": STS + "e\tf\thigh\n"}
    entry = suite("similarity", files, tables={"tuk_Latn": {"path": "@s.tsv"}})
    with pytest.raises(InputError, match="own: row 3: the score 'high' is no number"):
        similarity_tasks(entry)


def test_paraphrases_are_what_is_rated_high_enough(suite):
    keys = {"tables": {"tuk_Latn": {"path": "@s.tsv"}}, "tuning": {"tuk_Latn": {"path": "@s.tsv"}}}
    (task,) = paraphrase_tasks(suite("paraphrase", {"s.tsv": STS}, least_score=4, **keys))
    assert list(task.pairs.is_paraphrase) == [True, False]
    assert task.tuning is not None


def test_translations_come_with_what_systems_made_of_them(suite):
    files = {"t.tsv": "source\treference\nbir\tone\n", "mine.txt": "won\n"}
    keys = {"languages": ["tuk_Latn", "eng_Latn"], "texts": {"path": "@t.tsv"}}
    task, systems = translation_task(
        suite("translation", files, systems={"mine": "@mine.txt"}, **keys)
    )
    assert list(task.references) == ["one"]
    assert systems == {"mine": ["won"]}


LABELLED = "text\tlabel\n" + "".join(f"t{n}\t{'ab'[n % 2]}\n" for n in range(20))


def test_a_language_may_be_taught_by_another(suite):
    files = {
        f"{code}.{part}.tsv": LABELLED for code in ("eng", "tuk") for part in ("train", "test")
    }
    codes = {"eng_Latn": "eng", "tuk_Latn": "tuk"}
    tables = {
        part: {"path": f"@{{language}}.{part}.tsv", "codes": codes} for part in ("train", "test")
    }
    taught = suite(
        "classification", files, languages=["tuk_Latn"], train_language="eng_Latn", **tables
    )
    (task,) = classification_tasks(taught, 1)
    assert (task.train.language, task.test.language) == ("eng_Latn", "tuk_Latn")
    assert few_shot_tasks(taught) == []
    own = suite("classification", files, languages=["tuk_Latn"], **tables)
    assert len(few_shot_tasks(own)) == 1


def test_texts_without_a_test_split_stand_in_folds_once(suite):
    files = {"all.tsv": LABELLED + "t0\ta\n"}
    entry = suite("classification", files, languages=["ben_Beng"], train={"path": "@all.tsv"})
    (task,) = classification_tasks(entry, 1)
    assert sorted(task.test.texts) == sorted(f"t{n}" for n in range(20))
    assert len(set(task.test.folds)) == 5
    assert task.train is task.test


def _answers(code, texts):
    rows = "".join(f"q{n}\t{code} {question}\t{passage}\n" for n, (question, passage) in texts)
    return "id\tquestion\tpassage\n" + rows


def test_crossed_questions_look_in_the_other_language_by_their_id(suite):
    texts = list(enumerate([("kim", "P"), ("näme", "P"), ("haçan", "Q")]))
    files = {"tuk_Latn.tsv": _answers("tk", texts), "rus_Cyrl.tsv": _answers("ru", texts)}
    keys = {"languages": ["tuk_Latn", "rus_Cyrl"], "answers": {"path": "@{language}.tsv"}}
    tasks = passage_tasks(suite("passages", files, is_crossed=True, **keys))
    assert len(tasks) == 4
    assert len(passage_tasks(suite("passages", files, **keys))) == 2
    task = tasks[1]
    assert task.languages == ("tuk_Latn", "rus_Cyrl")
    assert list(task.queries) == ["tk kim", "tk näme", "tk haçan"]
    assert (list(task.passages), list(task.right)) == (["P", "Q"], [{0}, {0}, {1}])


def test_judgements_of_grade_0_are_not_right_answers(suite):
    files = {
        "q.tsv": "id\tquestion\n1\tkim\n2\tnäme\n",
        "p.tsv": "id\tpassage\nx\tP\ny\tQ\n",
        "r.tsv": "question\tpassage\tgrade\n1\ty\t1\n1\tx\t0\n2\tx\t0\n",
    }
    tables = {key: {"path": f"@{key[0]}.tsv"} for key in ("questions", "passages", "relevance")}
    (task,) = passage_tasks(suite("passages", files, languages=["tuk_Latn"], **tables))
    assert (list(task.queries), list(task.right)) == (["kim"], [{1}])


LAW = "Başy\n1-nji madda. Ady\nBirinji.\nIkinji.\n\n2-nji madda. Ady\nÜçünji.\n"


def test_a_law_is_cut_at_its_articles_and_answered_by_line(suite):
    question = {"question": "Haýsy?", "places": ["4"], "kind": "rule"}
    files = {"law.txt": LAW, "q.jsonl": json.dumps(question)}
    statute = {
        "text": {"path": "@law.txt"},
        "heading": r"^\d+-\w+ madda\.",
        "first_line": 2,
        "questions": "@q.jsonl",
    }
    (task,) = passage_tasks(suite("passages", files, languages=["tuk_Latn"], statute=statute))
    assert list(task.passages) == [
        "1-nji madda. Ady\nBirinji.\nIkinji.",
        "2-nji madda. Ady\nÜçünji.",
    ]
    assert list(task.right) == [{0}]
    assert task.attributes == {"kind": ["rule"]}


def test_a_question_about_a_place_that_is_not_there_is_refused(suite):
    files = {"law.txt": LAW, "q.jsonl": json.dumps({"question": "Haýsy?", "places": ["5"]})}
    statute = {"text": {"path": "@law.txt"}, "questions": "@q.jsonl"}
    entry = suite("passages", files, languages=["tuk_Latn"], statute=statute)
    with pytest.raises(InputError, match="own: the law has no 5, asked: Haýsy"):
        passage_tasks(entry)


def test_articles_in_rows_are_answered_by_article_and_paragraph(suite):
    row = {"id": 3, "content": "Birinci.\n\nİkinci."}
    question = {"question": "Hansı?", "places": ["3:2"]}
    files = {"a.jsonl": json.dumps(row), "q.jsonl": json.dumps(question)}
    columns = {"article": "id", "text": "content"}
    statute = {"text": {"path": "@a.jsonl", "columns": columns}, "questions": "@q.jsonl"}
    (task,) = passage_tasks(suite("passages", files, languages=["azj_Latn"], statute=statute))
    assert (list(task.passages), list(task.right)) == (["Birinci.\nİkinci."], [{0}])


BEADS = {"a.txt": "x\ny\n", "b.txt": "u\n"}


def test_beads_are_read_and_checked_against_the_texts(suite):
    keys = {"languages": ["deu_Latn", "fra_Latn"], "texts": ["@a.txt", "@b.txt"]}
    good = suite("alignment", BEADS | {"beads": "[0,1]:[0]\n"}, beads="@beads", **keys)
    assert alignment_task(good).gold == [((0, 1), (0,))]
    bad = suite("alignment", BEADS | {"beads": "[0]:[1]\n"}, beads="@beads", **keys)
    with pytest.raises(InputError, match="beyond the end"):
        alignment_task(bad)


def test_the_hash_of_a_suite_follows_its_entry_and_every_file(suite):
    before = hash_suite(suite("retrieval", LINES, **BITEXT))
    assert hash_suite(suite("retrieval", LINES, **BITEXT)) == before
    assert hash_suite(suite("retrieval", LINES, **BITEXT, note="x")) != before
    for name in LINES:
        changed = suite("retrieval", LINES | {name: "domain\nx\ny\nz\n"}, **BITEXT)
        assert hash_suite(changed) != before, name
