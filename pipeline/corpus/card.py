"""The card of an exported corpus: what a stranger must know before using it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.corpus.formats import SPLITS
from pipeline.corpus.language_tags import language_tag
from pipeline.corpus.licences import count_licences
from pipeline.languages import language

_TEMPLATE = "card.md.jinja"
_HUB_LICENCES = (  # identifiers that dataset hubs know, of those a corpus may meet
    *("apache-2.0", "bsd-2-clause", "bsd-3-clause", "mit", "mpl-2.0", "gpl-3.0", "lgpl-3.0"),
    *("cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc0-1.0"),
    *("odbl", "odc-by", "pddl", "unlicense"),
)


@dataclass(frozen=True)
class CorpusFacts:
    """What the card tells that the pairs do not.

    Attributes:
        recipe_name: of the recipe.
        title: of the recipe, for people.
        content_hash: of the stored corpus.
        parameters: effective ones of filter and split, by name.
        agreement: how well the reviewers agree, one sentence; empty when it is not known.
        notes: further limits, one sentence each.
    """

    recipe_name: str
    title: str
    content_hash: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    agreement: str = ""
    notes: tuple[str, ...] = ()


def render_card(
    pairs: pa.Table, view: str, emptiness: str, corpus_count: int, facts: CorpusFacts
) -> str:
    """The card as Markdown with a YAML front matter that `datasets.load_dataset` follows.

    Args:
        pairs: what this view holds, rows of schema `PARALLEL_CORPUS`.
        view: what kind of view it is, one clause.
        emptiness: why it is empty, when it is.
        corpus_count: pairs kept in the whole corpus.
        facts: of the corpus.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - Markdown, in which cells are escaped by their own filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    codes = _languages(pairs)
    card = environment.get_template(_TEMPLATE).render(
        facts=facts,
        view=view,
        emptiness=emptiness,
        pair_count=pairs.num_rows,
        corpus_count=corpus_count,
        front_matter=_front_matter(pairs, codes, facts),
        languages=[{"tag": language_tag(code), **language(code).model_dump()} for code in codes],
        splits=list(SPLITS.values()),
        sizes=_sizes(pairs),
        licences=count_licences(pairs),
        reviewed_count=pc.sum(pairs["is_reviewed"]).as_py() or 0,
    )
    return card.rstrip("\n") + "\n"


def _front_matter(pairs: pa.Table, codes: list[str], facts: CorpusFacts) -> str:
    entries: dict[str, object] = {"pretty_name": facts.title}
    if pairs.num_rows:
        licences = [licence.lower() for licence in count_licences(pairs)]
        found = set(pairs["split"].to_pylist())
        files = [
            {"split": name, "path": f"data/{name}.parquet"}
            for split, name in SPLITS.items()
            if split in found
        ]
        entries |= {
            "language": [language_tag(code) for code in codes],
            "license": licences if set(licences) <= set(_HUB_LICENCES) else "other",
            "task_categories": ["translation", "sentence-similarity"],
            "configs": [{"config_name": "default", "data_files": files}],
        }
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False)


def _languages(pairs: pa.Table) -> list[str]:
    """Codes of both sides, the focus first."""
    sides = (sorted(set(pairs[f"{side}_language"].to_pylist())) for side in ("source", "target"))
    return list(dict.fromkeys(code for codes in sides for code in codes))


def _sizes(pairs: pa.Table) -> dict[str, list[int]]:
    """Pairs by origin, one figure for each split."""
    where = list(zip(pairs["origin"].to_pylist(), pairs["split"].to_pylist(), strict=True))
    origins = sorted({origin for origin, _ in where})
    return {origin: [where.count((origin, split)) for split in SPLITS] for origin in origins}


def _cell(value: object) -> str:
    """A value on one line, without what a Markdown table would take for its own."""
    return " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;")
