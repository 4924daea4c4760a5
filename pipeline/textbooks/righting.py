"""Pages that lie on their side, on their head, or askew: how to turn them, and boxes back (pure).

All angles are counter-clockwise. A picture says by its ink whether its lines run across or down and
how far they are askew; which way is up only reading tells.
"""

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.textbooks.rendering import INK

SMALL_SIDE_PIXELS = 800  # of the copy that angles are looked for on
MAX_SKEW_DEGREES = 12.0
COARSE_STEP_DEGREES, FINE_STEP_DEGREES = 0.5, 0.1
MIN_SKEW_DEGREES = 0.1  # below, a page is left as it is
QUARTERS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}

Box = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Turn:
    """What rights a page: some quarter turns, then an angle in degrees."""

    quarters: int = 0
    degrees: float = 0.0

    @property
    def total_degrees(self) -> float:
        """Both together, above -180 and at most 180."""
        total = 90 * self.quarters + self.degrees
        return total - 360 if total > 180 else total  # noqa: PLR2004 - half a turn

    def righted(self, image: Image.Image) -> Image.Image:
        """The picture turned, as large as it must be to hold the page's corners."""
        if self.quarters:
            image = image.transpose(QUARTERS[self.quarters])
        if self.degrees:
            image = image.rotate(self.degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        return image

    def on_page(self, box: Box, righted: tuple[float, float], page: tuple[float, float]) -> Box:
        """Where a box of the righted picture lies on the page: its centre is turned back.

        Args:
            box: `x0`, `top`, `x1`, `bottom`.
            righted: width and height of the righted picture, in the box's unit.
            page: width and height of the page as it lies.
        """
        width, height = box["x1"] - box["x0"], box["bottom"] - box["top"]
        x = (box["x0"] + box["x1"] - righted[0]) / 2
        y = (box["top"] + box["bottom"] - righted[1]) / 2
        angle = math.radians(90 * self.quarters + self.degrees)
        centre_x = page[0] / 2 + x * math.cos(angle) - y * math.sin(angle)
        centre_y = page[1] / 2 + x * math.sin(angle) + y * math.cos(angle)
        if self.quarters % 2:
            width, height = height, width
        return {
            "x0": centre_x - width / 2,
            "top": centre_y - height / 2,
            "x1": centre_x + width / 2,
            "bottom": centre_y + height / 2,
        }


UNTURNED = Turn()


def upright(box: Box, quarters: int, page: tuple[float, float]) -> Box:
    """Where a box of a page as it lies is when the page is given some quarter turns.

    Args:
        box: `x0`, `top`, `x1`, `bottom`.
        quarters: 0 to 3.
        page: width and height of the page as it lies.
    """
    x0, top, x1, bottom = box["x0"], box["top"], box["x1"], box["bottom"]
    width, height = page
    for _ in range(quarters):
        x0, top, x1, bottom = top, width - x1, bottom, width - x0
        width, height = height, width
    return {"x0": x0, "top": top, "x1": x1, "bottom": bottom}


def likely_turns(image: Image.Image) -> list[Turn]:
    """How to turn a page, in the order in which to try.

    Where the ink says that lines run across, as it lies, or else it stands on its head; where they
    run down, it lies on one side or the other, or else as it is: an engine takes several times as
    long for lines that run down.
    """
    across, down = _ink(image), _ink(image.transpose(Image.Transpose.ROTATE_90))
    if len(across) == 0:
        return [Turn()]
    (degrees, score), (side_degrees, side_score) = _level(across), _level(down)
    if score >= side_score:
        return [Turn(0, degrees), Turn(2, degrees)]
    return [Turn(1, side_degrees), Turn(3, side_degrees), Turn(0, degrees)]


def skew_degrees(image: Image.Image) -> float:
    """Angle by which to turn the page so that its lines lie level, at most 12 degrees."""
    ink = _ink(image)
    return _level(ink)[0] if len(ink) else 0.0


def _ink(image: Image.Image) -> NDArray[np.float64]:
    """Row and column of the dark pixels of a small copy."""
    scale = SMALL_SIDE_PIXELS / max(image.size)
    small = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    return np.argwhere(np.asarray(small) < INK).astype(np.float64)


def _level(ink: NDArray[np.float64]) -> tuple[float, float]:
    """The angle whose row sums of ink vary most, and how much (projection profile, Postl 1986).

    Looked for in coarse steps, then in fine ones; ties go to the smaller angle.
    """
    coarse = np.arange(-MAX_SKEW_DEGREES, MAX_SKEW_DEGREES + 0.01, COARSE_STEP_DEGREES)
    near, _ = _best(ink, coarse)
    offsets = np.arange(-COARSE_STEP_DEGREES, COARSE_STEP_DEGREES + 0.01, FINE_STEP_DEGREES)
    angle, score = _best(ink, near + offsets)
    return (angle if abs(angle) >= MIN_SKEW_DEGREES else 0.0), score


def _best(ink: NDArray[np.float64], angles: NDArray[np.float64]) -> tuple[float, float]:
    scored = [(angle, _level_score(ink, math.radians(angle))) for angle in sorted(angles, key=abs)]
    angle, score = max(scored, key=lambda each: each[1])
    return round(float(angle), 1), score


def _level_score(ink: NDArray[np.float64], angle: float) -> float:
    rows = ink[:, 0] * math.cos(angle) - ink[:, 1] * math.sin(angle)
    counts = np.bincount(np.round(rows - rows.min()).astype(np.int64)).astype(np.float64)
    return float(np.sum(np.diff(counts) ** 2))
