import numpy as np
import pytest

from pipeline.distillation.lessons.targets import write_targets
from pipeline.distillation.lessons.teacher import (
    TeacherVectors,
    retained_texts,
    teacher_texts,
    write_teacher_vectors,
)
from pipeline.errors import InputError
from pipeline.tables import LESSONS, PARALLEL_CORPUS, as_table, identify


class LengthEncoder:
    fingerprint = "length"
    dimension = 2

    def encode(self, texts, *, language, role="query"):
        angles = np.array([len(text) + (language == "rus_Cyrl") for text in texts])
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def lesson(source, target, language="rus_Cyrl", **more):
    return {
        "source_language": "tuk_Latn",
        "target_language": language,
        "source_text": source,
        "target_text": target,
        "meaning_id": identify(source),
        "weight": 1.0,
    } | more


LESSON_TABLE = as_table(
    [
        lesson("suw", "вода"),
        lesson("kitap", "книга", reject_reason="left out"),
        lesson("ot", "fire", "eng_Latn"),
        lesson("şu suw", "вода"),
    ],
    LESSONS,
)
KEPT = LESSON_TABLE.filter(LESSON_TABLE["reject_reason"].is_null())


@pytest.fixture
def vectors(tmp_path):
    return write_teacher_vectors(LengthEncoder(), teacher_texts(LESSON_TABLE), tmp_path / "teacher")


def angles(rows):
    return np.cos(rows), np.sin(rows)


def test_the_teacher_reads_each_text_of_a_kept_lesson_once():
    assert teacher_texts(LESSON_TABLE) == [("rus_Cyrl", "вода"), ("eng_Latn", "fire")]


def test_targets_are_the_vectors_of_the_pivot_side_in_order(vectors, tmp_path):
    targets = write_targets(KEPT, vectors, tmp_path)
    np.testing.assert_allclose(targets.pivot[:, 0], np.cos([5, 4, 5]), atol=1e-3)
    assert targets.pivot.dtype == np.float16
    assert targets.focus is None


def test_vectors_and_targets_are_mapped_from_files_and_read_only(vectors, tmp_path):
    targets = write_targets(KEPT, vectors, tmp_path)
    for mapped in (vectors.matrix, targets.pivot):
        assert isinstance(mapped, np.memmap)
        assert not mapped.flags.writeable


def test_half_precision_keeps_cosines_to_a_thousandth(tmp_path):
    rng = np.random.default_rng(3)
    exact = rng.normal(size=(200, 384)).astype(np.float32)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)

    class Given:
        dimension = 384

        def encode(self, texts, *, language, role="query"):
            return exact[[int(text) for text in texts]]

    texts = [("eng_Latn", str(number)) for number in range(200)]
    folder = tmp_path / "half"
    vectors = write_teacher_vectors(Given(), texts, folder)
    half = vectors.matrix[vectors.rows_of(texts)].astype(np.float32)
    assert np.abs(half @ half.T - exact @ exact.T).max() < 1e-3
    assert (folder / "vectors.npy").stat().st_size < 200 * 768 + 1000


def test_the_folder_is_the_same_whatever_the_order_of_the_texts(tmp_path):
    texts = teacher_texts(LESSON_TABLE)
    for name, order in (("one", texts), ("other", [*reversed(texts), texts[0]])):
        write_teacher_vectors(LengthEncoder(), order, tmp_path / name)
    for name in ("vectors.npy", "text_ids.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_a_text_the_teacher_did_not_read_is_named(tmp_path):
    vectors = write_teacher_vectors(LengthEncoder(), [("rus_Cyrl", "вода")], tmp_path / "few")
    with pytest.raises(InputError, match="'fire'"):
        vectors.of_lessons(KEPT)
    with pytest.raises(InputError, match="'zzz'"):
        vectors.rows_of([("zza_Latn", "zzz")])
    none = write_teacher_vectors(LengthEncoder(), [], tmp_path / "none")
    with pytest.raises(InputError, match="'вода'"):
        none.of_lessons(KEPT)


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no vectors"):
        TeacherVectors.open(tmp_path)
    write_teacher_vectors(LengthEncoder(), teacher_texts(LESSON_TABLE), tmp_path / "teacher")
    np.save(tmp_path / "teacher" / "text_ids.npy", np.array(["a"], "S24"))
    with pytest.raises(InputError, match=r"1 texts and vectors of shape \(2, 2\)"):
        TeacherVectors.open(tmp_path / "teacher")


def test_a_text_with_several_counterparts_is_taught_their_weighted_mean(tmp_path):
    rows = [
        lesson("suw", "вода", weight=3.0),
        lesson("suw", "water", "eng_Latn"),
        lesson("ot", "огонь"),
    ]
    lessons = as_table(rows, LESSONS)
    vectors = write_teacher_vectors(LengthEncoder(), teacher_texts(lessons), tmp_path / "teacher")
    targets = write_targets(lessons, vectors, tmp_path)
    water = np.array([np.cos(5), np.sin(5)])  # both counterparts have the same vector here
    np.testing.assert_allclose(targets.focus[:2], [water, water], atol=1e-3)

    rows[1]["target_text"] = "the water"
    lessons = as_table(rows, LESSONS)
    vectors = write_teacher_vectors(LengthEncoder(), teacher_texts(lessons), tmp_path / "teacher")
    targets = write_targets(lessons, vectors, tmp_path)
    mean = 3 * water + [np.cos(9), np.sin(9)]
    mean /= np.linalg.norm(mean)
    np.testing.assert_allclose(targets.focus[:2], [mean, mean], atol=1e-3)
    np.testing.assert_allclose(targets.pivot[0], water, atol=1e-3)
    np.testing.assert_array_equal(targets.focus[2], targets.pivot[2])


def test_retained_texts_are_distinct_pivot_texts_of_the_development_split():
    rows = [("вода", "dev"), ("вода", "dev"), ("огонь", "train"), ("земля", "dev"), ("мир", "test")]
    corpus = as_table(
        [
            {"target_language": "rus_Cyrl", "target_text": text, "split": split}
            for text, split in rows
        ],
        PARALLEL_CORPUS,
    )
    (texts,) = retained_texts(corpus, 10)
    assert sorted(texts) == ["вода", "земля"]
    assert retained_texts(corpus, 1) == [texts[:1]]
