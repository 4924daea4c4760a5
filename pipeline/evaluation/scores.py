"""Names that stand in the `model` column of the scores table beside the students' own."""

START = "start"  # the model before training; every other name is a student's
DIFFERENCE = "difference"
