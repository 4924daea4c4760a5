"""Tags by which runs are found again."""

RECIPE_TAG = "dutar/recipe"  # whose run it is
DRIVER_TAG = "dutar/driven_by"  # the run that launched it
SOLE_DRIVER_TAG = "dutar/driver"  # of which `dagster.yaml` lets one run at a time per recipe
