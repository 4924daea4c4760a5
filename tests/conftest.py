"""Small models that tests share."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from pipeline.encoders.e5_conversion import write_e5_folder
from pipeline.encoders.embedded import prepare_embedded
from pipeline.encoders.packed_e5 import Shape, Vocabulary

LETTERS = "abcdefghijklmnopqrstuvwxyzäňöşüýžçабвгдеёжзийклмнопрстуфхцчшщъыьэюя0123456789:.,!?"
WORDS = ("query", "passage", "▁kitap", "▁okadym", "▁salam", "▁книга", "▁читал", "▁привет", "lar")


@dataclass
class RandomWeights:
    """Stands in for a packed weight file: random tensors of the right sizes, from a seed."""

    vocabulary: Vocabulary
    shape: Shape
    seed: int = 7
    sizes: dict[str, int] = field(init=False)

    def __post_init__(self):
        hidden, inner = self.shape.hidden, self.shape.feed_forward
        self.sizes = {
            "emb.word": self.shape.vocabulary * hidden,
            "emb.pos": self.shape.positions * hidden,
            "emb.type": self.shape.token_types * hidden,
            "fi.w": hidden * inner,
            "fo.w": hidden * inner,
            "fi.b": inner,
        } | {f"{name}.w": hidden * hidden for name in ("q", "k", "v", "ao")}

    def tensor(self, name):
        tail = name if name.startswith("emb") else name.split(".", 1)[1]
        size = self.sizes.get(tail, self.shape.hidden)
        if "ln" in name:
            return np.full(size, 1.0 if name.endswith("w") else 0.0, np.float32)
        rng = np.random.default_rng([self.seed, *name.encode()])
        return rng.normal(0, 0.3, size).astype(np.float32)


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory) -> Path:
    """A random BERT of two layers and 32 dimensions with a Unigram tokenizer and e5's prompts."""
    pieces = ("<s>", "<pad>", "</s>", "<unk>", *LETTERS, "▁", *WORDS, "<mask>")
    scores = np.array([0.0] * 4 + [-8.0] * (len(LETTERS) + 1) + [-3.0] * len(WORDS) + [0.0])
    shape = Shape(
        hidden=32,
        layers=2,
        heads=4,
        feed_forward=64,
        vocabulary=len(pieces) + 3,
        positions=96,
        token_types=2,
        epsilon=1e-12,
    )
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    vocabulary = Vocabulary(pieces, scores.astype(np.float32), unknown_id=3)
    write_e5_folder(RandomWeights(vocabulary, shape), folder)
    return folder


@pytest.fixture(scope="session")
def e5_folder(tmp_path_factory) -> Path:
    """The embedded multilingual-e5-small, converted once per session."""
    return prepare_embedded("e5-small", tmp_path_factory.mktemp("e5"))


@pytest.fixture(scope="session")
def tiny_causal_folder(tmp_path_factory) -> Path:
    """A random Llama of two layers and 32 dimensions that reads and writes letter by letter."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted({*LETTERS, *LETTERS.upper(), *"\n \"'-–;()"})
    tokens = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    vocabulary = {piece: at for at, piece in enumerate([*tokens.values(), *letters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, tokens["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        initializer_range=0.4,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )
    folder = tmp_path_factory.mktemp("generators") / "tiny"
    LlamaForCausalLM(config).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **tokens).save_pretrained(folder)
    return folder
