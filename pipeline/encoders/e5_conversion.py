"""Writes packed multilingual-e5-small, or weights of its kind, as a sentence-transformers folder.

The model is a `BertModel` without pooler and XLM-R's Unigram tokenizer, mean-pooled and normalised
(Wang et al. 2024, "Multilingual E5 Text Embeddings"). The files follow the folder layout that every
version of sentence-transformers reads. Neither torch nor transformers is imported.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
import sentencepiece
from safetensors.numpy import save_file
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from pipeline.encoders.packed_e5 import Shape, Vocabulary

CONVERSION_VERSION = "1"
"""Raised whenever other files would be written, so that folders made before are left aside."""

E5_PROMPTS = MappingProxyType({"query": "query: ", "passage": "passage: "})
"""What e5 expects before a text, by the part that the text plays."""
_MAX_TOKENS = 512
_SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "mask_token": "<mask>",
    "pad_token": "<pad>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
}
_MODULES = ("Transformer", "Pooling", "Normalize")
# name in the packed file -> name in BertModel
_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class BertWeights(Protocol):
    """What fills a BERT; `PackedE5` is one."""

    @property
    def shape(self) -> Shape:
        """Sizes of the BERT."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Of its Unigram tokenizer."""

    def tensor(self, name: str) -> np.ndarray:
        """The tensor with a packed file's name, flat, as float32; matrices row by row."""


def write_e5_folder(
    weights: BertWeights, folder: Path, prompts: Mapping[str, str] = E5_PROMPTS
) -> None:
    """Fill an existing folder with weights, tokenizer and configuration; equal bytes every time."""
    save_file(dict(_tensors(weights)), folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(weights.vocabulary).save(str(folder / "tokenizer.json"), pretty=False)
    for relative_path, content in _configuration(weights.shape, prompts).items():
        path = folder / relative_path
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _tensors(packed: BertWeights) -> Iterator[tuple[str, np.ndarray]]:
    hidden = packed.shape.hidden
    for name, table in {"word": "word", "pos": "position", "type": "token_type"}.items():
        rows = packed.tensor(f"emb.{name}").reshape(-1, hidden)
        yield f"embeddings.{table}_embeddings.weight", rows
    yield "embeddings.LayerNorm.weight", packed.tensor("emb.ln.w")
    yield "embeddings.LayerNorm.bias", packed.tensor("emb.ln.b")
    for layer in range(packed.shape.layers):
        for name, target in (_MATRICES | _NORMS).items():
            weight = packed.tensor(f"l{layer}.{name}.w")
            bias = packed.tensor(f"l{layer}.{name}.b")
            if name in _MATRICES:
                weight = weight.reshape(len(bias), -1)
            yield f"encoder.layer.{layer}.{target}.weight", weight
            yield f"encoder.layer.{layer}.{target}.bias", bias


def _tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    scored = list(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, vocabulary.unknown_id, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(_normalisation_charsmap()),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    ids = {token: vocabulary.pieces.index(token) for token in ("<s>", "</s>")}
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=list(ids.items())
    )
    special = sorted(set(_SPECIAL_TOKENS.values()), key=vocabulary.pieces.index)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    return tokenizer


def _normalisation_charsmap() -> bytes:
    """The compiled table of sentencepiece's rule `nmt_nfkc`, XLM-R's normalisation.

    The rule's NormalizerSpec is protobuf; its field 2 is the table. It is read by hand because
    sentencepiece's generated reader wants a newer protobuf than Dagster allows.
    """
    rule = sentencepiece.SentencePieceNormalizer(rule_name="nmt_nfkc")
    message: bytes = rule.serialized_normalizer_spec()
    at = 0
    while True:
        field, at = message[at] >> 3, at + 1
        length, at = _varint(message, at)
        if field == 2:  # noqa: PLR2004 - precompiled_charsmap in sentencepiece_model.proto
            return message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Decode a base-128 number; returns it and where the next field starts."""
    value = shift = 0
    while message[at] & 0x80:
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1


def _configuration(shape: Shape, prompts: Mapping[str, str]) -> dict[str, object]:
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": _MAX_TOKENS,
            **_SPECIAL_TOKENS,
        },
        "modules.json": [
            {
                "idx": number,
                "name": str(number),
                "path": f"{number}_{module}" if number else "",
                "type": f"sentence_transformers.models.{module}",
            }
            for number, module in enumerate(_MODULES)
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {
            "max_seq_length": _MAX_TOKENS,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "config_sentence_transformers.json": {
            "prompts": dict(prompts),
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
