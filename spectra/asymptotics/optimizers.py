"""Descent without noise on a quadratic: what a step leaves of every mode, and the law of the loss that follows.

The loss is 1/2 sum_n c_n^2 p_t(lambda_n)^2 with c_n^2 the squared coefficients of the start, lambda_n the eigenvalues
and p_t the residual polynomial of the optimizer, p_t(0) = 1. A loss without the one-half, a mean of squares, has twice
the gradient: its rate r is the rate 2 r here, and its loss is twice the loss here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from spectra.asymptotics.arguments import Array, instance, listed, modes_of, positive, real, whole_steps
from spectra.asymptotics.finite_spectrum import mode_blocks
from spectra.asymptotics.laws import LossLaw, SourceLaw, loss_law


@runtime_checkable
class Optimizer(Protocol):
    """Descent whose residuals are polynomials of the eigenvalue that do not depend on the start."""

    def residuals(self, eigenvalues: ArrayLike, steps: ArrayLike) -> Array:
        """Residual polynomials p_t(lambda): shape (T, K) for steps (T,) and eigenvalues (K,)."""
        ...

    def loss_law(
        self, source: SourceLaw, *, largest: float | None = None, smallest: float | None = None, floor: float = 0.0
    ) -> LossLaw:
        """Leading law of the loss in the number of steps, for a source law and the ends of the spectrum."""
        ...


@dataclass(frozen=True)
class GradientDescent:
    """Gradient descent with a constant rate: p_t(lambda) = (1 - rate lambda)^t."""

    rate: float

    def __post_init__(self) -> None:
        positive(rate=self.rate)

    def residuals(self, eigenvalues: ArrayLike, steps: ArrayLike) -> Array:
        """Residual polynomials (1 - rate lambda)^t, shape (T, K) for steps (T,) and eigenvalues (K,).

        Infinite where a diverging mode has left the range of a double.

        Raises:
            TypeError: If an argument cannot be read as numbers.
            ValueError: If an eigenvalue is not finite, or steps are not whole numbers from zero up.
        """
        products, counts = self.rate * listed("eigenvalues", eigenvalues), whole_steps(steps)[:, None]
        # 1 - x rounds for small x, and the error grows with the steps; from 1/2 to 2 the difference is exact.
        small = np.minimum(products, 0.5)
        with np.errstate(over="ignore"):
            return np.where(products < 0.5, np.exp(counts * np.log1p(-small)), (1 - products) ** counts)

    def loss_law(
        self, source: SourceLaw, *, largest: float | None = None, smallest: float | None = None, floor: float = 0.0
    ) -> LossLaw:
        """Law of gradient flow at the time t = rate * step: L ~ (Q/2) Gamma(1 + zeta) (2 rate step)^-zeta.

        Args:
            source: Weight of the target below an eigenvalue, Q lambda^zeta.
            largest: Largest eigenvalue; closes the window at its start and is held against the stable rate.
            smallest: Smallest positive eigenvalue, which ends the window.
            floor: Loss that never falls.

        Raises:
            ValueError: If rate * largest is 2 or more: descent does not converge.

        Source: Velikanov and Yarotsky 2021 (arXiv 2105.00507).
        """
        return HeavyBall(self.rate, momentum=0.0).loss_law(source, largest=largest, smallest=smallest, floor=floor)


@dataclass(frozen=True)
class HeavyBall:
    """Heavy ball with constant rate and momentum: p_(t+1) = (1 + momentum - rate lambda) p_t - momentum p_(t-1)."""

    rate: float
    momentum: float  # between -1 and 1

    def __post_init__(self) -> None:
        positive(rate=self.rate)
        if not -1 < real("momentum", self.momentum) < 1:
            raise ValueError(f"heavy ball does not converge at momentum {self.momentum}; use one between -1 and 1")

    @property
    def effective_rate(self) -> float:
        """Rate of the gradient descent that small eigenvalues see, rate / (1 - momentum)."""
        return self.rate / (1 - self.momentum)

    def residuals(self, eigenvalues: ArrayLike, steps: ArrayLike) -> Array:
        """Residual polynomials by powers of the 2 x 2 companion matrix, from p_0 = 1 and p_1 = 1 - rate lambda.

        Shape (T, K) for steps (T,) and eigenvalues (K,). Rounding adds a relative error of about t * 1e-16 /
        (1 - momentum) to modes that are still to be learnt. Infinite where a diverging mode has left the range of a
        double.

        Raises:
            TypeError: If an argument cannot be read as numbers.
            ValueError: If an eigenvalue is not finite, or steps are not whole numbers from zero up.
        """
        products, counts = self.rate * listed("eigenvalues", eigenvalues), whole_steps(steps)
        step_matrix = np.empty((*products.shape, 2, 2))  # acts on (p_t, p_t - p_(t-1))
        step_matrix[..., 0, 0], step_matrix[..., 0, 1] = 1 - products, self.momentum
        step_matrix[..., 1, 0], step_matrix[..., 1, 1] = -products, self.momentum
        table = np.empty((counts.size, products.size))
        with np.errstate(over="ignore", invalid="ignore"):
            for row, t in zip(table, counts, strict=True):
                row[:] = np.linalg.matrix_power(step_matrix, int(t))[..., 0, 0]
        return np.nan_to_num(table, copy=False, nan=np.inf, posinf=np.inf, neginf=-np.inf)

    def loss_law(
        self, source: SourceLaw, *, largest: float | None = None, smallest: float | None = None, floor: float = 0.0
    ) -> LossLaw:
        """Law of gradient flow at the time t = effective_rate * step; momentum moves the constant alone.

        Args:
            source: Weight of the target below an eigenvalue, Q lambda^zeta.
            largest: Largest eigenvalue; closes the window at its start and is held against the stable rate.
            smallest: Smallest positive eigenvalue, which ends the window.
            floor: Loss that never falls.

        Raises:
            ValueError: If rate * largest is 2 (1 + momentum) or more: descent does not converge.

        Source: the limit of the residuals at small eigenvalues, exp(-effective_rate lambda t).
        """
        stable = 2 * (1 + self.momentum)
        if largest is not None and self.rate * real("largest", largest) >= stable:
            raise ValueError(
                f"a rate of {self.rate} does not converge on a largest eigenvalue of {largest}; "
                f"use a rate below {stable / largest}"
            )
        return in_steps(loss_law(source, largest=largest, smallest=smallest, floor=floor), self.effective_rate)


def optimizer_loss(
    optimizer: Optimizer, eigenvalues: ArrayLike, squared_coefficients: ArrayLike, steps: ArrayLike
) -> Array:
    """Exact loss 1/2 sum_n c_n^2 p_t(lambda_n)^2 of a finite spectrum after a number of steps.

    Args:
        optimizer: Gradient descent, heavy ball, or whatever has residuals.
        eigenvalues: Shape (K,).
        squared_coefficients: Squared coefficients c_n^2 of the start, shape (K,).
        steps: Numbers of updates, shape (T,).

    Returns:
        Shape (T,); infinite where it has left the range of a double.

    Raises:
        TypeError: If the optimizer has no residuals, or an argument cannot be read as numbers.
        ValueError: If the shapes differ, a number is not finite, a squared coefficient is negative, or steps are not
            whole numbers from zero up.
    """
    instance("optimizer", optimizer, Optimizer)
    values, weights = modes_of(eigenvalues, squared_coefficients)
    counts = whole_steps(steps)
    losses: Array = np.zeros(counts.size)
    for block in mode_blocks(values.size, counts.size):
        carried = weights[block] > 0  # a mode without weight adds nothing, however it diverges
        with np.errstate(over="ignore"):
            losses += optimizer.residuals(values[block][carried], counts) ** 2 @ weights[block][carried] / 2
    return losses


def in_steps(law: LossLaw, rate: float) -> LossLaw:
    """A law in the time t of gradient flow as a law in the number of steps, t = rate * step.

    Raises:
        TypeError: If `law` is no loss law.
        ValueError: If `rate` is not positive and finite.
    """
    instance("law", law, LossLaw)
    positive(rate=rate)
    second = law.second
    return replace(
        law,
        constant=law.constant * rate**-law.exponent,
        start=law.start / rate,
        end=law.end / rate,
        second=None if second is None else (second[0], second[1] * rate ** -second[0]),
    )
