"""Why triplets are rejected, in the order in which the rules are tried. Pure.

A reason begins with the words below; figures follow them.
"""

from pipeline.synthesis.writing import NO_ANSWER

TOO_SHORT = "shorter than"
LANGUAGE = "not in the language asked for"
COPY = "copy of the premise"
NEAR_COPY = "near-copy of the premise"
ALIKE = "positive and negative alike"
DUPLICATE = "duplicate anchor"
REPEATED = "answer given to other anchors too"
CONTAMINATION = "contamination"
POSITIVE_FAR = "positive cosine below"
POSITIVE_NEAR = "positive cosine above"
NEGATIVE_FAR = "negative cosine below"
NEGATIVE_NEAR = "negative cosine above"
GAP = "negative nearer than positive"

ORDER = (
    NO_ANSWER,
    TOO_SHORT,
    LANGUAGE,
    COPY,
    NEAR_COPY,
    ALIKE,
    DUPLICATE,
    REPEATED,
    CONTAMINATION,
    POSITIVE_FAR,
    POSITIVE_NEAR,
    NEGATIVE_FAR,
    NEGATIVE_NEAR,
    GAP,
)
