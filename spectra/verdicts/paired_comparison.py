"""How a quantity differs between runs that agree in everything else, their seed included."""

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import chain
from math import inf, nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array, Interval, half_width
from spectra.notebook import as_html
from spectra.verdicts.compared_runs import RESULTS, ComparedRuns, compared_runs
from spectra.verdicts.long_table import long_table, require_quantity
from spectra.verdicts.paired_words import Change, change_sentence, paired_notes, paired_word
from spectra.verdicts.pairing import Pairing
from spectra.verdicts.run_pairs import cells, pairs


@dataclass(frozen=True, repr=False)
class PairedComparison:
    """What was compared, and how it differs, with the numbers behind it."""

    pairing: Pairing  # what was asked
    values: tuple[Hashable, ...]  # what was compared, the reference first
    settings: tuple[str, ...]  # that tell combinations apart
    rows: pd.DataFrame  # one per combination and compared value: the settings, then as `RESULTS`
    means: pd.DataFrame  # one per combination and value: the settings, compared, seeds, mean, low, high
    excluded: pd.DataFrame  # the settings, compared, seed, reason: what could not be paired, and why
    notes: tuple[str, ...]  # what a reader must know besides

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """The answers in plain words."""
        return f"PairedComparison({' '.join(self.rows['sentence'])})"


def paired_comparison(table: pd.DataFrame, pairing: Pairing) -> PairedComparison:
    """Compare a quantity between runs of one seed that agree in all settings but one, for every combination of these.

    Each seed gives one change, the log ratio or the difference of its two values, so that whatever its runs share
    cancels. The interval of their mean is a t interval with S - 1 degrees of freedom. Words for every combination:

    - `lower`, `higher`: the interval lies on one side of no change. Wrong with probability 1 - level at most, if
      changes scatter normally.
    - `equal within the margin`: only with a margin. Two one-sided tests at (1 - level) each show that the change is
      smaller (Schuirmann 1987). It goes before `lower` and `higher`: what the margin calls none is none.
    - `open`: none of these, fewer than three pairs, or some run of a pair was lost (diverged, or has a value that the
      form has no place for): whether a run is lost may itself depend on what is compared.

    Every combination is judged by itself, without correction for their number. Columns of `rows`:

    - reference, compared: the two values.
    - pairs: seeds that entered; unpaired: seeds of either that did not; lost: those of them of which a run was lost.
    - reference_mean, mean: over the seeds that entered; geometric for a ratio.
    - change, low, high: ratio or difference, with its interval at `level`.

    `means` is over all runs that have a value, paired or not: low and high are one standard deviation to either side
    (of the logarithm for a ratio), and low is zero where it would be below and no run has a negative value.

    Args:
        table: Long table over seeds; further columns are settings. Without a column `index` it is 0 everywhere.
        pairing: What is asked.

    Raises:
        ValueError: If the table cannot be used, has not what is asked, or has no two runs that agree in all but that.
        TypeError: If it is no table.

    Source: Student's paired test (1908), Biometrika 6, 1; Schuirmann 1987, J. Pharmacokinet. Biopharm. 15, 657.
    """
    table = long_table(table, ["seed"])
    require_quantity(table, pairing.quantity)
    runs = compared_runs(table, pairing)
    found = cells(table, runs, pairing)
    paired = pairs(found, runs, pairing)
    _require_pairs(found, runs)
    groups = paired.groupby(["combination", "place"], sort=True)
    rows = [_row(here, runs, pairing) for _, here in groups]
    where = [combination for (combination, _), _ in groups]
    lost = paired[paired["reason"] != ""]
    excluded = lost.assign(compared=[runs.values[place] for place in lost["place"]])[["compared", "seed", "reason"]]
    return PairedComparison(
        pairing=pairing,
        values=runs.values,
        settings=runs.settings,
        rows=_named(pd.DataFrame(rows, columns=list(RESULTS)), where, runs),
        means=_means(found, runs, pairing),
        excluded=_named(excluded, lost["combination"], runs),
        notes=paired_notes(paired, runs, table),
    )


def _row(here: pd.DataFrame, runs: ComparedRuns, pairing: Pairing) -> tuple[object, ...]:
    """One combination and compared value, as `RESULTS`."""
    good = here[here["reason"] == ""]
    changes = good["change"].to_numpy(dtype=np.float64)
    mean = float(changes.mean()) if len(changes) else nan
    reach, inner = (float(half_width(changes, level=level)) for level in (pairing.level, 2 * pairing.level - 1))
    losses = tuple(chain.from_iterable(here["losses"]))
    change = Change(
        pairs=len(good),
        unpaired=len(here) - len(good),
        mean=mean,
        interval=Interval(mean - reach, mean + reach, pairing.level),
        largest=abs(mean) + inner,
        losses=losses,
    )
    place = int(here["place"].iloc[0])
    ends = [_back(number, pairing) for number in (mean, change.interval.low, change.interval.high)]
    middles = [_mean(good[name].to_numpy(dtype=np.float64), pairing)[0] for name in ("reference", "value")]
    word = paired_word(change, pairing)
    sentence = change_sentence(change, pairing, runs.labels(0, place))
    lost = int(sum(bool(each) for each in here["losses"]))
    compared = runs.values[0], runs.values[place]
    return (*compared, len(good), change.unpaired, lost, *middles, *ends, pairing.level, word, sentence)


def _back(change: float, pairing: Pairing) -> float:
    return float(np.exp(min(change, 700.0))) if pairing.form == "ratio" else change


def _mean(values: Array, pairing: Pairing) -> tuple[float, float, float]:
    """Mean and one standard deviation to either side (nan with one value)."""
    if not len(values):
        return nan, nan, nan
    scaled = np.log(values) if pairing.form == "ratio" else values
    middle = float(scaled.mean())
    spread = float(scaled.std(ddof=1)) if len(values) > 1 else nan
    low, mean, high = (_back(middle + sign * spread if sign else middle, pairing) for sign in (-1, 0, 1))
    return mean, low, high


def _means(found: pd.DataFrame, runs: ComparedRuns, pairing: Pairing) -> pd.DataFrame:
    good, told = found[found["reason"] == ""], []
    least = 0.0 if (good["value"] >= 0).all() else -inf
    for _, here in good.groupby(["combination", "place"], sort=True)[["place", "value"]]:
        values = here["value"].to_numpy(dtype=np.float64)
        mean, low, high = _mean(values, pairing)
        told.append((runs.values[int(here["place"].iloc[0])], len(values), mean, max(low, least), high))
    where = good.groupby(["combination", "place"], sort=True)["combination"].first()
    return _named(pd.DataFrame(told, columns=["compared", "seeds", "mean", "low", "high"]), where, runs)


def _named(rows: pd.DataFrame, combinations: object, runs: ComparedRuns) -> pd.DataFrame:
    """Rows with the settings of their combinations before them."""
    places = np.asarray(combinations, dtype=int)
    settings = runs.combinations.iloc[places].reset_index(drop=True)
    return pd.concat([settings, rows.reset_index(drop=True)], axis=1)


def _require_pairs(found: pd.DataFrame, runs: ComparedRuns) -> None:
    keys = found.groupby(["combination", "seed"])["place"].nunique()
    if (keys > 1).any():
        return
    by, others = runs.pairing.by, ", ".join(runs.settings)
    why = f"they differ in {others} too" if others else "no seed occurs at two of its values"
    raise ValueError(
        f"no two runs agree in everything but {by}: {why}; add the runs that are missing, number seeds alike, or leave "
        "columns out that are no settings"
    )
