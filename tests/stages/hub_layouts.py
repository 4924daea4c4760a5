"""The models that recipes name, in small: folders laid out as the hub has them, random weights.

LaBSE reads its first token and passes it through a dense layer; BGE-M3 reads its first token;
the multilingual MiniLM takes the mean; DistilBERT comes without a word on how to make a vector; the
distilled USE takes the mean and has a dense layer that makes it shorter.
"""

import json
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = ("salam", "kitap", "lar", "привет", "unused")
LETTERS = "abcdefghijklmnoprstuvyz"
WIDTH = 16


@dataclass(frozen=True)
class Layout:
    """What distinguishes a model's folder."""

    model_type: str
    pooling: str | None
    tokenizer: str
    dense_width: int | None = None
    has_normalize: bool = False

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.dense_width or WIDTH


LAYOUTS = {
    "LaBSE": Layout("bert", "cls", "wordpiece", dense_width=WIDTH, has_normalize=True),
    "bge-m3": Layout("xlm-roberta", "cls", "unigram", has_normalize=True),
    "paraphrase-multilingual-MiniLM-L12-v2": Layout("bert", "mean", "unigram"),
    "distilbert-base-uncased": Layout("distilbert", None, "wordpiece"),
    "distiluse-base-multilingual-cased-v2": Layout("distilbert", "mean", "wordpiece", 10),
}


def write_hub_model(folder, layout):
    """Write a model of a layout into the folder, which is made; returns it."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    size = _write_tokenizer(folder, layout.tokenizer)
    _transformer(layout.model_type, size).save_pretrained(folder)
    if layout.pooling:
        _write_modules(folder, layout)
    return folder


def _write_tokenizer(folder, kind):
    from transformers import PreTrainedTokenizerFast

    ends = ("[PAD]", "[UNK]", "[CLS]", "[SEP]") if kind == "wordpiece" else None
    if ends:
        pieces = (*ends, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS, "##lar")
        vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=ends[1]))
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
        pad, unknown, first, last = ends
    else:
        first, pad, last, unknown = "<s>", "<pad>", "</s>", "<unk>"
        common = [(first, 0.0), (pad, 0.0), (last, 0.0), (unknown, 0.0)]
        pieces = [("▁", -4.0), *((letter, -9.0) for letter in LETTERS + "привет")]
        words = [(f"▁{word}", -3.0) for word in WORDS] + [("lar", -3.0)]
        tokenizer = Tokenizer(models.Unigram([*common, *pieces, *words], unk_id=3))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    numbers = [(token, tokenizer.token_to_id(token)) for token in (first, last)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B {last}", special_tokens=numbers
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=pad,
        unk_token=unknown,
        cls_token=first,
        sep_token=last,
        bos_token=first,
        eos_token=last,
        model_max_length=32,
    ).save_pretrained(folder)
    return tokenizer.get_vocab_size()


def _transformer(model_type, size):
    """As on the hub: of DistilBERT the model that guesses words, of the others the encoder."""
    from transformers import (
        BertConfig,
        BertModel,
        DistilBertConfig,
        DistilBertForMaskedLM,
        XLMRobertaConfig,
        XLMRobertaModel,
    )

    if model_type == "distilbert":
        return DistilBertForMaskedLM(
            DistilBertConfig(vocab_size=size, dim=WIDTH, n_layers=2, n_heads=2, hidden_dim=32)
        )
    kinds = {"bert": (BertConfig, BertModel), "xlm-roberta": (XLMRobertaConfig, XLMRobertaModel)}
    config, model = kinds[model_type]
    return model(
        config(
            vocab_size=size,
            hidden_size=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
            pad_token_id=1 if model_type == "xlm-roberta" else 0,
        )
    )


def _write_modules(folder, layout):
    """`modules.json` and its folders in the form that the hub's models still have."""
    from safetensors.torch import save_file

    names = ["Transformer", "Pooling"]
    names += ["Dense"] * bool(layout.dense_width) + ["Normalize"] * layout.has_normalize
    modules = [
        {
            "idx": number,
            "name": str(number),
            "path": f"{number}_{name}" if number else "",
            "type": f"sentence_transformers.models.{name}",
        }
        for number, name in enumerate(names)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    config = {"max_seq_length": 24, "do_lower_case": False}
    (folder / "sentence_bert_config.json").write_text(json.dumps(config))
    for module in modules[1:]:
        (folder / module["path"]).mkdir()
    pooling = {
        "word_embedding_dimension": WIDTH,
        "pooling_mode_cls_token": layout.pooling == "cls",
        "pooling_mode_mean_tokens": layout.pooling == "mean",
    }
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    if layout.dense_width:
        dense = {
            "in_features": WIDTH,
            "out_features": layout.dense_width,
            "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh",
        }
        (folder / "2_Dense" / "config.json").write_text(json.dumps(dense))
        shapes = {"linear.weight": (layout.dense_width, WIDTH), "linear.bias": layout.dense_width}
        weights = {name: torch.randn(shape) for name, shape in shapes.items()}
        save_file(weights, folder / "2_Dense" / "model.safetensors")
