"""Why pairs are rejected, in the order in which the rules are tried. Pure.

A reason begins with the words below; figures and names of the day follow them. Reasons that are not
listed come from earlier stages, which had their say first.
"""

REJECTED_BY_REVIEWERS = "rejected by reviewers"
REVIEWERS_DISAGREE = "reviewers disagree"
NO_LETTERS = "no letters or numbers"
IDENTICAL_SIDES = "identical sides"
TOO_SHORT = "shorter than"
LENGTH_RATIO = "length ratio below"
NOT_SCORED = "not scored"
COSINE = "cosine below"
MARGIN = "margin below"
PROBABILITY = "probability below"
EVALUATED = "evaluation text"
DUPLICATE = "duplicate pair"
LEAK = "leak: text also in test"
NEAR_LEAK = "leak: near-duplicate of a test text"

ORDER = (
    REJECTED_BY_REVIEWERS,
    REVIEWERS_DISAGREE,
    NO_LETTERS,
    IDENTICAL_SIDES,
    TOO_SHORT,
    LENGTH_RATIO,
    NOT_SCORED,
    COSINE,
    MARGIN,
    PROBABILITY,
    EVALUATED,
    DUPLICATE,
    LEAK,
    NEAR_LEAK,
)
