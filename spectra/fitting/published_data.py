"""The points that a published fit was made to, out of a table."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spectra.fitting.law import Array
from spectra.fitting.published_fields import Condition, Product
from spectra.fitting.published_fit import PublishedFit
from spectra.fitting.saved.source import SHOWN_NAMES


def published_points(published: PublishedFit, data: pd.DataFrame) -> tuple[dict[str, Array], Array]:
    """The variables (n,) by name and the values (n,) of a fit.

    Args:
        published: The fit; its conditions choose the rows, its products make the variables.
        data: Table with the columns that it names.

    Raises:
        ValueError: If a column is missing or holds no numbers, or no row is left.
    """
    kept = data
    for condition in published.where:
        kept = kept[_mask(kept, condition)]
    if kept.empty:
        raise ValueError("the conditions under 'where' leave no row; check them against the table")
    return {name: _values(kept, product) for name, product in published.x.items()}, _values(kept, published.y)


def _column(data: pd.DataFrame, name: str) -> pd.Series:
    count = int((data.columns == name).sum())
    if count != 1:
        shown = ", ".join(map(repr, data.columns[:SHOWN_NAMES])) + (" ..." if len(data.columns) > SHOWN_NAMES else "")
        raise ValueError(f"the table has {count or 'no'} column{'s' * (count > 1)} {name!r}; its columns are {shown}")
    return data[name]


def _numbers(data: pd.DataFrame, name: str) -> Array:
    numbers = pd.to_numeric(_column(data, name), errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        raise ValueError(
            f"column {name!r} holds no number in row {bad[0] + 1} of those in use ({bad.size} such rows); repair "
            "them, or leave them out by a condition under 'where'"
        )
    return numbers


def _mask(data: pd.DataFrame, condition: Condition) -> NDArray[np.bool_]:
    value, kind = condition.value, condition.kind
    if isinstance(value, str):
        return (_column(data, condition.column) == value).to_numpy(dtype=np.bool_)
    numbers = _numbers(data, condition.column)
    if kind.startswith("without"):
        order = np.argsort(-numbers if kind == "without_largest" else numbers, kind="stable")
        kept = np.ones(numbers.size, dtype=np.bool_)
        kept[order[: int(value)]] = False
        return kept
    compare = {
        "above": np.greater,
        "at_least": np.greater_equal,
        "at_most": np.less_equal,
        "below": np.less,
        "equals": np.equal,
    }
    mask: NDArray[np.bool_] = compare[kind](numbers, value)
    return mask


def _values(data: pd.DataFrame, product: Product) -> Array:
    values = np.full(len(data), product.factor)
    for column, power in product.powers.items():
        with np.errstate(divide="ignore", over="ignore"):  # infinite values are named when they are fitted
            values = values * _numbers(data, column) ** power
    return values
