"""A small translation model with random weights, and a tokenizer of its own: no start at all.

Built as NLLB is (Byte-Pair pieces, a token for each language, M2M100's transformer), so that what
works with the one works with the other. Imports torch.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer
from transformers.utils import logging

from pipeline.encoders.folders import appearing_whole
from pipeline.encoders.language_tokens import language_tokens
from pipeline.translation_directions import Direction
from pipeline.translation_models import TranslatorSize

_SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>"]  # in NLLB's order
_MOST_POSITIONS = 512


def build_translator(
    size: TranslatorSize, direction: Direction, texts: Sequence[str], out: Path, seed: int
) -> None:
    """Write a model with random weights; a pure function of what it is given.

    Args:
        size: of the body and its vocabulary.
        direction: whose languages get tokens.
        texts: of both languages, on which the pieces are learnt.
        out: the folder to write; it appears whole or not at all.
        seed: of the weights.
    """
    logging.disable_progress_bar()
    tokenizer = train_tokenizer(texts, direction, size.pieces)
    torch.manual_seed(seed)
    model = M2M100ForConditionalGeneration(_config(size, len(tokenizer)))
    with appearing_whole(out) as unfinished:
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)


def train_tokenizer(texts: Sequence[str], direction: Direction, pieces: int) -> NllbTokenizer:
    """A tokenizer like NLLB's: Byte-Pair pieces learnt from the texts, a token per language."""
    learner = Tokenizer(models.BPE(unk_token=_SPECIAL_TOKENS[-1], fuse_unk=True))
    learner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.BpeTrainer(
        vocab_size=pieces, special_tokens=_SPECIAL_TOKENS, show_progress=False
    )
    learner.train_from_iterator(texts, trainer)
    merges = [tuple(merge) for merge in _merges(learner)]
    codes = [language_tokens(code)[0] for code in sorted(direction)]
    return NllbTokenizer(
        vocab=learner.get_vocab(), merges=merges, extra_special_tokens=codes, src_lang=codes[0]
    )


def _merges(tokenizer: Tokenizer) -> list[list[str]]:
    found: list[list[str]] = json.loads(tokenizer.to_str())["model"]["merges"]
    return found


def _config(size: TranslatorSize, vocabulary: int) -> M2M100Config:
    return M2M100Config(
        vocab_size=vocabulary,
        d_model=size.hidden,
        encoder_layers=size.layers,
        decoder_layers=size.layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=size.feed_forward,
        decoder_ffn_dim=size.feed_forward,
        dropout=size.dropout,
        attention_dropout=size.dropout,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        max_position_embeddings=_MOST_POSITIONS,
        init_std=size.hidden**-0.5,  # pieces as loud as positions, also where states are small
    )
