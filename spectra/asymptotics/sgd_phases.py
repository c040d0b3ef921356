"""Mini-batch descent on a quadratic: whether it converges, which of its two phases it is in, and the law of its loss.

The mean loss L_t = 1/2 sum_n E_n(t) follows two propagators: V_t, what is left of the start, and U_t, what is left
after t steps of the noise that one unit of 2 L throws in. 2 L = V + U * V + U * U * V + ..., with * the convolution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import gamma

import numpy as np
from numpy.typing import ArrayLike

from spectra.asymptotics.arguments import Array, instance, listed, modes_of, positive, real
from spectra.asymptotics.laws import EigenvalueLaw, LossLaw, SourceLaw
from spectra.asymptotics.optimizers import HeavyBall


class SgdPhase(Enum):
    """What mini-batch descent with a constant rate does on power laws without an end."""

    SIGNAL = "signal"  # the start is forgotten slower than noise: the exponent of gradient descent, zeta
    NOISE = "noise"  # noise is forgotten slower than the start: exponent 2 - 1 / nu, whatever the target
    EVENTUAL_DIVERGENCE = "eventual divergence"  # every batch size diverges in the end
    IMMEDIATE_DIVERGENCE = "immediate divergence"  # the loss is infinite after one step


def sgd_phase(nu: float, zeta: float) -> SgdPhase:
    """Phase of lambda_n ~ n^-nu and a source law of exponent zeta.

    nu <= 1/2: immediate divergence; 1/2 < nu <= 1: eventual divergence; nu > 1: signal for zeta < 2 - 1/nu, noise for
    zeta > 2 - 1/nu. On the line both terms fall alike; it is counted as noise. A finite spectrum has no divergence of
    this kind: there the noise gain decides alone.

    Raises:
        ValueError: If an exponent is not positive.

    Source: Velikanov, Kuznedelev and Yarotsky 2022 (arXiv 2206.11124).
    """
    positive(nu=nu, zeta=zeta)
    if nu <= 0.5:
        return SgdPhase.IMMEDIATE_DIVERGENCE
    if nu <= 1:
        return SgdPhase.EVENTUAL_DIVERGENCE
    return SgdPhase.SIGNAL if zeta < 2 - 1 / nu else SgdPhase.NOISE


@dataclass(frozen=True)
class MiniBatchSgd:
    """Heavy ball on mini-batches whose noise has the second moment (tau1 Tr(H C) H - tau2 H C H) / batch.

    C is the second moment of the distance to the optimum, H the Hessian of the loss with the one-half (a rate r on a
    mean of squares is the rate 2 r here). Fresh Gaussian examples have exactly (tau1, tau2) = (1, -1), translation
    invariant features (1, 1); the literature often takes tau2 = 0.
    """

    rate: float
    batch: float
    momentum: float = 0.0
    tau1: float = 1.0
    tau2: float = -1.0

    def __post_init__(self) -> None:
        positive(rate=self.rate, batch=self.batch, tau1=self.tau1)
        HeavyBall(self.rate, self.momentum)
        listed("tau2", real("tau2", self.tau2))

    @property
    def effective_rate(self) -> float:
        """That of `HeavyBall`."""
        return HeavyBall(self.rate, self.momentum).effective_rate

    def noise_gain(self, eigenvalues: ArrayLike) -> float:
        """U_Sigma = sum_t U_t: the noise that one unit of noise begets. The mean loss converges if it is below one.

            U_Sigma = (tau1 / batch) sum_n u_n / (1 + tau2 u_n / batch),
            u_n = x_n (1 + momentum) / ((1 - momentum) (2 (1 + momentum) - x_n)),    x_n = rate lambda_n

        Args:
            eigenvalues: All positive ones with their multiplicity, shape (K,).

        Raises:
            ValueError: If one is not positive and finite, or the mean square of a single mode diverges already.

        Source: Velikanov, Kuznedelev and Yarotsky 2022 (arXiv 2206.11124), theorem 1, at tau2 = 0; with tau2 the
        variance of a recursion of second order whose coefficient is random.
        """
        products = self._products(eigenvalues)
        damping = self._damping(products)  # first, because it refuses what would overflow below
        return float(self.tau1 / self.batch * (products**2 / damping).sum())

    def signal_sum(self, eigenvalues: ArrayLike, squared_coefficients: ArrayLike) -> float:
        """V_Sigma = sum_(t >= 0) V_t: twice the loss of the start, added up over all steps.

            V_Sigma = sum_n c_n^2 ((1 - momentum)^2 + 2 momentum x_n / (1 + momentum)) / d_n,
            d_n = (1 - momentum) / (1 + momentum) x_n (2 (1 + momentum) - x_n) + tau2 x_n^2 / batch

        with x_n = rate lambda_n; without momentum sum_n c_n^2 / (1 - (1 - x_n)^2 + tau2 x_n^2 / batch).

        Args:
            eigenvalues: Shape (K,), positive.
            squared_coefficients: c_n^2, shape (K,).

        Raises:
            ValueError: If the shapes differ, an eigenvalue is not positive, a squared coefficient is negative, or the
                mean square of a single mode diverges already.

        Source: the moments of the recursion of second order, summed over the steps.
        """
        values, weights = modes_of(eigenvalues, squared_coefficients)
        products = self._products(values)
        kept = (1 - self.momentum) ** 2 + 2 * self.momentum * products / (1 + self.momentum)
        return float((weights * kept / self._damping(products)).sum())

    def _products(self, eigenvalues: ArrayLike) -> Array:
        values = listed("eigenvalues", eigenvalues)
        if values.size == 0 or (values <= 0).any():
            raise ValueError("eigenvalues have to be a list of positive numbers; leave modes out that are never learnt")
        return self.rate * values

    def _damping(self, products: Array) -> Array:
        """d_n: positive where the mean square of mode n converges, noise of its own included."""
        stable = 2 * (1 + self.momentum)
        with np.errstate(over="ignore", invalid="ignore"):
            damping = (1 - self.momentum) / (1 + self.momentum) * products * (stable - products)
            damping += self.tau2 * products**2 / self.batch
        if (products >= stable).any() or (damping <= 0).any():
            raise ValueError(
                f"rate {self.rate} on the largest eigenvalue {products.max() / self.rate} makes a single mode diverge; "
                f"use a smaller rate or larger batches"
            )
        return damping


def sgd_loss_law(
    sgd: MiniBatchSgd,
    eigenvalues: ArrayLike,
    squared_coefficients: ArrayLike,
    *,
    spectrum: EigenvalueLaw,
    source: SourceLaw,
) -> LossLaw:
    """Leading law of the mean loss of mini-batch descent in the number of steps, with its constant.

        signal:  (Q/2) Gamma(1 + zeta) (2 a t)^-zeta / (1 - U_Sigma)
        noise:   V_Sigma C_U t^-(2 - 1/nu) / (2 (1 - U_Sigma)^2),
                 C_U = (tau1 / batch) a^2 (Lambda^(1/nu) / nu) Gamma(2 - 1/nu) (2 a)^(1/nu - 2)

    with a the effective rate. On the line zeta = 2 - 1/nu both add up.

    Args:
        sgd: Rate, momentum, batch and noise.
        eigenvalues: All that the finite system has, largest first, shape (K,): they decide U_Sigma and V_Sigma.
        squared_coefficients: c_n^2 of the start, shape (K,).
        spectrum: Their law Lambda n^-nu.
        source: Law Q lambda^zeta of the squared coefficients.

    Returns:
        Law with t in steps; its window is that of gradient descent with the effective rate.

    Raises:
        ValueError: If it diverges: nu at most 1, a noise gain of one or more, or an unstable mode. If the shapes
            differ, an eigenvalue is not positive or a squared coefficient is negative.

    Source: Velikanov, Kuznedelev and Yarotsky 2022 (arXiv 2206.11124); test_sgd_phases.py compares with exact means.
    """
    instance("sgd", sgd, MiniBatchSgd)
    instance("spectrum", spectrum, EigenvalueLaw)
    instance("source", source, SourceLaw)
    values, weights = modes_of(eigenvalues, squared_coefficients)
    nu, zeta = float(spectrum.exponent), float(source.exponent)
    phase, boundary = sgd_phase(nu, zeta), 2 - 1 / nu
    if phase not in (SgdPhase.SIGNAL, SgdPhase.NOISE):
        raise ValueError(f"with nu = {nu} there is {phase.value} and no law; only spectra of nu above 1 have one")
    gain = sgd.noise_gain(values)
    if gain >= 1:
        raise ValueError(f"the mean loss diverges: the noise gain is {gain}; larger batches or a smaller rate lower it")
    law = HeavyBall(sgd.rate, sgd.momentum).loss_law(source, largest=float(values.max()), smallest=float(values.min()))
    signal = replace(law, constant=float(law.constant) / (1 - gain))
    if phase is SgdPhase.SIGNAL:
        return signal
    noise = sgd.signal_sum(values, weights) * noise_constant(sgd, spectrum) / (2 * (1 - gain) ** 2)
    return replace(signal, exponent=boundary, constant=noise + (signal.constant if zeta == boundary else 0.0))


def noise_constant(sgd: MiniBatchSgd, spectrum: EigenvalueLaw) -> float:
    """C_U of U_t ~ C_U t^-(2 - 1/nu), the noise propagator of `sgd` at late times, for a `spectrum` Lambda n^-nu.

    Raises:
        ValueError: If nu is 1/2 or less, where noise diverges at once.
    """
    instance("sgd", sgd, MiniBatchSgd)
    instance("spectrum", spectrum, EigenvalueLaw)
    if spectrum.exponent <= 0.5:
        raise ValueError(f"nu is {spectrum.exponent}; noise of late times has a law for nu above 1/2")
    rate, exponent = sgd.effective_rate, 2 - 1 / float(spectrum.exponent)
    density = float(spectrum.scale) ** (2 - exponent) * (2 - exponent)
    return float(sgd.tau1 / sgd.batch * rate**2 * density * gamma(exponent) * (2 * rate) ** -exponent)
