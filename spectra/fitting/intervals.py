"""Intervals: of a parameter, as rows of a table, and of means over seeds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as t_distribution

from spectra.notebook import as_html

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Range that holds the true value with the stated confidence.

    An end that the data do not bound is infinite; an end that could not be computed is nan.
    """

    low: float
    high: float
    level: float  # confidence, for example 0.95

    _repr_html_ = as_html


def interval_rows(
    curve: str, model: str, estimates: Mapping[str, float], intervals: Mapping[str, Interval]
) -> pd.DataFrame:
    """One row per interval: curve, model, parameter, estimate, low, high, level."""
    return pd.DataFrame(
        [(curve, model, name, estimates[name], one.low, one.high, one.level) for name, one in intervals.items()],
        columns=["curve", "model", "parameter", "estimate", "low", "high", "level"],
    )


def half_width(samples: Array, *, level: float, comparisons: float = 1) -> Array:
    """Half the width of the t interval of the mean over the first axis: t quantile * standard deviation / sqrt(S).

    Exact for independent normal samples, however few. With `comparisons` above one the error is divided among that
    many intervals (Bonferroni), which then hold together with probability `level` or more, however they are
    correlated.

    Args:
        samples: One entry per seed along the first axis, shape (S, ...).
        level: Confidence of the interval, or of all intervals together.
        comparisons: Number of intervals that share the error.

    Returns:
        Shape (...); nan for fewer than two samples, which do not show their scatter.

    Source: Miller 1981, Simultaneous Statistical Inference, section 2.2.
    """
    count = samples.shape[0]
    if count < 2:
        return np.full(samples.shape[1:], np.nan)
    quantile = t_distribution.isf((1 - level) / (2 * comparisons), count - 1)
    spread: Array = quantile * samples.std(axis=0, ddof=1) / np.sqrt(count)
    return spread
