"""The report: one HTML file for people who have not read the code, from plain values and tables.

Pure; the same data give the same bytes. The file asks for nothing from elsewhere and runs no
script. All text is escaped: it comes from scans and web pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.evaluation.report import words
from pipeline.evaluation.report.headline import headline
from pipeline.evaluation.report.plots import (
    CalibrationBin,
    Mark,
    calibration_plot,
    curve_plot,
    interval_plot,
)
from pipeline.evaluation.report.sections import score_sections
from pipeline.evaluation.report.views import Comparison, compared, origins_of
from pipeline.evaluation.retrieval_errors import RetrievalError
from pipeline.evaluation.scores import DIFFERENCE
from pipeline.storage import GateVerdict

_TEMPLATE = "page.html.jinja"


@dataclass(frozen=True)
class LineageRow:
    """An artefact that the figures rest on."""

    artefact: str
    content_hash: str
    code_version: str
    row_count: int


@dataclass(frozen=True)
class ReportData:
    """Everything the report shows; what is None is left out, an empty table named as unscored.

    Attributes:
        title: of the language programme.
        focus: code of the language served.
        pivots: codes of its pivot languages, the most important first.
        scores: `SCORES` rows of retrieval, the most important suite first.
        alignment: `SCORES` rows against gold, each model beside a length-only baseline.
        others: `SCORES` rows by section, a key of `sections.SECTIONS`.
        leaderboard: table of schema `LEADERBOARD`.
        calibration: how often pairs of a predicted probability were right, bin by bin.
        filtering: table of schema `FUNNEL`: what the filter kept and rejected, and why.
        funnel: table of schema `FUNNEL`: what became of the corpus.
        training: loss curves by name, each from step to value.
        errors: the worst retrieval mistakes.
        gates: verdicts on scores, corpus and model.
        lineage: artefacts, first to last.
        browser: address of the pages that lead from every pair to its source; empty for none.
        row_addresses: address in those pages by `pair_id`, at least of the funnels' samples.
        notes: what a reader must know, such as who the reviewers were.
        facts: how the numbers were made, e.g. command, seed, machine.
    """

    title: str
    focus: str
    pivots: tuple[str, ...]
    scores: pa.Table | None = None
    alignment: pa.Table | None = None
    others: Mapping[str, pa.Table] = field(default_factory=dict)
    leaderboard: pa.Table | None = None
    calibration: tuple[CalibrationBin, ...] = ()
    filtering: pa.Table | None = None
    funnel: pa.Table | None = None
    training: Mapping[str, Mapping[float, float]] = field(default_factory=dict)
    errors: tuple[RetrievalError, ...] = ()
    gates: tuple[GateVerdict, ...] = ()
    lineage: tuple[LineageRow, ...] = ()
    browser: str = ""
    row_addresses: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def score_tables(self) -> dict[str, pa.Table]:
        """The tables of scores that were made, by what they measure; some may have no rows."""
        tables = {"retrieval": self.scores, "alignment": self.alignment, **self.others}
        return {name: table for name, table in tables.items() if table is not None}

    def unscored(self) -> list[str]:
        """What was to be scored and has no rows, such as reading where there is no gold."""
        return [name for name, table in self.score_tables().items() if not table.num_rows]


def render_report(data: ReportData) -> str:
    """The report as one self-contained HTML page, light or dark as the reader's device is."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": words.percent,
        "number": words.number,
        "points": words.points,
        "count": words.count,
        "place": words.place,
        "language": words.language_name,
        "tag": words.language_tag,
        "metric": words.metric_name,
        "model": words.model_name,
    }
    retrieval = compared(data.scores)
    alignment = compared(data.alignment)
    return environment.get_template(_TEMPLATE).render(
        data=data,
        headline=headline(retrieval, data.focus, data.pivots),
        retrieval=retrieval,
        retrieval_plot=score_plot(retrieval, "p_at_1", "share found first (P@1)"),
        alignment=alignment,
        alignment_plot=score_plot(alignment, "strict_f1", "strict F1"),
        sections=score_sections(data.others),
        leaderboard=data.leaderboard.to_pylist() if data.leaderboard else [],
        calibration_plot=calibration_plot(data.calibration) if data.calibration else None,
        filtered=origins_of(data.filtering),
        origins=origins_of(data.funnel),
        training_plot=curve_plot(data.training) if data.training else None,
    )


def score_plot(comparisons: Sequence[Comparison], metric: str, axis_label: str) -> Markup | None:
    """Interval plot of one metric over all its suites; None where it was not measured."""
    rows = {
        comparison.label: {
            words.model_name(model): Mark(score["value"], score["ci_low"], score["ci_high"])
            for model, score in comparison.by_model.items()
            if model != DIFFERENCE
        }
        for comparison in comparisons
        if comparison.metric == metric
    }
    return interval_plot(rows, axis_label) if rows else None
