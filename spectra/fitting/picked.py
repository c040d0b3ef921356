"""Some of the points of a curve or of a table of runs."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Chosen: TypeAlias = NDArray[np.bool_] | NDArray[np.int_]
"""A mask (n,), or positions (m,) that may repeat."""


def picked(columns: Mapping[str, NDArray[np.float64]], chosen: Chosen) -> dict[str, NDArray[np.float64]]:
    """The chosen points of every variable, of `Law.columns`."""
    return {name: values[chosen] for name, values in columns.items()}


def picked_weights(weights: ArrayLike | None, chosen: Chosen) -> NDArray[np.float64] | None:
    """The chosen weights; None stays None."""
    return None if weights is None else np.asarray(weights, dtype=np.float64)[chosen]
