"""How far one height can go at held shapes: the extent of an ellipsoid that is cut off at zero.

The curves up to a limit form an ellipsoid in the heights. The extreme of one height over the part where no height is
negative lies on some face, where others are zero; every face is tried, and only extremes without a negative height
count, which is all that is needed because the region is convex.
"""

from itertools import combinations

import numpy as np

from spectra.fitting.amplitude_search import gram_and_moments, solved
from spectra.fitting.law import Array
from spectra.fitting.pseudo_data import PseudoData


def height_extents(data: PseudoData, shapes: Array, at: int, sign: float, limit: float) -> Array:
    """Heights (k, G), the one `at` as small (sign -1) or large as the limit lets it be, at shapes (s, G); nan if none.

    For a law with an outer power the columns are those at the best heights, which makes the extents approximate.
    """
    heights, squares = data.at(shapes, data.fit.place[data.fit.points.shapes :, None])
    with np.errstate(all="ignore"):
        columns, target = data.tangent(shapes, heights)
        gram, moments = gram_and_moments(columns, target, np.ones(1))
        total = np.square(target).sum(axis=-1)
        best = np.where(squares <= limit, heights, np.nan)
        others = [j for j in range(len(columns)) if j != at]
        for size in range(len(others) + 1):
            for kept in combinations(others, size):
                found = np.zeros_like(best)
                found[[at, *kept]] = _face(gram, moments, (at, *kept), sign, limit - total)
                # A node whose best place is not inside is empty, and so are its faces.
                better = (found >= 0).all(axis=0) & (sign * found[at] > sign * best[at])
                best = np.where(better, found, best)
    return best


def _face(gram: Array, moments: Array, subset: tuple[int, ...], sign: float, room: Array) -> Array:
    """Extreme of the first height of a subset (m, G) over the whole ellipsoid; nan where it is empty."""
    centre = solved(gram, moments, subset)
    unit = np.zeros_like(moments)
    unit[subset[0]] = 1.0
    outward = solved(gram, unit, subset)
    left = room + (centre * moments[list(subset)]).sum(axis=0)
    extreme: Array = centre + sign * np.sqrt(left / outward[0]) * outward
    return extreme
