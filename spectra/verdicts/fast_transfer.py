"""Is tuning small useful: does the cost of a transferred rate vanish faster than the loss improves with size?"""

from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array, Interval
from spectra.verdicts.fast_words import CENSORED, FAST_RATIO, fast_words
from spectra.verdicts.power_of_size import PowerOfSize
from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.rate_gap_exponent import gap_exponent
from spectra.verdicts.rate_regret import RateRegrets, root_slack, squared_interval
from spectra.verdicts.rate_resamples import RateResamples, resampled_reach
from spectra.verdicts.verdict import row_at

BY_SIZE = [
    "size",
    *(f"{name}{end}" for name in ("loss_gap", "rate_gap", "regret", "ratio") for end in ("", "_low", "_high")),
    "predicted_regret",
]
GREEK = {"loss gap": "alpha", "rate gap": "beta", "root of the regret": "delta", "curvature": "gamma"}


@dataclass(frozen=True, repr=False)
class FastTransfer:
    """Loss gaps a, rate gaps b and regrets c of every size against the largest, and how fast each closes."""

    word: str  # fast | low cost | not fast | open
    sentence: str  # the word in plain words, with numbers
    by_size: pd.DataFrame  # size; loss_gap, rate_gap, regret, ratio, each with _low and _high; predicted_regret
    exponents: pd.DataFrame  # gap, symbol, exponent, low, high
    ratio_slope: float  # slope of log(c / a) over log N in the limit; nan where an exponent is unknown
    ratio_slope_interval: Interval
    kappa: float  # alpha - 2 beta + gamma, the same slope if regrets follow the curvature
    kappa_interval: Interval

    def __repr__(self) -> str:
        """The word in plain words, with numbers."""
        return f"FastTransfer({self.sentence})"


def fast_transfer(
    blocks: RateBlocks, tuned: RateResamples, regrets: RateRegrets, *, scale: str, level: float
) -> FastTransfer:
    """Compare the regret of a size with what that size lacks in loss, all against the largest size M.

    By size N: loss gap a = L_N(rate_N) - L_M(rate_M) in nats, signed; rate gap b = log2 rate_N - log2 rate_M in
    octaves; regret c = L_M(rate_N) - L_M(rate_M) in nats; ratio c / |a|; predicted regret (1/2) L_M'' b^2, with the
    curvature of the parabola at the optimum of M, which should equal c where the rates are close.

    Exponents, all positive when the gap closes with size but for gamma: alpha of a, beta of b, delta of the signed root
    of c, each with the finite reference in the model (`gap_exponent`), and gamma, with which the curvature of the
    tuning curve grows, L_N'' ~ N^gamma. The slope of log(c / a) over log N, extrapolated to an infinite reference, is
    alpha - 2 delta; kappa = alpha - 2 beta + gamma predicts it from the curvature. A plain line through log(c / a)
    is not used: at the largest size c vanishes twice as fast as a by construction, so any transfer would look fast.
    Their intervals add up those of the parts, each at a higher confidence (Bonferroni), and so does the ratio's.

    `fast`: the ratio at the smallest size is shown to be below `FAST_RATIO` and the slope is shown to be negative.
    `low cost`: the ratio is shown to be below `FAST_RATIO` there, and the slope is not shown to be negative, as where
    the best rates do not differ at all. `not fast`: the ratio is shown to be above `FAST_RATIO`, or it is open and the
    slope shown to be positive. `open` else, and where the best rate of some size is at an end of its grid.

    Args:
        blocks: Criterion by seed, size and rate.
        tuned: `rate_resamples` of these blocks.
        regrets: `rate_regrets` of these blocks, at any level.
        scale: The column that grows, for the sentence.
        level: Confidence of the intervals.

    Source: Ghosh, Wu and Bietti 2025, arXiv 2512.22768, for a, b, c and fast transfer (c / a vanishes), with an
    infinite reference; the treatment of a finite one is ours.
    """
    values = np.stack([best.value for best in tuned.best], axis=1)
    positions = np.stack([best.position for best in tuned.best], axis=1)
    bends = np.stack([best.curvature for best in tuned.best], axis=1)
    with np.errstate(invalid="ignore"):
        gaps = _Gaps(values[:, :-1] - values[:, -1:], positions[:, :-1] - positions[:, -1:], regrets.roots[:, :-1])
    by_size = _by_size(tuned, blocks.sizes, gaps, level=level)
    found = _Exponents(gaps, bends, blocks.sizes, tuned.seeds)
    slope, slope_interval = found.combined({"alpha": 1, "delta": -2}, level=level)
    kappa, kappa_interval = found.combined({"alpha": 1, "beta": -2, "gamma": 1}, level=level)
    ends = zip(tuned.best, blocks.rates, strict=True)
    censored = any(best.place[0] in (0, len(rates) - 1) for best, rates in ends)
    word = "open" if censored else _word(by_size, slope_interval)
    return FastTransfer(
        word=word,
        sentence=CENSORED.format(scale=scale)
        if censored
        else fast_words(word, by_size, slope, slope_interval, scale=scale, largest=blocks.sizes[-1]),
        by_size=by_size,
        exponents=found.table(level),
        ratio_slope=slope,
        ratio_slope_interval=slope_interval,
        kappa=kappa,
        kappa_interval=kappa_interval,
    )


@dataclass(frozen=True)
class _Gaps:
    """Signed gaps to the largest size, each (1 + B, K - 1)."""

    loss: Array
    rate: Array
    root: Array  # of the regret


def _by_size(tuned: RateResamples, sizes: tuple[float, ...], gaps: _Gaps, *, level: float) -> pd.DataFrame:
    """Gaps, regrets, ratios and predicted regrets of all sizes but the largest."""
    strict, seeds = (1 + level) / 2, tuned.seeds
    bend, slack = float(tuned.best[-1].curvature[0]), root_slack(tuned, -1)
    rows = []
    for index, size in enumerate(sizes[:-1]):
        loss, rate, root = gaps.loss[:, index], gaps.rate[:, index], gaps.root[:, index]
        low, high = squared_interval(root, slack, seeds=seeds, level=level)
        row = {"size": size, **_around("loss_gap", loss, seeds, level), **_around("rate_gap", rate, seeds, level)}
        row |= {"regret": float(root[0] ** 2), "regret_low": low, "regret_high": high}
        least, most = squared_interval(root, slack, seeds=seeds, level=strict)
        amount, reach = abs(float(loss[0])), float(resampled_reach(loss, seeds=seeds, level=strict))
        row |= {"ratio": _over(row["regret"], amount), "ratio_low": _over(least, amount + reach)}
        row |= {"ratio_high": _over(most, max(0.0, amount - reach)), "predicted_regret": bend * float(rate[0]) ** 2}
        rows.append(row)
    return pd.DataFrame(rows, columns=BY_SIZE, dtype=float)


def _around(name: str, samples: Array, seeds: int, level: float) -> dict[str, float]:
    reach = float(resampled_reach(samples, seeds=seeds, level=level))
    middle = float(samples[0])
    return {name: middle, f"{name}_low": middle - reach, f"{name}_high": middle + reach}


def _over(part: float, whole: float) -> float:
    """Ratio of two amounts; infinite over zero, unless both are zero."""
    if whole == 0:
        return nan if part == 0 or isnan(part) else inf
    return part / whole


@dataclass(frozen=True)
class _Exponents:
    """What the exponents are computed from, at whatever confidence."""

    gaps: _Gaps
    bends: Array  # (1 + B, K)
    sizes: tuple[float, ...]
    seeds: int

    def at(self, level: float) -> dict[str, PowerOfSize]:
        named = {"alpha": self.gaps.loss, "beta": self.gaps.rate, "delta": self.gaps.root}
        found = {name: gap_exponent(gap, self.sizes, seeds=self.seeds, level=level) for name, gap in named.items()}
        return {**found, "gamma": self._gamma(level)}

    def _gamma(self, level: float) -> PowerOfSize:
        """Slope of log curvature over log size."""
        logs = np.log(np.array(self.sizes))
        centred = logs - logs.mean()
        slopes = np.log(self.bends) @ centred / (centred @ centred) if len(logs) > 1 else np.full(len(self.bends), nan)
        finite = np.isfinite(slopes)
        if not finite[0] or 1 - finite.mean() > (1 - level) / 2 or self.seeds < 2:
            return PowerOfSize(float(slopes[0]), Interval(-inf, inf, level))
        reach = float(resampled_reach(slopes[finite], seeds=self.seeds, level=level))
        return PowerOfSize(float(slopes[0]), Interval(float(slopes[0]) - reach, float(slopes[0]) + reach, level))

    def combined(self, weights: dict[str, int], *, level: float) -> tuple[float, Interval]:
        """Weighted sum of exponents; the intervals of the parts share the error."""
        parts = self.at(1 - (1 - level) / len(weights))
        ends = [(w * parts[name].interval.low, w * parts[name].interval.high) for name, w in weights.items()]
        middle = sum(w * parts[name].exponent for name, w in weights.items())
        return middle, Interval(sum(min(pair) for pair in ends), sum(max(pair) for pair in ends), level)

    def table(self, level: float) -> pd.DataFrame:
        found = self.at(level)
        rows = [
            (gap, symbol, found[symbol].exponent, found[symbol].interval.low, found[symbol].interval.high)
            for gap, symbol in GREEK.items()
        ]
        return pd.DataFrame(rows, columns=["gap", "symbol", "exponent", "low", "high"])


def _word(by_size: pd.DataFrame, slope: Interval) -> str:
    if by_size.empty:
        return "open"
    first = row_at(by_size, 0)
    if first["ratio_high"] < FAST_RATIO:
        return "fast" if slope.high < 0 else "low cost"
    return "not fast" if first["ratio_low"] > FAST_RATIO or slope.low > 0 else "open"
