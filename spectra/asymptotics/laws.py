"""The three power laws of a gradient flow: its eigenvalues, where its target lies among them, and its loss."""

from dataclasses import dataclass, replace
from math import gamma, inf
from typing import Any, TypeAlias

import mpmath
import numpy as np

# Every number of a law is a float, or an mpmath.mpf where digits were asked; formulas treat both alike.
# mpmath carries no types, so the alias says it to the reader only.
Number: TypeAlias = Any


@dataclass(frozen=True, kw_only=True)
class EigenvalueLaw:
    """lambda_n ~ scale * n^-exponent, where n = 1, 2, ... counts every eigenvalue with its multiplicity.

    The literature writes nu for the exponent and Lambda for the scale.
    """

    exponent: Number
    scale: Number  # unit of an eigenvalue

    def __post_init__(self) -> None:
        """Refuse a law that does not fall."""
        _require_positive(exponent=self.exponent, scale=self.scale)

    def __call__(self, n: Any) -> Any:
        """Eigenvalue number `n` of the law, in the shape of `n`."""
        return self.scale * _numbers(n) ** -self.exponent


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
        _require_positive(exponent=self.exponent, scale=self.scale)

    def __call__(self, eigenvalue: Any) -> Any:
        """S at `eigenvalue`, in its shape."""
        return self.scale * _numbers(eigenvalue) ** self.exponent

    def kappa(self, eigenvalues: EigenvalueLaw) -> Number:
        """Exponent of the tail by index, sum_{k >= n} c_k^2 ~ K n^-kappa: kappa = zeta * nu."""
        return self.exponent * eigenvalues.exponent

    def tail(self, eigenvalues: EigenvalueLaw) -> Number:
        """Constant K of the tail by index, sum_{k >= n} c_k^2 ~ K n^-kappa: K = Q * Lambda^zeta."""
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
        """Refuse a law that does not fall and a floor below zero."""
        _require_positive(exponent=self.exponent, constant=self.constant)
        if not self.floor >= 0:
            raise ValueError(f"the floor of a loss law is {self.floor}; a squared error has a floor of at least 0")

    def __call__(self, t: Any) -> Any:
        """Loss at positive times `t`, in the shape of `t`."""
        times = _numbers(t)
        fall = self.constant * times**-self.exponent
        if self.second is not None:
            further, coefficient = self.second
            fall = fall * (1 + coefficient * times**-further)
        return self.floor + fall

    def mean_square(self) -> "LossLaw":
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
        ValueError: If `largest` or `smallest` is not positive, or `smallest` exceeds `largest`.

    Source: Velikanov and Yarotsky, Explicit loss asymptotics in the gradient descent training of neural networks
    (2021), for the law by index; the form by eigenvalue follows by Karamata's theorem.
    """
    given = {name: value for name, value in (("largest", largest), ("smallest", smallest)) if value is not None}
    _require_positive(**given)
    if largest is not None and smallest is not None and smallest > largest:
        raise ValueError(f"smallest eigenvalue {smallest} exceeds the largest, {largest}; exchange them")
    zeta, scale = source.exponent, source.scale
    factorial = mpmath.gamma(1 + zeta) if isinstance(scale, mpmath.mpf) else gamma(1 + zeta)
    constant = scale / 2 * factorial * _two(scale) ** -zeta
    start = 0.0 if largest is None else 1 / largest
    end = inf if smallest is None else 1 / smallest
    return LossLaw(exponent=zeta, constant=constant, floor=floor, start=start, end=end)


def _numbers(value: Any) -> Any:
    """`value` ready for powers: an mpf as it is, everything else as float64, or as objects where it holds mpf."""
    if isinstance(value, mpmath.mpf):
        return value
    array = np.asarray(value)
    if array.dtype != object:
        array = array.astype(np.float64)
    return array[()]


def _two(like: Number) -> Number:
    """The number 2 in the precision of `like`, so that powers of it keep all digits."""
    return mpmath.mpf(2) if isinstance(like, mpmath.mpf) else 2.0


def _require_positive(**values: Number) -> None:
    for name, value in values.items():
        if not 0 < value < inf:
            raise ValueError(f"{name} is {value}; it must be positive and finite")
