"""Powers of a size that measured quantities follow, and whether they are the predicted ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spectra.fitting.given import check_level, is_number
from spectra.fitting.intervals import Array, half_width
from spectra.verdicts.long_table import require_columns, require_numbers
from spectra.verdicts.plain_columns import plain_columns
from spectra.verdicts.size_trend import seed_slopes, seeds_needed

KEYS = ["layer", "quantity", "step"]
ASKED = ["layer", "quantity", "predicted", "relation"]
PASS, FAIL, MORE_SEEDS, UNJUDGED = "pass", "fail", "not enough seeds", "not judged"
RELATIONS = EQUAL, AT_LEAST, AT_MOST = "equal", "at least", "at most"


def size_exponents(
    table: pd.DataFrame, predictions: pd.DataFrame, *, tolerance: float, level: float = 0.95
) -> pd.DataFrame:
    """Exponent e of value ~ size^e for each layer, quantity and step, and a verdict on it.

    Each seed gives one exponent, the least-squares slope of log value on log size, so that whatever its networks share
    across sizes cancels. The interval is the t interval of their mean. The verdict is an equivalence test: `pass` needs
    the whole interval within prediction +- tolerance, `fail` the whole interval outside, and between them seeds are
    lacking. Where the prediction is a bound only its side is tested. All rows together pass if each does,
    without correction for their number (intersection-union test; Berger and Hsu 1996, Statistical Science 11, 283).

    What is not a number, or infinite, has grown beyond all numbers: that seed's exponent is infinite, and the row
    fails, or is at least what was asked. What is zero at every size has no exponent and is not judged; zero at some
    sizes only is left open.

    Args:
        table: Columns size, seed, layer, quantity, step, value; values zero or positive, or not finite; every seed has
            every size.
        predictions: Columns layer, quantity, predicted, relation ("equal", "at least", "at most"). Rows of the table
            without a prediction are measured and not judged.
        tolerance: Largest distance of an exponent from its prediction that counts as none.
        level: Confidence of the intervals; (1 - level) / 2 is the error of a pass.

    Returns:
        One row for each layer, quantity and step in the order of the table, with the columns layer, quantity, step,
        exponent, low, high, predicted, relation, verdict, seeds, seeds_needed (nan where more would not help, or are
        not needed), and note.

    Raises:
        ValueError: If columns are missing, there are no rows or fewer than two sizes, a size is not positive, a value
            negative or no number, a seed lacks a size or has it twice, a layer and quantity are predicted twice or in
            an unknown relation, or an option is out of its range.
    """
    if not (is_number(tolerance) and tolerance > 0):
        raise ValueError(f"a tolerance of {tolerance!r} was given; equivalence needs a positive one, for example 0.15")
    check_level(level)
    table, known = _measured(table), _predicted(predictions)
    found = []
    for key, rows in table.groupby(KEYS, sort=False, dropna=False):
        name = dict(zip(KEYS, key, strict=True))
        predicted, relation = known.get((name["layer"], name["quantity"]), (nan, ""))
        asked = _Asked(predicted, relation, tolerance, level)
        found.append(name | _row(_blocks(rows, str(key)), asked))
    return pd.DataFrame(found)


def _measured(table: pd.DataFrame) -> pd.DataFrame:
    """The table with sizes and values as numbers."""
    require_columns(table, ["size", "seed", *KEYS, "value"])
    if not len(table):
        raise ValueError("the table has no rows; check the selection that it is left of")
    table = table.assign(**plain_columns(table[["size", "value"]], {"size", "value"}))
    require_numbers(table, ["size"])
    negative = table[table["value"] < 0]
    if len(negative):
        layer, quantity, value = negative[["layer", "quantity", "value"]].iloc[0]
        raise ValueError(
            f"{quantity} of {layer} is {value:g} in some row, and only positive values follow a power of the size; "
            "pass its absolute value, or its square"
        )
    return table


def _predicted(predictions: pd.DataFrame) -> dict[tuple[object, object], tuple[float, str]]:
    """What is predicted, by layer and quantity."""
    require_columns(predictions, ASKED)
    twice, wrong = predictions.duplicated(["layer", "quantity"]), ~predictions["relation"].isin(RELATIONS)
    if twice.any():
        layer, quantity = predictions.loc[twice, ["layer", "quantity"]].iloc[0]
        raise ValueError(f"{quantity} of {layer} has two predictions; keep one of them")
    if wrong.any():
        told = predictions.loc[wrong, "relation"].iloc[0]
        raise ValueError(f"the relation {told!r} was given; use one of {', '.join(map(repr, RELATIONS))}")
    rows = predictions[ASKED].itertuples(index=False)
    return {(layer, quantity): (float(value), str(relation)) for layer, quantity, value, relation in rows}


@dataclass(frozen=True)
class _Asked:
    predicted: float  # nan where nothing is
    relation: str
    tolerance: float
    level: float


def _blocks(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Values by seed (rows) and size (columns)."""
    twice = rows.duplicated(["seed", "size"])
    wide = rows[~twice].pivot(index="seed", columns="size", values="value")
    count = len(rows) - int(twice.sum())
    if wide.shape[1] < 2:
        raise ValueError(f"{key} was measured at {wide.shape[1]} size; an exponent needs two or more")
    if twice.any() or count < wide.size:
        raise ValueError(
            f"{key} has {len(rows)} values for {wide.shape[0]} seeds and {wide.shape[1]} sizes; each seed needs one "
            "at each size: a network that diverged is kept, with the value infinity"
        )
    return wide


def seed_exponents(values: Array, sizes: Sequence[float] | Array) -> Array:
    """Exponent of each seed (S,) from values (S, K): infinite where one is not finite, nan where one is zero."""
    finite = np.isfinite(values).all(axis=1, keepdims=True)
    usable = finite & (values > 0).all(axis=1, keepdims=True)
    safe = np.where(usable, values, 1.0)
    slopes = seed_slopes(np.log(safe)[:, :, None], np.log(np.asarray(sizes, dtype=np.float64)))
    found: Array = np.where(usable, slopes, np.where(finite, nan, inf))[:, 0]
    return found


def _row(wide: pd.DataFrame, asked: _Asked) -> dict[str, object]:
    values = wide.to_numpy(dtype=np.float64)
    found = seed_exponents(values, wide.columns.to_numpy(dtype=np.float64))
    lost = bool(np.isinf(found).any())
    exponent = inf if lost else float(found.mean())
    reach = 0.0 if lost else float(half_width(found, level=asked.level))
    low, high = exponent - reach, exponent + reach
    judged = not isnan(asked.predicted) and bool(values.any())
    verdict = _verdict(low, high, asked) if judged else UNJUDGED
    return {
        "exponent": exponent,
        "low": low,
        "high": high,
        "predicted": asked.predicted,
        "relation": asked.relation,
        "verdict": verdict,
        "seeds": len(found),
        "seeds_needed": _more(exponent, reach, len(found), asked) if verdict == MORE_SEEDS else nan,
        "note": _note(wide, values),
    }


def _verdict(low: float, high: float, asked: _Asked) -> str:
    """Judge an interval; comparisons with nan leave it open."""
    lower, upper = asked.predicted - asked.tolerance, asked.predicted + asked.tolerance
    if asked.relation == AT_LEAST:
        upper = inf
    if asked.relation == AT_MOST:
        lower = -inf
    # An infinite exponent is at least anything, so the upper side of a lower bound is not compared.
    if lower < low and (high < upper or asked.relation == AT_LEAST):
        return PASS
    return FAIL if high < lower or low > upper else MORE_SEEDS


def _more(exponent: float, reach: float, seeds: int, asked: _Asked) -> float:
    """Seeds with which an open row would likely pass (in 60 to 80 of 100 repetitions); nan where no number would do."""
    away = exponent - asked.predicted
    if isnan(reach) or asked.relation != EQUAL:
        return nan
    table = pd.DataFrame({"slope": [away], "low": [away - reach], "high": [away + reach]})
    needed = seeds_needed(table, seeds, level=asked.level, margin=asked.tolerance)
    return nan if needed is None else float(needed)


def _note(wide: pd.DataFrame, values: Array) -> str:
    lost = ~np.isfinite(values)
    if lost.any():
        return f"diverged at size {_sizes(wide, lost)} in {int(lost.any(axis=1).sum())} of {len(lost)} seeds"
    if not values.any():
        return "zero at every size"
    zero = values == 0
    return f"zero at size {_sizes(wide, zero)} in some seed, so that no exponent is known" if zero.any() else ""


def _sizes(wide: pd.DataFrame, marked: NDArray[np.bool_]) -> str:
    return ", ".join(f"{size:g}" for size, found in zip(wide.columns, marked.T, strict=True) if found.any())
