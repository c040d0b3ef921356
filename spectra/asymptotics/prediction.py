"""The loss that a finite spectrum predicts: law, constant, window and the uncertainty of its exponents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma
from scipy.stats import t as t_distribution

from spectra.asymptotics.arguments import Array, instance
from spectra.asymptotics.exponent_estimates import ExponentEstimate
from spectra.asymptotics.laws import LossLaw, loss_law
from spectra.asymptotics.spectrum_estimates import SpectrumEstimates


@dataclass(frozen=True)
class LossForecast:
    """A law for the loss of gradient flow, and how far the spectrum pins it down."""

    law: LossLaw  # its window is 1 / largest to 1 / smallest eigenvalue of the window in which zeta was fitted
    zeta: ExponentEstimate

    def interval(self, times: ArrayLike) -> tuple[Array, Array]:
        """Lower and upper end of the interval of L(t) at the level of zeta, in the shape of `times`.

        log(L - floor) = log(Q/2) + log Gamma(1 + zeta) - zeta log(2 t) has the slopes 1 in log Q and
        digamma(1 + zeta) - log(2 t) in zeta; their covariance is that of the fit. The interval holds the law: at times
        outside its window the loss itself is elsewhere.

        Args:
            times: Positive times of the flow of L = 1/2 E|f - f*|^2.

        Raises:
            TypeError: If times cannot be read as numbers.
            ValueError: If a time is not positive and finite.
        """
        middle = self.law(times)
        ages = np.asarray(times, dtype=np.float64)
        slope = digamma(1 + self.zeta.exponent) - np.log(2) - np.log(ages)
        (of_exponent, both), (_, of_scale) = self.zeta.covariance
        error = np.sqrt(np.maximum(of_scale + 2 * slope * both + slope**2 * of_exponent, 0))
        reach = np.exp(t_distribution.isf((1 - self.zeta.level) / 2, self.zeta.degrees) * error)
        fall = middle - self.law.floor
        return self.law.floor + fall / reach, self.law.floor + fall * reach


def loss_forecast(estimates: SpectrumEstimates) -> LossForecast:
    """The law of the loss from an estimated source law: L ~ floor + (Q/2) Gamma(1 + zeta) (2 t)^-zeta.

    The floor is half the squared coefficients in the null space. For the loss at single times, and outside the window
    of the law, take `predicted_loss` of the same spectrum; for minibatches or momentum, the laws of those optimizers
    with `estimates.source_law()`.

    Args:
        estimates: From `spectrum_estimates`.

    Raises:
        TypeError: If `estimates` are none.
        ValueError: If zeta is not positive.

    Source: Velikanov and Yarotsky 2021 (arXiv 2105.00507) for the law; the interval is the delta method.
    """
    instance("estimates", estimates, SpectrumEstimates)
    zeta, values = estimates.zeta, estimates.spectrum.eigenvalues
    law = loss_law(
        estimates.source_law(),
        largest=float(values[zeta.first - 1]),
        smallest=float(values[zeta.last - 1]),
        floor=estimates.spectrum.null_weight / 2,
    )
    return LossForecast(law, zeta)
