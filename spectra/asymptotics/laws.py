"""The three power laws of a gradient flow: its eigenvalues, where its target lies among them, and its loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gamma, inf
from typing import Any, TypeAlias

import mpmath
import numpy as np

from spectra.asymptotics.arguments import instance, pair, positive, real, shown

# Every number of a law is a float, or an mpmath.mpf where digits were asked; formulas treat both alike.
# mpmath carries no types, so the alias says it to the reader only.
Number: TypeAlias = Any
# Gamma(171) is the last that a double holds.
LARGEST_DOUBLE_EXPONENT = 170


@dataclass(frozen=True, kw_only=True)
class EigenvalueLaw:
    """lambda_n ~ scale * n^-exponent, where n = 1, 2, ... counts every eigenvalue with its multiplicity.

    The literature writes nu for the exponent and Lambda for the scale.
    """

    exponent: Number
    scale: Number  # unit of an eigenvalue

    def __post_init__(self) -> None:
        """Refuse a law that does not fall."""
        positive(exponent=self.exponent, scale=self.scale)

    def __call__(self, n: Any) -> Any:
        """Eigenvalue number `n` of the law, in the shape of `n`.

        Raises:
            ValueError: If a number is not positive and finite.
        """
        with np.errstate(over="ignore"):
            return self.scale * _places("n", n) ** -self.exponent


@dataclass(frozen=True, kw_only=True)
class SourceLaw:
    """Squared coefficients of the initial residual in modes slower than lambda: S(lambda) ~ scale * lambda^exponent.

    S(lambda) = sum of c_n^2 over lambda_n < lambda, with c_n the coefficient of f_0 - f* in the unit eigenfunction n.
    Zero eigenvalues are left out: they make the floor of the loss. The literature writes zeta and Q.
    """

    exponent: Number
    scale: Number  # unit of a squared target over the unit of an eigenvalue to the exponent

    def __post_init__(self) -> None:
        """Refuse a law that does not fall toward zero eigenvalues."""
        positive(exponent=self.exponent, scale=self.scale)

    def __call__(self, eigenvalue: Any) -> Any:
        """S at `eigenvalue`, in its shape.

        Raises:
            ValueError: If an eigenvalue is not positive and finite.
        """
        return self.scale * _places("eigenvalue", eigenvalue) ** self.exponent

    def kappa(self, eigenvalues: EigenvalueLaw) -> Number:
        """Exponent of the tail by index, sum_{k >= n} c_k^2 ~ K n^-kappa: kappa = zeta * nu."""
        instance("the law of the eigenvalues", eigenvalues, EigenvalueLaw)
        return self.exponent * eigenvalues.exponent

    def tail(self, eigenvalues: EigenvalueLaw) -> Number:
        """Constant K of the tail by index, sum_{k >= n} c_k^2 ~ K n^-kappa: K = Q * Lambda^zeta."""
        instance("the law of the eigenvalues", eigenvalues, EigenvalueLaw)
        return self.scale * eigenvalues.scale**self.exponent


@dataclass(frozen=True, kw_only=True)
class LossLaw:
    """L(t) ~ floor + constant * t^-exponent * (1 + coefficient * t^-further), for start << t << end.

    Convention of the literature: L = 1/2 E|f_t - f*|^2 and t is the time of the gradient flow of that L, so that
    descent with step size alpha has t = alpha * step. `mean_square` converts to the loss of this library.
    The literature writes xi for the exponent and C for the constant.
    """

    exponent: Number
    constant: Number
    floor: Number = 0.0  # loss in modes that never learn: 1/2 sum of c_n^2 over zero eigenvalues
    start: Number = 0.0  # 1 / largest eigenvalue: before it nothing has been learnt
    end: Number = inf  # 1 / smallest eigenvalue: after it a finite system falls exponentially
    second: tuple[Number, Number] | None = None  # (further, coefficient) of the next term; None where not known

    def __post_init__(self) -> None:
        """Refuse a law that does not fall, a floor below zero and a window that ends before it starts."""
        positive(exponent=self.exponent, constant=self.constant)
        if not 0 <= real("floor", self.floor) < inf:
            raise ValueError(f"the floor of a loss law is {self.floor}; a squared error has a floor of at least 0")
        if not 0 <= real("start", self.start) <= real("end", self.end):
            raise ValueError(f"the window of a loss law is {self.start} to {self.end}; give 0 <= start <= end")
        if self.second is not None:
            further, coefficient = pair("second", self.second)
            positive(further=further)
            if not abs(real("coefficient", coefficient)) < inf:
                raise ValueError(
                    f"the second coefficient of a loss law is {coefficient}; give a finite one, or leave it out"
                )

    def __call__(self, t: Any) -> Any:
        """Loss at times `t`, in the shape of `t`.

        Raises:
            ValueError: If a time is not positive and finite.
        """
        times = _places("t", t)
        fall = self.constant * times**-self.exponent
        if self.second is not None:
            further, coefficient = self.second
            fall = fall * (1 + coefficient * times**-further)
        return self.floor + fall

    def mean_square(self) -> LossLaw:
        """The law of this library's squared error, which has no one-half: L_ms(t) = 2 L(2 t).

        The gradient of E|f - f*|^2 is twice that of half of it, so the same flow runs twice as fast.
        """
        second = self.second
        if second is not None:
            second = (second[0], second[1] * _two(second[1]) ** -second[0])
        constant = 2 * self.constant * _two(self.constant) ** -self.exponent
        floor, start, end = 2 * self.floor, self.start / 2, self.end / 2
        return replace(self, constant=constant, floor=floor, start=start, end=end, second=second)


def loss_law(
    source: SourceLaw, *, largest: Number | None = None, smallest: Number | None = None, floor: Number = 0.0
) -> LossLaw:
    """Loss of the gradient flow whose residual has the source law S(lambda) ~ Q lambda^zeta.

    L(t) = 1/2 int exp(-2 lambda t) dS(lambda) ~ C t^-zeta with C = (Q / 2) Gamma(1 + zeta) 2^-zeta.
    In terms of tails by index, xi = kappa / nu and C = (K / 2) Gamma(xi + 1) (2 Lambda)^-xi.

    Args:
        source: Law of the squared coefficients; only its tail sum must be a power, single coefficients may vanish.
        largest: Largest eigenvalue. The law starts well after 1 / largest.
        smallest: Smallest nonzero eigenvalue (samples, width or kept modes are finite). The law ends well before
            1 / smallest.
        floor: Loss in modes of eigenvalue zero, 1/2 sum of their c_n^2.

    Raises:
        ValueError: If `largest` or `smallest` is not positive, `smallest` exceeds `largest`, or the constant leaves the
            range of a double (zeta above 170; numbers of mpmath have no such limit).

    Source: Velikanov and Yarotsky, Explicit loss asymptotics in the gradient descent training of neural networks
    (2021, arXiv 2105.00507), for the law by index; the form by eigenvalue follows by Karamata's theorem.
    """
    instance("source", source, SourceLaw)
    given = {name: value for name, value in (("largest", largest), ("smallest", smallest)) if value is not None}
    positive(**given)
    if largest is not None and smallest is not None and smallest > largest:
        raise ValueError(f"smallest eigenvalue {smallest} exceeds the largest, {largest}; exchange them")
    zeta, scale = source.exponent, source.scale
    exact = isinstance(scale, mpmath.mpf)
    if not exact and zeta > LARGEST_DOUBLE_EXPONENT:
        raise ValueError(f"Gamma(1 + zeta) leaves the range of a double at zeta = {zeta}; pass numbers of mpmath, mpf")
    factorial = mpmath.gamma(1 + zeta) if exact else gamma(1 + zeta)
    constant = scale / 2 * factorial * _two(scale) ** -zeta
    start = 0.0 if largest is None else 1 / largest
    end = inf if smallest is None else 1 / smallest
    return LossLaw(exponent=zeta, constant=constant, floor=floor, start=start, end=end)


def _places(name: str, value: Any) -> Any:
    """Positive numbers ready for powers: an mpf as it is, others as float64, or as objects where they are mpf."""
    if isinstance(value, mpmath.mpf):
        positive(**{name: value})
        return value
    array = np.asarray(value)
    if array.dtype == object and array.size:
        for one in array.flat:
            positive(**{name: one})
    elif array.dtype.kind not in "iuf":
        raise TypeError(f"{name} is {shown(value)}; pass a number or an array of numbers")
    else:
        array = array.astype(np.float64)
        if not ((array > 0) & (array < inf)).all():
            raise ValueError(f"{name} is {shown(value)}; it must be positive and finite")
    return array[()]


def _two(like: Number) -> Number:
    """The number 2 in the precision of `like`, so that powers of it keep all digits."""
    return mpmath.mpf(2) if isinstance(like, mpmath.mpf) else 2.0
