"""A student that starts from chance: its own tokenizer, trained on the corpus, and random weights.

The body is a BERT without pooler; with the default sizes it is DistilBERT's (Sanh et al. 2019: six
layers of 768 dimensions). It is written as BERT so that all that packs a BERT's texts packs these
too. The tokenizer is a Unigram one (Kudo 2018), trained by sentencepiece in one thread, for its
result depends on their number; weights are drawn as BERT's are. Torch is not imported.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece

from pipeline.encoders.e5_conversion import write_e5_folder
from pipeline.encoders.folders import appearing_whole
from pipeline.encoders.packed_e5 import Shape, Vocabulary
from pipeline.errors import InputError
from pipeline.student_kind import BodySize

_MAX_TOKENS = 512
_SPREAD = 0.02  # standard deviation of BERT's weights at their start
_MOST_TEXTS = 1_000_000  # that a tokenizer learns from; more change it little and take memory
_FIRST_PIECES = ("<s>", "<pad>", "</s>", "<unk>")  # numbered as XLM-R's
_OWN_PIECE_COUNT = 3  # <unk>, <s> and </s>, which sentencepiece puts first


def write_student_from_scratch(
    size: BodySize, texts: Sequence[str], out: Path, *, seed: int
) -> None:
    """Write a sentence-transformers folder, mean-pooled and normalised, without prompts.

    The same sizes, texts and seed give the same bytes.

    Args:
        size: of the model.
        texts: in every language it is to serve; the tokenizer learns from them.
        out: the folder to write; it appears whole or not at all.
        seed: of the weights.

    Raises:
        InputError: there are no texts, or they have more letters than the vocabulary has places.
    """
    vocabulary = train_vocabulary(texts, size.pieces)
    shape = Shape(
        hidden=size.hidden,
        layers=size.layers,
        heads=size.heads,
        feed_forward=size.feed_forward,
        vocabulary=len(vocabulary.pieces),
        positions=_MAX_TOKENS,
        token_types=1,
        epsilon=1e-12,
    )
    with appearing_whole(out) as unfinished:
        write_e5_folder(_RandomWeights(shape, vocabulary, seed), unfinished, prompts={})


def train_vocabulary(texts: Sequence[str], piece_count: int) -> Vocabulary:
    """Train a Unigram tokenizer; XLM-R's special tokens stand where XLM-R has them.

    Raises: as `write_student_from_scratch`.
    """
    if not any(map(str.strip, texts)):
        raise InputError("no texts to train a tokenizer on")
    trained = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts[:: -(-len(texts) // _MOST_TEXTS)]),
            model_writer=trained,
            model_type="unigram",
            vocab_size=piece_count - 2,  # for <pad> and <mask>
            hard_vocab_limit=False,
            character_coverage=1.0,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise InputError(f"no tokenizer of {piece_count} pieces can be trained: {error}") from error
    model = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    own = range(_OWN_PIECE_COUNT, model.get_piece_size())
    pieces = (*_FIRST_PIECES, *map(model.id_to_piece, own), "<mask>")
    scores = [0.0] * len(_FIRST_PIECES) + [*map(model.get_score, own), 0.0]
    return Vocabulary(pieces, np.array(scores, np.float32), unknown_id=3)


@dataclass(frozen=True)
class _RandomWeights:
    """Normal matrices, norms that change nothing, no biases; each tensor has a seed of its own."""

    shape: Shape
    vocabulary: Vocabulary
    seed: int

    def tensor(self, name: str) -> np.ndarray:
        """As `BertWeights.tensor`."""
        kind = name.partition(".")[2]  # without `l0.` or `emb.`
        if kind.endswith(".b"):
            return np.zeros(self._size(kind), np.float32)
        if "ln" in kind:
            return np.ones(self._size(kind), np.float32)
        rng = np.random.default_rng([self.seed, *name.encode()])
        return rng.normal(0, _SPREAD, self._size(kind)).astype(np.float32)

    def _size(self, kind: str) -> int:
        shape = self.shape
        rows = {
            "word": shape.vocabulary,
            "pos": shape.positions,
            "type": shape.token_types,
            "fi.w": shape.feed_forward,
            "fo.w": shape.feed_forward,
        } | {f"{name}.w": shape.hidden for name in ("q", "k", "v", "ao")}
        if kind == "fi.b":
            return shape.feed_forward
        return rows.get(kind, 1) * shape.hidden
