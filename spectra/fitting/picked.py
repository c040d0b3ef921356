"""Some of the points of a curve or of a table of runs, for laws of one variable and of several alike."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

# One variable as an array (n,), or several by name.
Variables: TypeAlias = ArrayLike | Mapping[str, ArrayLike]


def picked(x: Variables, chosen: NDArray[np.bool_] | NDArray[np.int_]) -> Variables:
    """The chosen points of every variable: a mask (n,), or positions (m,) that may repeat."""
    if isinstance(x, Mapping):
        return {name: np.asarray(values, dtype=np.float64)[chosen] for name, values in x.items()}
    return np.asarray(x, dtype=np.float64)[chosen]


def picked_weights(
    weights: ArrayLike | None, chosen: NDArray[np.bool_] | NDArray[np.int_]
) -> NDArray[np.float64] | None:
    """The chosen weights; None stays None."""
    return None if weights is None else np.asarray(weights, dtype=np.float64)[chosen]
