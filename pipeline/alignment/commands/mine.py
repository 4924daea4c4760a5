"""Mining two text files, one sentence a line: what stands behind `dutar mine`."""

from pathlib import Path

from pipeline.alignment.mining.margin import mine
from pipeline.alignment.mining.pairs import searched_texts
from pipeline.encoders import load_encoder
from pipeline.languages import language
from pipeline.parameters import MiningParams
from pipeline.text.lines import read_lines


def mine_files(
    source: Path,
    target: Path,
    languages: tuple[str, str],
    model: str,
    params: MiningParams,
) -> list[str]:
    """Lines of margin, cosine, source line and target line, parted by tabs; the best pair first.

    Args:
        source: UTF-8 file with one sentence a line; lines count from 0. Of equal lines the first
            stands for all; blank ones, and lines that are in both files, are not searched.
        target: likewise.
        languages: codes of source and target.
        model: name of an encoder that maps both languages into one space, see `load_encoder`.
        params: neighbours, least margin, and least length of a line.

    Raises:
        InputError: a language is not known, a file cannot be read or is not UTF-8, or there is no
            such model.
        SourceUnavailable: the model's hub cannot be reached.
    """
    codes = [language(code).code for code in languages]
    lines = [read_lines(path) for path in (source, target)]
    numbered = ([(text, number) for number, text in enumerate(side)] for side in lines)
    sides = searched_texts(*numbered, min_characters=params.min_characters)
    encoder = load_encoder(model)
    vectors = [
        encoder.encode(list(side), language=code, role="query")
        for side, code in zip(sides, codes, strict=True)
    ]
    rows = list(sides[0].values()), list(sides[1].values())
    return [
        f"{pair.margin:.6f}\t{pair.cosine:.6f}\t{rows[0][pair.source]}\t{rows[1][pair.target]}"
        for pair in mine(vectors[0], vectors[1], params.neighbours, params.min_margin)
    ]
