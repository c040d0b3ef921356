"""One look for every figure: colours, marks, fonts, and files whose bytes repeat."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.style
from matplotlib.figure import Figure

from spectra.plain_text import clean
from spectra.report.dark import darken
from spectra.report.lean_pdf import lean_pdf
from spectra.report.lean_svg import lean_svg
from spectra.report.look import PAGE, Look

# Contrast against white is 18 at the dark end and 3.0 at the light end, which is what WCAG 2 (1.4.11) asks of graphics;
# lightness falls all the way, so that the order survives grey print and every kind of colour blindness. Of the maps of
# matplotlib this one keeps neighbours farthest apart for the kind that sees them nearest: 11.9 (CIEDE2000) for 4 sizes,
# 5.3 for 6 and 4.0 for 8, where plasma has 6.8, 3.9 and 2.8; tests/report/test_color_vision.py.
PALETTE = "inferno"
LIGHTEST, DARKEST = 0.66, 0.10
MARKERS = "os^DvP*X"
INK, MUTED, FAINT, ALARM = "#1f2430", "#5b6270", "#d9dce3", "#b3261e"
ALONE, BESIDE = "#33508f", "#b04a00"  # of lines that are no sizes: of the only one, and of another beside it

_SETTINGS: dict[str, object] = {
    "font.size": 8.5,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    # The lines of the grid lead to the labels already.
    **{f"{axis}tick.{kind}.size": 0 for axis in "xy" for kind in ("major", "minor")},
    "xtick.major.pad": 4.5,
    "ytick.major.pad": 4.5,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "lines.markeredgewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.handlelength": 1.8,
    "figure.facecolor": "white",
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
}


@contextmanager
def style() -> Iterator[None]:
    """The look of the house, on top of matplotlib's defaults: a user's own settings change nothing."""
    with warnings.catch_warnings(), matplotlib.style.context(["default", _SETTINGS]):
        # A letter that the font lacks (Chinese, emoji) stays text in the SVG, where the reader's fonts have it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def escape(text: object) -> str:
    """User text that matplotlib draws as it stands: `$` would otherwise start mathematics."""
    return clean(text).replace("$", r"\$")


def size_colors(sizes: Sequence[float]) -> dict[float, str]:
    """One colour per size, the same in every figure: the larger, the darker."""
    ordered = sorted(sizes)
    steps = max(len(ordered) - 1, 1)
    colors = matplotlib.colormaps[PALETTE]
    places = [LIGHTEST + (DARKEST - LIGHTEST) * (i / steps if len(ordered) > 1 else 1.0) for i in range(len(ordered))]
    return {size: matplotlib.colors.to_hex(colors(place)) for size, place in zip(ordered, places, strict=True)}


def size_markers(sizes: Sequence[float]) -> dict[float, str]:
    """One marker per size, so that lines are told apart without colour."""
    return {size: MARKERS[i % len(MARKERS)] for i, size in enumerate(sorted(sizes))}


def size_line_widths(sizes: Sequence[float]) -> dict[float, float]:
    """Widths that fall with size: where curves coincide, the larger ones lie within the smaller and all stay seen."""
    ordered = sorted(sizes)
    return {size: 2.5 - 1.4 * i / max(len(ordered) - 1, 1) for i, size in enumerate(ordered)}


def size_marker_sizes(sizes: Sequence[float]) -> dict[float, float]:
    """Marker sizes that fall with size, for the same reason."""
    return {size: 2.2 + 1.6 * width for size, width in size_line_widths(sizes).items()}


def size_look(size: float, sizes: Sequence[float]) -> dict[str, Any]:
    """Colour, line and mark of a size among all, as matplotlib takes them for a line."""
    return {
        "color": size_colors(sizes)[size],
        "linewidth": size_line_widths(sizes)[size],
        "marker": size_markers(sizes)[size],
        "markersize": size_marker_sizes(sizes)[size],
        "markeredgecolor": "white",
    }


def entry_look(place: int, count: int) -> dict[str, Any]:
    """Colour and mark of one of several lines that are no sizes, as matplotlib takes them for a line."""
    places = range(count)
    return {"color": size_colors(places)[place], "marker": size_markers(places)[place], "markeredgecolor": "white"}


def save(figure: Figure, stem: Path, look: Look = PAGE) -> list[Path]:
    """Write `stem`.svg and `stem`.pdf, and `stem`.png where the look asks for it; the same figure gives the same bytes.

    Text stays text in the SVG and in the PDF. The figure is not to be drawn again: its layout is fixed, and for a dark
    look its colours are changed.

    Args:
        figure: What to save, drawn in the look.
        stem: Path without an ending; its name salts the identifiers within the SVG.
        look: What the files are for.

    Returns:
        The paths of the SVG, of the PDF and, if there is one, of the PNG.
    """
    vector, print_ready, dots = (stem.with_name(stem.name + ending) for ending in (".svg", ".pdf", ".png"))
    if look.dark:
        darken(figure)
    vector.write_text(svg_text(figure, salt=stem.name), encoding="utf-8")
    with style():
        # What was laid out once stays: all files then show the same, and the second costs less.
        figure.set_layout_engine("none")
        figure.savefig(print_ready, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
        print_ready.write_bytes(lean_pdf(print_ready.read_bytes()))
        if look.dots is None:
            return [vector, print_ready]
        figure.savefig(dots, format="png", dpi=look.dots, metadata={"Software": None})
    return [vector, print_ready, dots]


def svg_text(figure: Figure, *, salt: str) -> str:
    """The figure as the text of an SVG file.

    Args:
        figure: What to draw.
        salt: From which its identifiers are made.
    """
    nothing, drawn = {"Date": None, "Creator": None, "Format": None, "Type": None}, StringIO()
    with style(), matplotlib.rc_context({"svg.hashsalt": salt}):
        figure.savefig(drawn, format="svg", metadata=nothing)
    return lean_svg(drawn.getvalue())
