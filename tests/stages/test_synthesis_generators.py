"""Drawing tokens by seeds, and the talk of chat models."""

import shutil

import pytest
import torch
from tokenizers import processors
from transformers import AutoTokenizer
from typer.testing import CliRunner

from pipeline.commands.synthesis import app
from pipeline.errors import InputError
from pipeline.parameters import GenerationParams
from pipeline.synthesis.generators.causal import CausalGenerator
from pipeline.synthesis.generators.protocol import Request
from pipeline.synthesis.generators.sampling import SeededNoise

DRAWING = GenerationParams(temperature=1.0, top_p=1.0, max_new_tokens=12)


@pytest.fixture(scope="module")
def tiny_chat_folder(tiny_causal_folder, tmp_path_factory):
    """The tiny model with a token before every text, which its chat template writes too."""
    folder = tmp_path_factory.mktemp("chat") / "tiny"
    shutil.copytree(tiny_causal_folder, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder, bos_token="<eos>")  # noqa: S106 - no secret
    first = (tokenizer.bos_token, tokenizer.bos_token_id)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first[0]} $A", special_tokens=[first]
    )
    tokenizer.chat_template = (
        "{{ bos_token }}{% for turn in messages %}{{ turn['role'] }} says {{ turn['content'] }}"
        "{% endfor %}{% if add_generation_prompt %} model says {% endif %}"
    )
    tokenizer.save_pretrained(folder)
    return folder


def test_a_prompt_of_a_chat_model_is_wrapped_and_begins_once(tiny_chat_folder):
    plain = CausalGenerator(tiny_chat_folder, DRAWING)
    chat = CausalGenerator(tiny_chat_folder, DRAWING, is_chat=True)
    asked = [Request("1", "user says salam model says ", 3)]
    (answer,) = chat.complete([Request("1", "salam", 3)])
    assert [answer] == plain.complete(asked)
    assert answer.prompt_tokens == 1 + len(asked[0].prompt)
    assert answer.text


def test_a_model_without_a_chat_template_is_refused_by_name(tiny_causal_folder):
    generator = CausalGenerator(tiny_causal_folder, DRAWING, is_chat=True)
    with pytest.raises(InputError, match=r"synthesis\.generator\.is_chat: .* no chat template"):
        generator.complete([Request("1", "salam", 3)])


def test_the_command_can_ask_for_a_talk(tiny_causal_folder, tiny_model_folder, tmp_path):
    (tmp_path / "text").write_text("Salam dost kitap okadym.\nBu gün howa sowuk boldy.\n", "utf-8")
    folders = ["--model", str(tiny_causal_folder), "--teacher", str(tiny_model_folder)]
    given = [str(tmp_path / "text"), "--lang", "tuk_Latn", "--out", str(tmp_path / "out")]
    said = CliRunner().invoke(app, [*given, *folders, "--chat"])
    assert isinstance(said.exception, InputError)
    assert "no chat template" in str(said.exception)


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
