"""Mining two text files, one sentence a line: what stands behind `dutar mine`."""

from pathlib import Path

from pipeline.alignment.mining.pairs import search_pairs
from pipeline.alignment.mining.shards import ALONE, Workshop
from pipeline.alignment.mining.texts import counterparts, searched_texts
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
    workshop: Workshop = ALONE,
) -> list[str]:
    """Lines of margin, cosine, source line and target line, parted by tabs; the best pair first.

    Args:
        source: UTF-8 file with one sentence a line; lines count from 0. Of equal lines the first
            stands for all, and of lines that differ in case, punctuation and numbers alone the
            first with the numbers of its counterpart. Blank lines, and those that are in both
            files, are not searched.
        target: likewise.
        languages: codes of source and target.
        model: name of an encoder that maps both languages into one space, see `load_encoder`.
        params: of the search and the choice, and least length of a line.
        workshop: where the search is done.

    Raises:
        InputError: a language is not known, a file cannot be read or is not UTF-8, or there is no
            such model.
        SourceUnavailable: the model's hub cannot be reached.
    """
    codes = language(languages[0]).code, language(languages[1]).code
    left, right = (
        [(text, number) for number, text in enumerate(read_lines(path))]
        for path in (source, target)
    )
    sides = searched_texts(left, right, codes, min_characters=params.min_characters)
    encoder = load_encoder(model)
    vectors = [
        encoder.encode(list(side), language=code, role="query")
        for side, code in zip(sides, codes, strict=True)
    ]
    pairs, _ = search_pairs(vectors[0], vectors[1], params, workshop)
    groups = list(sides[0].values()), list(sides[1].values())
    printed = []
    for pair in pairs:
        one, other = counterparts(groups[0][pair.source], groups[1][pair.target])
        printed.append(f"{pair.margin:.6f}\t{pair.cosine:.6f}\t{one.place}\t{other.place}")
    return printed
