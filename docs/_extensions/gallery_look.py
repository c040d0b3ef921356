"""How the figures of the gallery look: light grids, no frames."""

from __future__ import annotations

import matplotlib
from sphinx.application import Sphinx

_SETTINGS = {
    "figure.dpi": 100,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#d9dce3",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


def setup(_app: Sphinx) -> dict[str, bool]:
    """Nothing of its own: the gallery asks before every script."""
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def look(_gallery: dict[str, object], _script: str) -> None:
    """Set the look for the script that comes next."""
    matplotlib.rcParams.update(_SETTINGS)
