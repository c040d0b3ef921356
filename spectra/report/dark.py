"""Figures on a dark ground: every colour with its lightness turned round, and its hue kept."""

from collections.abc import Callable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import Colormap, ListedColormap, to_hex, to_rgb, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
PAPER, INK = "#1b1f27", "#e7e9ee"  # what white and the ink of paper become: the colours of a page in the dark
_INK_ON_PAPER = "#1f2430"
# Linear RGB to cone responses, and their cube roots to lightness and two opponent colours (Ottosson 2020, Oklab).
_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_OPPONENTS = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
_HALVINGS = 20  # of the chroma's range, until a colour is one that screens have


def in_the_dark(color: ColorType) -> str:
    """What a colour on white paper becomes on a dark ground, as #rrggbb (#rrggbbaa where it is transparent).

    Its lightness L becomes a + b L, so that white becomes the dark ground and ink the light ink; its hue stays, and its
    chroma as far as screens have such a colour. What stood out against the paper stands out against the dark, a larger
    size more than a smaller one, and nobody has to learn new hues.
    """
    return str(to_hex(_turned(to_rgba_array(color))[0], keep_alpha=bool(to_rgba_array(color)[0, 3] < 1)))


def darken(figure: Figure) -> None:
    """Turn every colour of a figure, for good: of lines, marks, areas, words, grounds and maps of colours.

    Args:
        figure: What is changed. Its layout is made first: what were drawn later would have the colours of paper.
    """
    figure.draw_without_rendering()
    for artist in figure.findobj(include_self=True):
        _repaint(artist)


def _repaint(artist: Artist) -> None:
    if isinstance(artist, (Collection, AxesImage)) and artist.get_array() is not None:
        artist.set_cmap(_dark_map(artist.get_cmap()))
    elif isinstance(artist, Line2D):
        # All are read before one is set, because marks take the colour of the line.
        colors = artist.get_color(), artist.get_markerfacecolor(), artist.get_markeredgecolor()
        setters = artist.set_color, artist.set_markerfacecolor, artist.set_markeredgecolor
        for setter, color in zip(setters, colors, strict=True):
            _set(setter, color)
    elif isinstance(artist, (Patch, Collection)):
        face, edge = artist.get_facecolor(), artist.get_edgecolor()
        _set(artist.set_facecolor, face)
        _set(artist.set_edgecolor, edge)
    elif isinstance(artist, Text):
        _set(artist.set_color, artist.get_color())
        if (box := artist.get_bbox_patch()) is not None:
            _repaint(box)


def _set(setter: Callable[..., object], color: ArrayLike) -> None:
    """Set what a colour, or each of several, becomes; nothing stays nothing."""
    given = to_rgba_array(color)
    if len(given) and given[:, 3].any():
        turned = _turned(given)
        setter(turned if np.ndim(color) == 2 else tuple(turned[0]))


def _dark_map(colors: Colormap) -> Colormap:
    dark = ListedColormap(_turned(colors(np.linspace(0, 1, colors.N))), name=f"{colors.name}, dark")
    ends = [_turned(end[None])[0] for end in (colors.get_bad(), colors.get_under(), colors.get_over())]
    bad, under, over = (tuple(end) for end in ends)
    return dark.with_extremes(bad=bad, under=under, over=over)


def _turned(given: Array) -> Array:
    """Colours (n, 4) of paper for the dark: red, green, blue and opacity."""
    seen, ground = _oklab(given[:, :3]), _oklab(np.array([to_rgb(PAPER)]))[0]
    darkest, lightest = (_oklab(np.array([to_rgb(ink)]))[0, 0] for ink in (_INK_ON_PAPER, INK))
    lightness = ground[0] + (1 - seen[:, :1]) * (lightest - ground[0]) / (1 - darkest)
    lightness, tint = np.minimum(lightness, 1.0), seen[:, :1] * ground[1:]
    low, high = np.zeros_like(lightness), np.ones_like(lightness)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        linear = _linear(np.hstack([lightness, tint + middle * seen[:, 1:]]))
        shown = ((linear >= 0) & (linear <= 1)).all(axis=1, keepdims=True)
        low, high = np.where(shown, middle, low), np.where(shown, high, middle)
    linear = _linear(np.hstack([lightness, tint + low * seen[:, 1:]])).clip(0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.hstack([coded, given[:, 3:]])


def _oklab(coded: Array) -> Array:
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _CONES.T) @ _OPPONENTS.T)


def _linear(seen: Array) -> Array:
    return np.asarray(np.linalg.solve(_CONES, (np.linalg.solve(_OPPONENTS, seen.T)) ** 3).T)
