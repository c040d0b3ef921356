"""Some of the points of a curve or of a table of runs."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectra.fitting.law import Array

Chosen: TypeAlias = NDArray[np.bool_] | NDArray[np.int_]
"""A mask (n,), or positions (m,) that may repeat."""


def picked(columns: Mapping[str, Array], chosen: Chosen) -> Array | dict[str, Array]:
    """The chosen points of `Law.columns`: by name, or those of the one variable."""
    found = {name: values[chosen] for name, values in columns.items()}
    return found if len(found) > 1 else next(iter(found.values()))


def picked_weights(weights: ArrayLike | None, chosen: Chosen) -> Array | None:
    """The chosen weights; None stays None."""
    return None if weights is None else np.asarray(weights, dtype=np.float64)[chosen]
