"""The sizes that a verdict compares: values of one column, or combinations of two."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array


@dataclass(frozen=True)
class SizePoints:
    """K sizes in one or two columns, ascending by the product of the columns."""

    columns: tuple[str, ...]  # (J,), J = 1 or 2
    values: Array  # (K, J)

    @property
    def name(self) -> str:
        """The columns as they are read, for example "width × depth"."""
        return " × ".join(self.columns)

    @property
    def sizes(self) -> tuple[float, ...]:
        """One number per size: the value, or the product of two."""
        return tuple(float(size) for size in self.values.prod(axis=1))

    @property
    def labels(self) -> tuple[str, ...]:
        """Sizes in words, for example "64" or "64 × 4"."""
        return tuple(" × ".join(f"{value:g}" for value in row) for row in self.values)

    @property
    def doublings(self) -> Array:
        """Binary logarithms (K, J)."""
        logs: Array = np.log2(self.values)
        return logs

    @property
    def span(self) -> float:
        """Doublings from the smallest to the largest value, summed over the columns."""
        return float(np.ptp(self.doublings, axis=0).sum())

    @property
    def slope_contrasts(self) -> Array:
        """Weights (J, K) that turn values at the K sizes into least-squares slopes per doubling of each column."""
        centred = self.doublings - self.doublings.mean(axis=0)
        weights: Array = np.linalg.pinv(centred)
        return weights

    def table(self) -> pd.DataFrame:
        """Column `size`, and the two columns where there are two; one row per size."""
        pair = dict(zip(self.columns, self.values.T, strict=True)) if len(self.columns) > 1 else {}
        return pd.DataFrame({"size": self.sizes, **pair})


def size_points(runs: pd.DataFrame, columns: tuple[str, ...]) -> SizePoints:
    """Distinct sizes among runs.

    Args:
        runs: One row per run; positive numbers in `columns`.
        columns: One column, or two different ones.

    Raises:
        ValueError: If there are other than one or two columns, or two whose effects the runs cannot tell apart: one of
            them takes a single value, or the two grow along a straight path of logarithms.
    """
    if len(set(columns)) != len(columns) or len(columns) not in (1, 2):
        raise ValueError(f"the sizes {', '.join(columns)} were given; name one column, or a pair of different ones")
    values = runs[list(columns)].drop_duplicates().to_numpy(dtype=np.float64)
    order = np.lexsort((*reversed(values.T), values.prod(axis=1)))
    points = SizePoints(columns, values[order])
    if len(columns) == 2:
        _require_two_directions(points)
    return points


def _require_two_directions(points: SizePoints) -> None:
    first, second = points.columns
    for name, logs in zip(points.columns, points.doublings.T, strict=True):
        if np.ptp(logs) == 0:
            other = second if name == first else first
            raise ValueError(f"{name} is the same in all runs: judge over {other} alone, with scale={other!r}")
    centred = points.doublings - points.doublings.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    # At a correlation of 0.99 the intervals of the slopes are 7 times as wide as on a grid, 1 / sqrt(1 - 0.99^2):
    # beyond, the runs are a path whose sizes were rounded to whole numbers, and the rounding would tell slopes apart.
    if abs(float(centred[:, 0] @ centred[:, 1])) > 0.99 * float(lengths.prod()):
        raise ValueError(
            f"{first} and {second} change together in all runs ({', '.join(points.labels)}), so their effects cannot "
            f"be told apart: judge along this path with scale={first!r}, or add runs in which one of them stays"
        )
