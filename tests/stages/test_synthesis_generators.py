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
from pipeline.synthesis.generators.sampling import SeededNoise, Silence, seeded_sampling

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


NEWLINE, END, SPACE, WORD, OTHER = range(5)
NO_TOKEN = 99  # which the tokenizer has and the model has not
SILENCE = Silence(torch.tensor([NEWLINE, END, SPACE]), torch.tensor([NEWLINE, END, NO_TOKEN]))
PROMPT = torch.tensor([[WORD]])


def drawn(scores, temperature=1.0, top_p=1.0, seeds=range(500), silence=SILENCE):
    """The first token of each seed, and the processors that go on from there."""
    draw = seeded_sampling(seeds, temperature, top_p, silence)
    rows = torch.tensor(scores).repeat(len(seeds), 1)
    return draw(PROMPT.repeat(len(seeds), 1), rows).argmax(dim=1), draw


def test_no_answer_begins_with_its_end_and_other_beginnings_stay_as_drawn():
    scores = [3.0, 1.0, 2.0, 2.0, 1.0]
    nobody = Silence(torch.tensor([], dtype=torch.long), torch.tensor([], dtype=torch.long))
    freely, _ = drawn(scores, top_p=0.9, silence=nobody)
    spoken, _ = drawn(scores, top_p=0.9)
    is_end = torch.isin(freely, SILENCE.ends)
    assert 100 < is_end.sum() < 400
    assert not torch.isin(spoken, SILENCE.ends).any()
    assert torch.equal(spoken[~is_end], freely[~is_end])


def test_an_answer_begins_with_something_where_only_its_end_was_likely():
    spoken, _ = drawn([30.0, 20.0, 0.0, 10.0, 0.0], top_p=0.9)
    assert set(spoken.tolist()) == {WORD}


def test_without_drawing_an_answer_begins_with_the_likeliest_token_that_is_no_end():
    spoken, _ = drawn([3.0, 1.0, 0.0, 2.0, 1.0], temperature=0, seeds=[1])
    assert spoken.tolist() == [WORD]


@pytest.mark.parametrize("temperature", [0, 0.01])
def test_an_answer_may_end_once_something_visible_stands_there(temperature):
    _, draw = drawn([3.0, 1.0, 2.0, 2.0, 1.0], temperature, seeds=[1, 2])
    so_far = PROMPT.repeat(2, 1)
    ending = torch.tensor([[3.0, 1.0, 2.0, 0.0, 0.0]] * 2)
    for new, expected in (([SPACE, WORD], [SPACE, NEWLINE]), ([WORD, SPACE], [NEWLINE, NEWLINE])):
        so_far = torch.cat([so_far, torch.tensor(new)[:, None]], dim=1)
        assert draw(so_far, ending).argmax(dim=1).tolist() == expected


@pytest.mark.parametrize("temperature", [0, 1.0, 3.0])
def test_a_model_says_something_to_every_prompt(tiny_causal_folder, temperature):
    drawing = DRAWING.model_copy(update={"temperature": temperature})
    asked = [Request(str(seed), f"{'salam' * (seed % 5)}:", seed) for seed in range(100)]
    answers = CausalGenerator(tiny_causal_folder, drawing).complete(asked)
    assert all(one.text.strip() for one in answers)
