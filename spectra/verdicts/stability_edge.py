"""Does training settle where its optimizer is just stable?"""

from dataclasses import dataclass
from math import inf, log

import numpy as np
import pandas as pd

from spectra.fitting.given import is_number
from spectra.fitting.intervals import Array, Interval, half_width
from spectra.notebook import as_html
from spectra.verdicts.long_table import (
    long_table,
    require_numbers,
    require_quantity,
    require_single,
    rows_of,
    runs_by_settings,
)
from spectra.verdicts.stability_limit import stability_limit
from spectra.verdicts.stability_words import ABOVE, AT, BELOW, OPEN, edge_notes, edge_sentence, overall_word
from spectra.verdicts.verdict import FEWEST_SEEDS, copies

# Small tanh networks trained by full-batch descent (`tests/verdicts/test_hovering.py`, eight runs that hover): plateaus
# 0.2 to 2.7 percent above the limit. Runs that converge before the edge end anywhere below it, the nearest at 5 and 7
# percent; a wider margin would take them for hovering.
MARGIN = log(1.05)


@dataclass(frozen=True, repr=False)
class StabilityEdge:
    """Verdict on the plateau of the effective sharpness against the optimizer's limit, size by size."""

    quantity: str
    scale: str
    limit: float  # value at which the optimizer ceases to be stable on a quadratic
    verdict: str  # the word of all sizes, "differs by size" if they were all judged and differ, else inconclusive
    sentence: str  # the verdict in plain words, with numbers
    notes: tuple[str, ...]  # what a reader must know besides
    margin: float  # largest |log(plateau / limit)| that counts as at the edge
    by_size: pd.DataFrame  # size, seeds, lost, ratio, low, high, change, change_low, change_high, word

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """The verdict in plain words."""
        return f"StabilityEdge({self.sentence})"


def stability_edge(
    table: pd.DataFrame,
    quantity: str = "effective_sharpness",
    *,
    limit: float | None = None,
    scale: str = "width",
    margin: float = MARGIN,
    level: float = 0.90,
    plateau: float = 0.5,
) -> StabilityEdge:
    """Test by equivalence whether a plateau hovers at the stability limit.

    Each run gives the mean of log(quantity / limit) over the last share `plateau` of its checkpoints (`ratio` is the
    exponential of the mean over seeds), and the change of that mean from the first half of the plateau to the second.
    Averages over checkpoints come first, so that their correlation in time needs no model; seeds give the t intervals.

    Words, by size:

    - `at the edge`: the interval of the ratio lies within the margin, and so does that of the change: it hovers.
    - `below the edge`, `above the edge`: the interval of the ratio lies beyond the margin, on that side.
    - `inconclusive`: else; fewer than three seeds; fewer than two checkpoints on the plateau; or some run of that size
      was lost (it diverged, stopped before the others, or has values that are no positive numbers), because the
      survivors are not a sample of all runs.

    Each is wrong with probability (1 - level) / 2 at most, if the scatter of seeds is normal.

    Args:
        table: Long table of one regime, one rate and one optimizer, over sizes and seeds.
            Without a column `index` it is 0 everywhere.
        quantity: The curvature with the learning rate in it; index 0.
        limit: Stability limit of `quantity`; None computes it from the settings (`stability_limit`).
        scale: The column that holds the size.
        margin: Largest |log ratio| that counts as at the edge; the default is 5 percent.
        level: Confidence of the intervals.
        plateau: Share of the last checkpoints that are averaged.

    Raises:
        ValueError: If the table cannot be used, an option is out of its range, or the limit cannot be told.
        TypeError: If it is no table.

    Source: Cohen et al. 2021 (arXiv 2103.00065) and 2022 (arXiv 2207.14484) for the phenomenon; the test is ours.
    """
    for name, value in (("margin", margin), ("limit", 1.0 if limit is None else limit)):
        if not (is_number(value) and 0 < value < inf):
            raise ValueError(f"a {name} of {value!r} was given; use a positive, finite number")
    for name, value in (("level", level), ("plateau", plateau)):
        if not (is_number(value) and 0 < value < 1):
            raise ValueError(f"a {name} of {value!r} was given; use a number between 0 and 1")
    table = long_table(table, [scale, "seed"])
    require_quantity(table, quantity)
    require_single(table, ["regime", "rate"])
    require_numbers(table, [scale])
    limit = stability_limit(table) if limit is None else limit
    runs, rows = runs_by_settings(table, [scale, "seed"], ended_by=quantity), rows_of(table, quantity)
    found: list[dict[str, float | str]] = []
    skipped = 0
    for size in sorted(runs[scale].unique()):
        logs, lost, gaps = _logs(runs[runs[scale] == size], rows, limit)
        skipped = max(skipped, gaps)
        found.append({"size": float(size), **_judged(logs, lost, margin=margin, level=level, plateau=plateau)})
    by_size = pd.DataFrame(found)
    word = overall_word(by_size["word"])
    return StabilityEdge(
        quantity=quantity,
        scale=scale,
        limit=limit,
        verdict=word,
        sentence=edge_sentence(word, by_size, quantity, scale=scale, limit=limit, level=level),
        notes=edge_notes(table, runs, by_size, quantity=quantity, scale=scale, skipped=skipped),
        margin=margin,
        by_size=by_size,
    )


def _logs(members: pd.DataFrame, rows: pd.DataFrame, limit: float) -> tuple[Array, int, int]:
    """log(value / limit), shape (S, T), of the runs of one size that enter; how many were lost; steps left out."""
    whole = members["finished"] & ~members["diverged"]
    stopped = ~members["finished"] & members["last_step"].notna()
    own = rows[rows["run"].isin(members.loc[whole, "run"])]
    bad = own.loc[~(np.isfinite(own["value"]) & (own["value"] > 0)), "run"].unique()
    wide = own[~own["run"].isin(bad)].pivot(index="seed", columns="step", values="value")
    gaps = wide.columns[wide.isna().any(axis=0)]
    logs: Array = np.log(wide.drop(columns=gaps).to_numpy(dtype=np.float64) / limit)
    # A copy of a run to the bit is no repetition.
    logs = np.unique(logs, axis=0) if logs.size and copies(logs) else logs
    return logs, int((members["diverged"] | stopped).sum()) + len(bad), len(gaps)


def _judged(logs: Array, lost: int, *, margin: float, level: float, plateau: float) -> dict[str, float | str]:
    """One row: seeds, lost, ratio, low, high, change, change_low, change_high, word."""
    seeds, steps = logs.shape
    ratios, changes = np.full((2, seeds), np.nan)
    if steps and seeds:
        last = logs[:, steps - int(np.ceil(plateau * steps)) :]
        ratios = last.mean(axis=1)
        half = last.shape[1] // 2
        changes = last[:, last.shape[1] - half :].mean(axis=1) - last[:, :half].mean(axis=1) if half else changes
    ratio, change = _interval(ratios, level), _interval(changes, level)
    middle = [float(samples.mean()) if seeds else np.nan for samples in (ratios, changes)]
    return {
        "seeds": seeds,
        "lost": lost,
        "ratio": float(np.exp(middle[0])),
        "low": float(np.exp(ratio.low)),
        "high": float(np.exp(ratio.high)),
        "change": middle[1],
        "change_low": change.low,
        "change_high": change.high,
        "word": OPEN if lost or seeds < FEWEST_SEEDS else _word(ratio, change, margin),
    }


def _interval(samples: Array, level: float) -> Interval:
    if len(samples) < 2:
        return Interval(np.nan, np.nan, level)
    middle, reach = float(samples.mean()), float(half_width(samples, level=level))
    return Interval(middle - reach, middle + reach, level)


def _word(ratio: Interval, change: Interval, margin: float) -> str:
    if not np.isfinite([ratio.low, ratio.high, change.low, change.high]).all():
        return OPEN
    if ratio.high < -margin:
        return BELOW
    if ratio.low > margin:
        return ABOVE
    inside = -margin < min(ratio.low, change.low) and max(ratio.high, change.high) < margin
    return AT if inside else OPEN
