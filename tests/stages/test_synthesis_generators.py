"""Drawing tokens by seeds, and the embedded model."""

import torch

from pipeline.parameters import GenerationParams
from pipeline.synthesis.generators.causal import CausalGenerator
from pipeline.synthesis.generators.protocol import Request
from pipeline.synthesis.generators.sampling import SeededNoise

DRAWING = GenerationParams(temperature=1.0, top_p=1.0, max_new_tokens=12)


def test_an_answer_does_not_depend_on_who_is_asked_beside_it(tiny_causal_folder):
    generator = CausalGenerator(tiny_causal_folder, DRAWING)
    asked = [Request(str(n), f"salam {n}:", seed) for n, seed in enumerate((3, 4, 5))]
    together = generator.complete(asked)
    apart = [generator.complete([one])[0] for one in asked]
    assert [one.text for one in together] == [one.text for one in apart]
    assert len({one.text for one in together}) == 3


def test_another_seed_draws_another_answer(tiny_causal_folder):
    generator = CausalGenerator(tiny_causal_folder, DRAWING)
    answers = generator.complete([Request(str(seed), "salam:", seed) for seed in range(4)])
    assert len({one.text for one in answers}) > 1


def test_an_answer_ends_with_its_line_and_its_tokens_are_counted(tiny_causal_folder):
    drawing = DRAWING.model_copy(update={"max_new_tokens": 200})
    answers = CausalGenerator(tiny_causal_folder, drawing).complete(
        [Request(str(seed), "salam:", seed) for seed in range(6)]
    )
    assert all(one.prompt_tokens == 6 for one in answers)
    assert all(one.completion_tokens <= 200 for one in answers)
    assert any(one.completion_tokens < 200 for one in answers)
    assert all("\n" not in one.text.removesuffix("\n") for one in answers)


def test_seeded_noise_draws_as_often_as_the_softmax_says():
    scores = torch.tensor([0.0, 1.0, 2.0]).repeat(4000, 1)
    drawn = SeededNoise(range(4000))(None, scores).argmax(dim=1)
    shares = torch.bincount(drawn, minlength=3) / 4000
    assert torch.allclose(shares, torch.softmax(scores[0], 0), atol=0.025)
