"""Evaluation group, its ends: a report for people who read, a model for people who search."""

from collections.abc import Mapping

import pyarrow as pa

from assets.lineage import hashes_of, lineage_of
from assets.outside import start_model
from assets.previews import calibration_bins, report_preview
from assets.resources import Artefacts
from assets.scoring import mistakes_of, model_sizes, suite_words
from assets.stage_asset import Product, Stage, stage_asset
from pipeline.corpus.browser_views import row_addresses
from pipeline.corpus.funnel import funnel
from pipeline.distillation.teaching import read_training_log
from pipeline.errors import InputError
from pipeline.evaluation.release.card_facts import (
    Card,
    DataSource,
    Making,
    data_sources,
    reviewing,
    triplet_sources,
)
from pipeline.evaluation.release.folder import example_pairs, write_release
from pipeline.evaluation.release.leaderboard import (
    best_student,
    release_verdicts,
    soundness_verdict,
)
from pipeline.evaluation.report.facts import suite_facts
from pipeline.evaluation.report.folder import write_report
from pipeline.evaluation.report.page import ReportData
from pipeline.evaluation.report.triplets import TripletFunnel, triplet_funnel
from pipeline.recipe import Recipe
from pipeline.storage import Artefact
from pipeline.suites import load_suites
from pipeline.synthesis.quality.reasons import ORDER as TRIPLET_RULES
from pipeline.training.steps import loss_curves

BROWSER_ADDRESS = "pairs/"  # beside the report, see `sensors.summary`


def report_words(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What the report says that no artefact does."""
    return {
        **start_model(recipe, partition),
        **suite_words(recipe),
        "title": recipe.title,
        "note": recipe.annotation.note,
        "generator": recipe.synthesis.generator.model,
    }


def card_words(recipe: Recipe, partition: str) -> Mapping[str, str]:
    """What the model card says, and may show, that no artefact tells."""
    return {
        **start_model(recipe, partition),
        **suite_words(recipe),
        "title": recipe.title,
        "teacher": recipe.models.teacher,
        "licence": recipe.model_licence,
        "publishable": " ".join(recipe.publishable_licences),
    }


@stage_asset(group="evaluation", code_version="7", outside=report_words, preview=report_preview)
def evaluation_report(
    stage: Stage,
    filtered_pairs: Artefact,
    synthetic_triplets: Artefacts,
    filtered_triplets: Artefacts,
    calibration: Artefact,
    agreement: Artefact,
    triplet_scores: Artefact,
    parallel_corpus: Artefact,
    student_models: Artefacts,
    leaderboard: Artefact,
    contamination: Artefact,
    retrieval_scores: Artefact,
    geometry_scores: Artefact,
    retention_scores: Artefact,
    similarity_scores: Artefact,
    paraphrase_scores: Artefact,
    classification_scores: Artefact,
    rag_scores: Artefact,
    translation_scores: Artefact,
    alignment_scores: Artefact,
    ocr_scores: Artefact,
    ocr_benchmark: Artefact,
    curve_scores: Artefact,
    student_form_scores: Artefact,
) -> Product:
    """Every score in one HTML page for people who have not read the code, refused ones included."""
    recipe, corpus = stage.recipe, parallel_corpus.read_even_if_refused()
    sections = {
        "similarity": similarity_scores,
        "paraphrase": paraphrase_scores,
        "classification": classification_scores,
        "passages": rag_scores,
        "translation": translation_scores,
        "retention": retention_scores,
        "geometry": geometry_scores,
        "agreement": agreement,
        "judged_triplets": triplet_scores,
        "reading": ocr_scores,
        "ocr_benchmark": ocr_benchmark,
        **({"forms": student_form_scores} if student_form_scores.row_count else {}),
    }
    scored = (
        parallel_corpus,
        contamination,
        retrieval_scores,
        alignment_scores,
        *sections.values(),
    )
    told = (
        retrieval_scores,
        similarity_scores,
        paraphrase_scores,
        classification_scores,
        rag_scores,
        translation_scores,
    )
    note, board = recipe.annotation.note, leaderboard.read_even_if_refused()
    shown = _named(best_student(board) or "", student_models) or student_models[0]
    data = ReportData(
        title=recipe.title,
        focus=recipe.focus,
        pivots=recipe.pivots,
        scores=retrieval_scores.read_even_if_refused(),
        alignment=alignment_scores.read(),
        others={name: one.read_even_if_refused() for name, one in sections.items()}
        | {"cost": model_sizes(recipe, student_models)},
        suites=suite_facts(load_suites(recipe.suites)),
        baselines=tuple(recipe.models.baselines),
        leaderboard=board,
        calibration=calibration_bins(calibration.manifest.metadata),
        filtering=funnel(filtered_pairs.read()),
        funnel=funnel(corpus),
        triplets=triplet_funnels(
            recipe.synthesis.generator.model, synthetic_triplets, filtered_triplets
        ),
        learnt_from={name: recipe.students.lessons_of(name) for name in recipe.students.variants()},
        training=loss_curves(read_training_log(shown.folder()).steps),
        curves=curve_scores.read(),
        mistakes=mistakes_of(*told),
        gates=tuple(gate for one in scored for gate in one.manifest.gates),
        lineage=lineage_of(*scored, *student_models),
        browser=f"{BROWSER_ADDRESS}index.html",
        row_addresses=row_addresses(corpus, BROWSER_ADDRESS),
        notes=(note,) if note else (),
        facts={"command": f"make demo RECIPE={recipe.name}", "seed": str(recipe.evaluation.seed)},
    )
    return Product(write_report(data, stage.work_folder / "report"))


@stage_asset(
    group="evaluation",
    code_version="4",
    gates=("retention", "beats_start", "sound_scores"),
    outside=card_words,
    is_versioned=True,
    kinds=frozenset({"huggingface"}),
)
def model_release(
    stage: Stage,
    leaderboard: Artefact,
    reviews: Artefact,
    verdicts: Artefact,
    parallel_corpus: Artefact,
    filtered_triplets: Artefacts,
    lessons: Artefact,
    student_models: Artefacts,
    student_exports: Artefacts,
    contamination: Artefact,
    retrieval_scores: Artefact,
    retention_scores: Artefact,
    similarity_scores: Artefact,
    paraphrase_scores: Artefact,
    classification_scores: Artefact,
    rag_scores: Artefact,
    student_form_scores: Artefact,
) -> Product:
    """The best student as people receive it: prompts baked in, ONNX, a card, an example."""
    recipe, board, corpus = stage.recipe, leaderboard.read(), parallel_corpus.read()
    scores = {
        "retrieval": retrieval_scores,
        "retention": retention_scores,
        "similarity": similarity_scores,
        "paraphrase": paraphrase_scores,
        "classification": classification_scores,
        "passages": rag_scores,
    }
    gates = [
        *release_verdicts(board),
        soundness_verdict(
            gate
            for one in (contamination, retrieval_scores, retention_scores)
            for gate in one.refusals
        ),
    ]
    name = best_student(board) or ""
    student, exports = _named(name, student_models), _named(name, student_exports)
    if student is None:
        raise InputError("there is no student to release: launch train_student first")
    card = Card(
        name=recipe.name,
        title=recipe.title,
        student=name,
        focus=recipe.focus,
        pivots=recipe.pivots,
        making=_making(recipe, name, student),
        licence=recipe.model_licence,
        leaderboard=board,
        scores={name: one.read_even_if_refused() for name, one in scores.items()},
        suites=suite_facts(load_suites(recipe.suites)),
        sources=_sources(recipe.students.lessons_of(name), corpus, filtered_triplets, lessons),
        reviewing=reviewing(corpus, reviews.read()),
        forms=student_form_scores.read(),
        adapters={str(task): by for task, by in recipe.students.kind_of(name).adapters.items()},
        lineage=hashes_of(
            reviews, verdicts, parallel_corpus, student, *scores.values(), student_form_scores
        ),
        command=f"make demo RECIPE={recipe.name}",
        refusals=[gate.reason for gate in gates if not gate.is_passed],
        examples=example_pairs(corpus, frozenset(recipe.publishable_licences)),
    )
    folder = write_release(
        student.folder(),
        exports.folder() if exports else None,
        card,
        stage.work_folder / "release",
    )
    return Product(folder, gates)


def _sources(
    learnt: str, corpus: pa.Table, filtered_triplets: Artefacts, lessons: Artefact
) -> tuple[DataSource, ...]:
    pairs = data_sources(corpus) if "pairs" in learnt else ()
    if "triplets" not in learnt:
        return pairs
    return (*pairs, *triplet_sources((one.read() for one in filtered_triplets), lessons.read()))


def _making(recipe: Recipe, variant: str, student: Artefact) -> Making:
    kind = recipe.students.kind_of(variant)
    return Making(
        base_model=None if kind.scratch else kind.start or recipe.models.start,
        teacher=recipe.models.teacher,
        objective=recipe.students.objective_of(variant),
        balance=recipe.students.balance_of(variant),
        facts=student.manifest.metadata,
    )


def triplet_funnels(
    model: str, written: Artefacts, filtered: Artefacts
) -> tuple[TripletFunnel, ...]:
    """What was written by each strategy, and what was kept of it."""
    speeds = {
        one.address.partition: float(str(one.manifest.metadata["tokens_per_second"]))
        for one in written
    }
    return tuple(
        triplet_funnel(
            str(one.address.partition),
            model,
            one.read(),
            TRIPLET_RULES,
            speeds.get(one.address.partition),
        )
        for one in filtered
    )


def _named(name: str, artefacts: Artefacts) -> Artefact | None:
    return next((one for one in artefacts if one.address.partition == name), None)
