"""Momentum on a schedule of Jacobi polynomials, which doubles the exponent of the loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, inf, lgamma, log

import numpy as np
from numpy.typing import ArrayLike

from spectra.asymptotics.arguments import Array, last_step, listed, positive, real, whole, whole_steps
from spectra.asymptotics.laws import LossLaw, SourceLaw, loss_law


@dataclass(frozen=True)
class JacobiHeavyBall:
    """Heavy ball whose rate and momentum follow the Jacobi polynomials: twice the exponent of gradient descent.

    The residual is p_t(lambda) = P_t^(A,B)(1 - 2 lambda / largest) / P_t^(A,B)(1), with A = `decay` and B = `edge`; the
    momentum rises as 1 - (2 A + 1) / t and the rate goes to 4 / largest.

    An eigenvalue that lies exactly at `largest`, with squared coefficient c^2, falls with t^(-2 (A - B)) only, as
    c^2 / 2 (Gamma(A + 1) / Gamma(B + 1))^2 t^(-2 (A - B)): keep B below A - zeta, or `largest` a little larger.
    """

    largest: float  # nothing in the spectrum is larger
    decay: float  # A, more than zeta - 1/2
    edge: float = 0.5  # B

    def __post_init__(self) -> None:
        positive(largest=self.largest)
        for name, value in (("decay", self.decay), ("edge", self.edge)):
            if not -1 < real(name, value) < inf:
                raise ValueError(f"{name} is {value}; Jacobi polynomials need more than -1, and a finite number")

    def schedule(self, step: int) -> tuple[float, float]:
        """Rate and momentum of the update from `step` to `step` + 1.

        Raises:
            ValueError: If `step` is negative.

        Source: recurrence of the Jacobi polynomials (DLMF 18.9.2), divided by the values at one.
        """
        t, A, B = whole("step", step, least=0), self.decay, self.edge
        if t == 0:
            return (A + B + 2) / (A + 1) / self.largest, 0.0
        rate = (2 * t + A + B + 1) * (2 * t + A + B + 2) / ((t + A + B + 1) * (t + A + 1))
        momentum = t * (t + B) * (2 * t + A + B + 2) / ((t + A + B + 1) * (2 * t + A + B) * (t + A + 1))
        return rate / self.largest, momentum

    def residuals(self, eigenvalues: ArrayLike, steps: ArrayLike) -> Array:
        """Residual polynomials by their recurrence, shape (T, K) for steps (T,) and eigenvalues (K,).

        Infinite where a mode outside the schedule has left the range of a double.

        Raises:
            TypeError: If an argument cannot be read as numbers.
            ValueError: If an eigenvalue is not finite, or steps are not whole numbers from zero to ten million.
        """
        values, counts = listed("eigenvalues", eigenvalues), whole_steps(steps)
        table = np.empty((counts.size, values.size))
        residual, before = np.ones_like(values), np.ones_like(values)
        with np.errstate(over="ignore", invalid="ignore"):
            for step in range(last_step(counts) + 1):
                table[counts == step] = residual
                rate, momentum = self.schedule(step)
                residual, before = (1 + momentum - rate * values) * residual - momentum * before, residual
        return np.nan_to_num(table, copy=False, nan=np.inf, posinf=np.inf, neginf=-np.inf)

    def loss_law(
        self, source: SourceLaw, *, largest: float | None = None, smallest: float | None = None, floor: float = 0.0
    ) -> LossLaw:
        """Leading law L ~ constant * step^(-2 zeta), with A = `decay`; it does not depend on `edge`.

            constant = (Q/2) largest^zeta Gamma(1 + zeta) Gamma(A + 1)^2 Gamma(2 A + 1 - 2 zeta)
                       / (Gamma(A + 1 - zeta)^2 Gamma(2 A + 1 - zeta))

        Args:
            source: Weight of the target below an eigenvalue, Q lambda^zeta.
            largest: Largest eigenvalue of the spectrum, at most that of the schedule; starts the window.
            smallest: Smallest positive eigenvalue, which ends the window at sqrt(largest of the schedule / smallest).
            floor: Loss that never falls.

        Raises:
            ValueError: If A is zeta - 1/2 or less, where the law is another, or the spectrum reaches beyond the
                schedule.

        Source: near zero the residual is Gamma(A + 1) (z/2)^-A J_A(z), z = 2 t sqrt(lambda / largest), the formula of
        Mehler and Heine; its square is integrated by that of Weber and Schafheitlin (DLMF 10.22.57). Derived here and
        compared with sums over modes by test_optimizers.py.
        """
        flow = loss_law(source, largest=largest, smallest=smallest, floor=floor)
        zeta, A = float(source.exponent), self.decay
        if not self.decay > zeta - 0.5:
            raise ValueError(f"the law needs a decay of more than zeta - 1/2 = {zeta - 0.5}; this schedule has {A}")
        if largest is not None and largest > self.largest:
            raise ValueError(
                f"the spectrum reaches {largest}, beyond the {self.largest} that the schedule was made for; make one "
                f"with largest={largest}"
            )
        logs = lgamma(1 + zeta) + 2 * lgamma(A + 1) + lgamma(2 * A + 1 - 2 * zeta)
        logs -= 2 * lgamma(A + 1 - zeta) + lgamma(2 * A + 1 - zeta)
        return replace(
            flow,
            exponent=2 * zeta,
            constant=float(source.scale) / 2 * exp(logs + zeta * log(self.largest)),
            start=(float(flow.start) * self.largest) ** 0.5,
            end=(float(flow.end) * self.largest) ** 0.5,
            second=None,
        )
