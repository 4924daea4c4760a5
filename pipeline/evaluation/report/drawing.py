"""How plots of the report look: inline SVG that takes colours and fonts from the page around it.

Deterministic: identifiers are salted with a constant and no date is written. Colours are stand-ins
which become CSS variables, so that one file serves light, dark and print.
"""

import base64
import io
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_COLOURS = {  # stand-in: variable of the style sheet
    "#010101": "var(--ink)",
    "#020202": "var(--faint)",
    "#030303": "var(--rule)",
    "#040404": "var(--before)",
    "#050505": "var(--after)",
    "#060606": "var(--third)",
    "#070707": "var(--fourth)",
    "#080808": "var(--card)",
}
_ON_WHITE = {  # for a plot that stands alone, where no style sheet reaches
    "var(--ink)": "#211d1a",
    "var(--faint)": "#6a6159",
    "var(--rule)": "#e3dbd0",
    "var(--before)": "#8b8177",
    "var(--after)": "#0d6f66",
    "var(--third)": "#a5690c",
    "var(--fourth)": "#4a4fa3",
    "var(--card)": "#ffffff",
}
INK, FAINT, RULE, BEFORE, AFTER, THIRD, FOURTH, CARD = _COLOURS
STYLE: dict[Any, Any] = {  # matplotlib's type lists every key
    "svg.fonttype": "none",  # text stays text: found, scaled and read aloud
    "svg.hashsalt": "dutar",
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": RULE,
    "axes.labelcolor": FAINT,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": INK,
    "grid.color": RULE,
    "legend.frameon": False,
}
SERIES = (  # shapes and dashes too, for those who see no colour
    (BEFORE, "o", ":"),
    (AFTER, "s", "-"),
    (THIRD, "D", "--"),
    (FOURTH, "^", "-."),
)
WIDTH_INCHES = 8.2


def on_white(plot: Markup) -> str:
    """A plot as the text of an SVG file that stands alone."""
    text = str(plot)
    for variable, colour in _ON_WHITE.items():
        text = text.replace(variable, colour)
    return text.replace("<svg", '<svg style="background: #ffffff"', 1)


def as_image_uri(plot: Markup) -> str:
    """A plot as a `data:` address of an image on white, for pages other than the report."""
    return "data:image/svg+xml;base64," + base64.b64encode(on_white(plot).encode()).decode()


def finish(figure: Figure, axes: Axes, series_count: int) -> None:
    """Grid, ticks and a legend above, as all plots have them."""
    axes.grid(axis="x", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    figure.legend(loc="outside upper left", ncols=max(1, series_count), handletextpad=0.4)


def svg(figure: Figure, description: str) -> Markup:
    """The figure's SVG element, coloured by the page, described for screen readers."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for stand_in, variable in _COLOURS.items():
        text = text.replace(stand_in, variable)
    label = Markup('<svg role="img" aria-label="{}"').format(description)
    return Markup(text.replace("<svg", label, 1))  # noqa: S704 - matplotlib escapes its labels
