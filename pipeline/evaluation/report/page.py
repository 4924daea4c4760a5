"""The report: one HTML file for people who have not read the code, from plain values and tables.

Pure; the same data give the same bytes. The file asks for nothing from elsewhere and runs no
script. All text is escaped: it comes from scans and web pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.evaluation.measures.scores import Mistake
from pipeline.evaluation.report import words
from pipeline.evaluation.report.boards import Board, boards, is_baseline
from pipeline.evaluation.report.data_curves import data_curves
from pipeline.evaluation.report.data_sets import data_sets
from pipeline.evaluation.report.facts import SuiteFacts
from pipeline.evaluation.report.headline import headline, quality_comparison
from pipeline.evaluation.report.mistakes import suite_mistakes
from pipeline.evaluation.report.pareto import gate_of, released_student
from pipeline.evaluation.report.plots import CalibrationBin, calibration_plot, curve_plot
from pipeline.evaluation.report.score_sections import score_sections
from pipeline.evaluation.report.trade_offs import Release, trade_offs
from pipeline.evaluation.report.triplets import TripletFunnel
from pipeline.evaluation.report.views import (
    SIGNIFICANT,
    Comparison,
    compared,
    origins_of,
)
from pipeline.storage import GateVerdict

_TEMPLATE = "page.html.jinja"
_MINING = "mining_f1"


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
        suites: what is known of the data sets, by the name they have in the scores.
        baselines: models that are only compared with, such as other encoders; the usual ones
            (BM25, length, the teacher) are known by name.
        alignment: `SCORES` rows against gold, each model beside a length-only baseline.
        others: `SCORES` rows by section, a key of `sections.SECTIONS`.
        leaderboard: table of schema `LEADERBOARD`.
        calibration: how often pairs of a predicted probability were right, bin by bin.
        filtering: table of schema `FUNNEL`: what the filter kept and rejected, and why.
        funnel: table of schema `FUNNEL`: what became of the corpus.
        triplets: what a language model wrote, by strategy.
        learnt_from: by student, in words: `pairs`, `triplets`.
        training: loss curves by name, each from step to value.
        curves: `SCORES` rows of students taught with fewer or worse pairs, see `data_curves`.
        mistakes: the worst of every model, the most important data set first.
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
    suites: Mapping[str, SuiteFacts] = field(default_factory=dict)
    baselines: tuple[str, ...] = ()
    leaderboard: pa.Table | None = None
    calibration: tuple[CalibrationBin, ...] = ()
    filtering: pa.Table | None = None
    funnel: pa.Table | None = None
    triplets: tuple[TripletFunnel, ...] = ()
    learnt_from: Mapping[str, str] = field(default_factory=dict)
    training: Mapping[str, Mapping[float, float]] = field(default_factory=dict)
    curves: pa.Table | None = None
    mistakes: Sequence[Mistake] = ()
    gates: tuple[GateVerdict, ...] = ()
    lineage: tuple[LineageRow, ...] = ()
    browser: str = ""
    row_addresses: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def score_tables(self) -> dict[str, pa.Table]:
        """The tables of scores that were made, by what they measure; some may have no rows.

        Suites of mining, which are scored with retrieval, have a table of their own.
        """
        tables = {"retrieval": self.scores, "alignment": self.alignment, **self.others}
        made = {name: table for name, table in tables.items() if table is not None}
        if self.scores is None:
            return made
        names = self.scores.filter(pc.equal(self.scores["metric"], _MINING))["suite"]
        is_mined = pc.is_in(self.scores["suite"], names.combine_chunks())
        made["retrieval"] = self.scores.filter(pc.invert(is_mined))
        mined = self.scores.filter(is_mined)
        return made | ({"mining": mined} if mined.num_rows else {})

    def unscored(self) -> list[str]:
        """What was to be scored and has no rows, such as reading where there is no gold."""
        return [name for name, table in self.score_tables().items() if not table.num_rows]

    def boards(self) -> list[Board]:
        """Models against data sets."""
        return boards(self.score_tables(), self.suites, self.focus, self.baselines)

    def triplet_learners(self) -> list[str]:
        """Students that learnt from triplets, if any were written."""
        learnt = self.learnt_from.items() if self.triplets else ()
        return [student for student, lessons in learnt if "triplets" in lessons]

    def release(self) -> Release:
        """Which student is let go, and by what gate."""
        return Release(released_student(self.leaderboard), gate_of(self.leaderboard))

    def trained_retrieval(self) -> list[Comparison]:
        """Retrieval without the baselines: the start model and students."""
        trained = [
            replace(
                comparison,
                by_model={
                    model: score
                    for model, score in comparison.by_model.items()
                    if not is_baseline(model, self.baselines)
                },
            )
            for comparison in compared(self.scores)
        ]
        return [comparison for comparison in trained if comparison.by_model]


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
        name: getattr(words, name) for name in ("percent", "number", "count", "place", "spaced")
    }
    environment.filters |= {
        "figure": words.figure,
        "between": words.between,
        "change": words.change,
        "language": words.language_name,
        "tag": words.language_tag,
        "metric": words.metric_name,
        "short": words.short_metric,
        "model": words.model_name,
    }
    tables, made_boards = data.score_tables(), data.boards()
    quality = quality_comparison(compared(data.scores), data.focus, data.pivots)
    return environment.get_template(_TEMPLATE).render(
        data=data,
        headline=headline(data.trained_retrieval(), data.focus, data.pivots, data.leaderboard),
        learners=data.triplet_learners(),
        significant=SIGNIFICANT,
        boards=[board for board in made_boards if board.tells_more],
        trade_offs=trade_offs(quality, tables, data.baselines, data.release()),
        sections=score_sections(tables, data.suites, made_boards, data.baselines),
        data_sets=data_sets(tables, data.suites),
        mistakes=suite_mistakes(data.mistakes, data.suites),
        leaderboard=data.leaderboard.to_pylist() if data.leaderboard else [],
        calibration_plot=calibration_plot(data.calibration) if data.calibration else None,
        filtered=origins_of(data.filtering),
        origins=origins_of(data.funnel),
        data_curves=data_curves(data.curves),
        training_plot=curve_plot(data.training) if data.training else None,
    )
