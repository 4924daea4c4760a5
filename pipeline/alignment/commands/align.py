"""Aligning two text files, one sentence a line: what stands behind `dutar align`."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import DocumentSide, describe_side
from pipeline.encoders import Encoder, load_encoder
from pipeline.languages import language
from pipeline.parameters import AlignmentParams
from pipeline.text.beads import Bead, format_bead
from pipeline.text.lines import read_lines

Text = tuple[str, Sequence[str]]


def align_files(
    source: Path,
    target: Path,
    source_language: str,
    target_language: str,
    model: str,
    params: AlignmentParams,
) -> list[str]:
    """Bead lines such as `[0,1]:[0]`; positions are 0-based line numbers.

    Args:
        source: UTF-8 file with one sentence a line. An empty line is an empty sentence; the
            newline at the end is none.
        target: likewise.
        source_language: language code.
        target_language: language code.
        model: name of an encoder that maps both languages into one space, see `load_encoder`.
        params: of the alignment.

    Raises:
        InputError: a language is not known, a file cannot be read or is not UTF-8, or there is no
            such model.
        SourceUnavailable: the model's hub cannot be reached.
    """
    codes = language(source_language).code, language(target_language).code
    texts = (codes[0], read_lines(source)), (codes[1], read_lines(target))
    return [format_bead(bead) for bead in align_texts(*texts, load_encoder(model), params)]


def align_texts(
    source: Text, target: Text, encoder: Encoder, params: AlignmentParams
) -> list[Bead]:
    """Align two texts, each given as its language code and its sentences."""

    def side(code: str, sentences: Sequence[str]) -> DocumentSide:
        vectors = encoder.encode(sentences, language=code, role="query")
        return describe_side(sentences, vectors)

    return align_sentences(side(*source), side(*target), params)
