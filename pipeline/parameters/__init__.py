"""What may be tuned, stage by stage: flat frozen models, shown typed in the launchpad.

Only scalars, so that `class XConfig(dg.Config, XParams)` works; paths and lists live in the recipe.
"""

from pipeline.parameters.alignment import (
    AlignmentParams,
    CandidateMode,
    Margin,
    MiningParams,
    PairingParams,
)
from pipeline.parameters.base import (
    Params,
)
from pipeline.parameters.corpus import (
    AnnotationParams,
    CalibrationParams,
    CorpusParams,
    FilterParams,
)
from pipeline.parameters.distillation import (
    TRIPLETS,
    BalanceLevel,
    DistillationParams,
    LessonParams,
    Objective,
    RankingNegatives,
    objective_terms,
)
from pipeline.parameters.evaluation import (
    EvaluationParams,
)
from pipeline.parameters.sources import (
    NewsParams,
    SentenceParams,
    TextbookParams,
)
from pipeline.parameters.synthesis import (
    AdapterParams,
    AnchorParams,
    GenerationParams,
    Merging,
    TripletFilterParams,
)
from pipeline.parameters.translation import (
    TranslationParams,
    TranslationPreset,
)

__all__ = [
    "TRIPLETS",
    "AdapterParams",
    "AlignmentParams",
    "AnchorParams",
    "AnnotationParams",
    "BalanceLevel",
    "CalibrationParams",
    "CandidateMode",
    "CorpusParams",
    "DistillationParams",
    "EvaluationParams",
    "FilterParams",
    "GenerationParams",
    "LessonParams",
    "Margin",
    "Merging",
    "MiningParams",
    "NewsParams",
    "Objective",
    "PairingParams",
    "Params",
    "RankingNegatives",
    "SentenceParams",
    "TextbookParams",
    "TranslationParams",
    "TranslationPreset",
    "TripletFilterParams",
    "objective_terms",
]
