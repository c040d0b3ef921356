"""Whether a noisy curve stands out of its noise, and how it grows in time."""

from math import ceil, inf, nan

import numpy as np

from spectra.fitting.intervals import Array, Interval, half_width
from spectra.verdicts.consistency_options import Options
from spectra.verdicts.fade_exponent import fade_exponent
from spectra.verdicts.size_trend import SHARE_OF_MEAN, bands


def growth_exponent(curves: Array, steps: tuple[int, ...], *, level: float) -> tuple[float, Interval]:
    """Exponent beta of c(t) = c_0 t^beta, by weighted least squares of the signed c(t), and its interval.

    The weights are 1 / variance, with the scatter over seeds smoothed to a power of t. The interval inverts a test
    with one number per seed (`fade_exponent`), so it is exact for normal scatter however correlated in time, up to the
    choice of the weights; the tests simulate it.

    Args:
        curves: c(t) by seed, shape (S, T).
        steps: The T steps; those above zero are used.
        level: Confidence of the interval.

    Returns:
        The exponent, nan if it has none, and the interval, infinite where open.
    """
    used = np.array(steps) > 0
    if used.sum() < 2:
        return nan, Interval(-inf, inf, level)
    times, kept = np.array(steps, dtype=np.float64)[used], curves[:, used]
    # Dividing by t^a, the course of the scatter, turns the weighted problem for beta into the plain one for beta - a.
    rise = scatter_exponent(kept, times)
    fade = fade_exponent(kept * times**-rise, tuple(times), level=level)
    return rise - fade.exponent, Interval(rise - fade.interval.high, rise - fade.interval.low, level)


def scatter_exponent(curves: Array, times: Array) -> float:
    """Exponent a of scatter ~ t^a; zero where there is no scatter."""
    scatter = curves.std(axis=0, ddof=1)
    if not (scatter > 0).all():
        return 0.0
    return float(np.polyfit(np.log(times), np.log(scatter), 1)[0])


def exceeds_noise(curves: Array, *, level: float) -> bool:
    """Whether some checkpoint, or the mean over checkpoints, is shown to differ from zero."""
    if curves.shape[1] == 0:
        return False
    found = bands(curves, level=level)
    mean = abs(float(curves.mean()))
    reach = float(half_width(curves.mean(axis=1), level=(1 + level) / 2, comparisons=1 / SHARE_OF_MEAN))
    apart = np.maximum(found["band_low"], -found["band_high"]).max()
    return max(float(apart), mean - reach) > 1e-12


def grows(curves: Array, options: Options) -> bool:
    """Whether |c| is shown to be larger in the plateau than in the early window, whatever the shape in between.

    With the means e and l of the windows and the sign s of l, |l| > |e| means that s (l - e) > 0 and s (l + e) > 0;
    each is tested by the t statistic of its seeds (intersection-union test, error (1 - level) / 2).
    """
    count = curves.shape[1]
    early = curves[:, : ceil(options.early * count)].mean(axis=1)
    late = curves[:, count - ceil(options.plateau * count) :].mean(axis=1)
    sign = np.sign(late.mean())
    sides = sign * np.stack([late - early, late + early], axis=1)
    return bool((sides.mean(axis=0) > half_width(sides, level=options.level)).all())
