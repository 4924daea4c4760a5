"""Adapters of the model that writes: trained, merged, put into its weights."""

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from pipeline.errors import InputError
from pipeline.parameters import AdapterParams, GenerationParams
from pipeline.synthesis.adapters.merging import merge_adapters, merging_weights
from pipeline.synthesis.adapters.opening import open_causal
from pipeline.synthesis.adapters.training import Lesson, train_adapter
from pipeline.synthesis.generators.causal import CausalGenerator
from pipeline.synthesis.generators.protocol import Request
from pipeline.synthesis.inferences import Inference
from pipeline.synthesis.strategies import STRATEGIES, Asking, Materials

QUICK = AdapterParams(rank=4, alpha=8, dropout=0, epochs=2, batch_examples=4, learning_rate=1e-2)
LESSONS = {
    "task": [Lesson("a b:", " ab\n"), Lesson("c d:", " cd\n")],
    "focus": [Lesson("", "salam dost"), Lesson("", "kitap okadym")],
    "source": [Lesson("", "hello friend"), Lesson("", "i read a book")],
}


@pytest.fixture(scope="module")
def adapters(tiny_causal_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters")
    for number, (name, lessons) in enumerate(LESSONS.items()):
        params = QUICK.model_copy(update={"rank": 2 + number, "seed": number})
        train_adapter(tiny_causal_folder, lessons, folder / name, params)
    return {name: folder / name for name in LESSONS}


def deltas(folder, scaling):
    """What an adapter adds to each weight, from its files alone."""
    tensors = load_file(folder / "adapter_model.safetensors")
    names = {name.rpartition(".lora_")[0] for name in tensors}
    return {
        name: scaling * tensors[f"{name}.lora_B.weight"] @ tensors[f"{name}.lora_A.weight"]
        for name in names
    }


@pytest.mark.parametrize(
    ("merging", "expected"),
    [
        ("task_arithmetic", {"task": 1.0, "focus": 0.7}),
        ("adamergex", {"task": 1.0, "focus": 0.7, "source": -0.7}),
    ],
)
def test_merged_adapters_equal_their_formula(
    tiny_causal_folder, adapters, tmp_path, merging, expected
):
    weights = merging_weights(merging, 0.7)
    merge_adapters(tiny_causal_folder, adapters, weights, tmp_path / "merged")
    scalings = {name: 8 / (2 + number) for number, name in enumerate(LESSONS)}
    own = {name: deltas(adapters[name], scalings[name]) for name in expected}
    found = deltas(tmp_path / "merged", 1.0)
    assert len(found) == 14  # all seven linear layers of both blocks
    for layer, delta in found.items():
        formula = sum(weight * own[name][layer] for name, weight in expected.items())
        assert formula.abs().max() > 1e-4
        assert (delta - formula).abs().max() < 1e-6


def test_a_model_with_its_adapter_merged_gives_the_same_logits(tiny_causal_folder, adapters):
    text = torch.tensor([[5, 9, 20, 31, 7]])
    plain, _ = open_causal(tiny_causal_folder)
    apart = PeftModel.from_pretrained(plain, str(adapters["task"])).eval()
    merged, _ = open_causal(tiny_causal_folder, adapters["task"])
    without, _ = open_causal(tiny_causal_folder)
    with torch.no_grad():
        logits = merged(text).logits
        assert (apart(text).logits - logits).abs().max() < 1e-4
        assert (without(text).logits - logits).abs().max() > 1e-2


def test_cross_lingual_adapters_learn_what_follows_and_what_contradicts(
    tiny_causal_folder, tmp_path
):
    """Premises in two languages; what follows begins with y, what contradicts with n."""
    inferences = [
        Inference(language, premise, relation, hypothesis)
        for language, premises in (("tuk_Latn", ("gar", "gün")), ("rus_Cyrl", ("дом", "снег")))
        for premise in premises
        for relation, hypothesis in (("positive", "yes it is"), ("negative", "no it is not"))
    ]
    params = AdapterParams(
        rank=8, alpha=16, dropout=0, epochs=60, batch_examples=4, learning_rate=1e-2
    )
    materials = Materials(tiny_causal_folder, "eng_Latn", "tuk_Latn", inferences, [], params)
    strategy = STRATEGIES["xl_lora"]
    logs = strategy.prepare(materials, tmp_path, lambda *_: None)
    assert set(logs) == {"positive", "negative"}
    assert all(log.losses[-1] < 0.1 < log.losses[0] for log in logs.values())
    drawing = GenerationParams(temperature=0, max_new_tokens=16)
    asking = Asking("eng_Latn", inferences, lambda *_: None, drawing)
    answers = {}
    for relation in ("positive", "negative"):
        generator = CausalGenerator(tiny_causal_folder, drawing, tmp_path / relation)
        prompts = strategy.prompts([("tuk_Latn", "gar"), ("rus_Cyrl", "дом")], relation, asking)
        requests = [Request(str(n), prompt, 1) for n, prompt in enumerate(prompts)]
        answers[relation] = [one.text.strip() for one in generator.complete(requests)]
    assert answers == {"positive": ["yes it is"] * 2, "negative": ["no it is not"] * 2}


class KilledError(Exception):
    """The process ends here."""


def test_an_adapter_that_is_whole_is_not_trained_again_and_is_still_told_of(
    tiny_causal_folder, tmp_path
):
    inferences = [Inference("eng_Latn", "a", r, "b") for r in ("positive", "negative")]
    params = QUICK.model_copy(update={"epochs": 1})
    materials = Materials(tiny_causal_folder, "eng_Latn", "tuk_Latn", inferences, ["çaga"], params)
    strategy = STRATEGIES["adapters"]

    def killed(_done, _total, said):
        if said.startswith("task_negative"):
            raise KilledError

    with pytest.raises(KilledError):
        strategy.prepare(materials, tmp_path / "killed", killed)
    said = []
    logs = strategy.prepare(materials, tmp_path / "killed", lambda *one: said.append(one[-1]))
    assert {one.partition(":")[0] for one in said} == {"task_negative"}
    assert set(logs) == {"focus", "source", "task_positive", "task_negative"}
    assert logs == strategy.prepare(materials, tmp_path / "whole", lambda *_: None)
    assert logs == strategy.prepare(materials, tmp_path / "whole", lambda *_: pytest.fail("again"))
    assert {"positive", "negative"} <= {path.name for path in (tmp_path / "whole").iterdir()}


def test_an_example_that_does_not_fit_whole_is_left_out_and_counted(tiny_causal_folder, tmp_path):
    params = QUICK.model_copy(update={"max_tokens": 16})
    short, long = Lesson("a b:", " ab\n"), Lesson("a b " * 40 + ":", " ab\n")
    log = train_adapter(tiny_causal_folder, [short, long], tmp_path / "both", params)
    assert (log.learnt_count, log.too_long_count) == (1, 1)
    alone = train_adapter(tiny_causal_folder, [short], tmp_path / "short", params)
    assert log.losses == alone.losses
    with pytest.raises(InputError, match="longer than generators"):
        train_adapter(tiny_causal_folder, [long], tmp_path / "none", params)


def test_running_text_that_is_too_long_is_cut(tiny_causal_folder, tmp_path):
    params = QUICK.model_copy(update={"max_tokens": 8})
    log = train_adapter(tiny_causal_folder, [Lesson("", "salam " * 40)], tmp_path / "cut", params)
    assert (log.learnt_count, log.too_long_count) == (1, 0)


def test_the_same_lessons_give_the_same_adapter(tiny_causal_folder, tmp_path):
    for name in ("first", "second"):
        train_adapter(tiny_causal_folder, LESSONS["task"], tmp_path / name, QUICK)
    one, other = (
        (tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("first", "second")
    )
    assert one == other
