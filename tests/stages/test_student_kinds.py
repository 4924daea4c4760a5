import pytest
from pydantic import ValidationError

from pipeline.recipe_sections import Students
from pipeline.student_kind import BodySize, StudentKind


def test_one_kind_called_student_needs_no_name_in_its_keys():
    students = Students(objectives=("mse", "mse+mnr"), balances=(0.5, 0.7))
    assert students.variants() == ["mse@0.5", "mse@0.7", "mse+mnr@0.5", "mse+mnr@0.7"]
    assert students.kind_of("mse@0.5") == StudentKind()


def test_every_kind_is_trained_with_every_objective_and_balance():
    students = Students.model_validate(
        {
            "kinds": {"student": {}, "six_layers": {"layers": 6}},
            "objectives": ["mse"],
            "balances": [0.5, 0.00001],
        }
    )
    assert students.variants() == [
        "mse@0.5",
        "mse@1e-05",
        "six_layers-mse@0.5",
        "six_layers-mse@1e-05",
    ]
    for variant in students.variants():
        assert students.objective_of(variant) == "mse"
        assert students.balance_of(variant) in {0.5, 0.00001}
        assert students.kind_of(variant).layers == (6 if "six" in variant else None)


@pytest.mark.parametrize(
    "kind",
    [{"start": "some/model"}, {"layers": 6}, {"lora_rank": 8}, {"frequent_subwords": 500}],
)
def test_a_student_from_scratch_has_no_start_to_speak_of(kind):
    with pytest.raises(ValidationError, match="begins with random weights"):
        StudentKind.model_validate(kind | {"scratch": {}})


def test_a_task_that_nobody_knows_is_refused():
    with pytest.raises(ValidationError, match="similarity"):
        StudentKind.model_validate({"adapters": {"poetry": "mse"}})


def test_an_adapter_wants_an_objective_that_exists():
    with pytest.raises(ValidationError, match="pattern"):
        StudentKind.model_validate({"adapters": {"bitext": "cross-entropy"}})


def test_heads_divide_the_dimensions():
    with pytest.raises(ValidationError, match="7 heads do not divide 768"):
        BodySize(heads=7)
