"""Exact mean losses of mini-batch descent on a finite spectrum, by its second moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spectra.asymptotics.arguments import MOST_STEPS, Array, instance, last_step, modes_of, whole, whole_steps
from spectra.asymptotics.sgd_phases import MiniBatchSgd


@dataclass(frozen=True)
class Propagators:
    """What mini-batch descent leaves of the start, and of noise, after 0, 1, ... T steps; see `sgd_phases`."""

    signal: Array  # V_t, (T + 1,): twice the mean loss without the noise that other modes throw in
    noise: Array  # U_t, (T + 1,): share of 2 L that noise thrown in at one step still makes t steps on; U_0 = 0

    def __repr__(self) -> str:
        """How many steps and the sums, not the arrays."""
        return (
            f"Propagators(steps 0 to {self.signal.size - 1}, signal sum {self.signal.sum():.4g}, "
            f"noise sum {self.noise.sum():.4g})"
        )


def sgd_mean_loss(
    sgd: MiniBatchSgd, eigenvalues: ArrayLike, squared_coefficients: ArrayLike, steps: ArrayLike
) -> Array:
    """Exact mean of the loss 1/2 sum_n E_n over all draws of mini-batches.

    Without momentum E_n(t+1) = ((1 - x_n)^2 - tau2 x_n^2 / batch) E_n(t) + (tau1 / batch) x_n^2 sum_m E_m(t), with
    x_n = rate lambda_n and E_n(0) = c_n^2; with momentum the moments E(w_t^2), E(w_t w_(t-1)) and E(w_(t-1)^2) of every
    mode are followed. The cost is one pass over the modes for every step.

    Args:
        sgd: Rate, momentum, batch and noise.
        eigenvalues: Shape (K,).
        squared_coefficients: c_n^2 of the start, shape (K,).
        steps: Numbers of updates, shape (T,).

    Returns:
        Shape (T,); infinite where the mean has left the range of a double.

    Raises:
        TypeError: If an argument is of another kind, or cannot be read as numbers.
        ValueError: If the shapes differ, a number is not finite, a squared coefficient is negative, or steps are not
            whole numbers from zero to ten million.
    """
    instance("sgd", sgd, MiniBatchSgd)
    values, weights = modes_of(eigenvalues, squared_coefficients)
    counts = whole_steps(steps)
    losses = np.empty(counts.size)
    moments = _moments(sgd, values, (weights, weights, weights), feedback=True)
    for step in range(last_step(counts) + 1):
        losses[counts == step] = next(moments) / 2
    return losses


def propagators(
    sgd: MiniBatchSgd, eigenvalues: ArrayLike, squared_coefficients: ArrayLike, *, steps: int
) -> Propagators:
    """V_t and U_t for t = 0 ... `steps` of a finite spectrum, each of shape (steps + 1,).

    2 L_t = V_t + sum_(s=1)^t U_s 2 L_(t-s).

    Args:
        sgd: Rate, momentum, batch and noise.
        eigenvalues: Shape (K,).
        squared_coefficients: c_n^2 of the start, shape (K,).
        steps: Number of updates.

    Raises:
        TypeError: If an argument is of another kind, or cannot be read as numbers.
        ValueError: If the shapes differ, a number is not finite, a squared coefficient is negative, or `steps` is no
            whole number from zero to ten million.
    """
    instance("sgd", sgd, MiniBatchSgd)
    whole("steps", steps, least=0, most=MOST_STEPS)
    values, weights = modes_of(eigenvalues, squared_coefficients)
    with np.errstate(over="ignore"):
        nothing, thrown = np.zeros_like(weights), sgd.tau1 / sgd.batch * (sgd.rate * values) ** 2
    signal = _moments(sgd, values, (weights, weights, weights), feedback=False)
    noise = _moments(sgd, values, (thrown, nothing, nothing), feedback=False)
    return Propagators(
        signal=np.array([next(signal) for _ in range(steps + 1)]),
        noise=np.array([0.0] + [next(noise) for _ in range(steps)]),
    )


def _moments(sgd: MiniBatchSgd, values: Array, start: tuple[Array, Array, Array], *, feedback: bool) -> Iterator[float]:
    """Sums of the squares at steps 0, 1, ...; `start` has squares, products with the step before, squares before."""
    squares, mixed, before = start
    products, momentum = sgd.rate * values, sgd.momentum
    kept = 1 + momentum - products
    with np.errstate(over="ignore", invalid="ignore"):
        thrown = sgd.tau1 / sgd.batch * products**2 if feedback else np.zeros_like(products)
        own = kept**2 - sgd.tau2 / sgd.batch * products**2
    while True:
        with np.errstate(over="ignore"):
            total = float(squares.sum())
        yield total
        with np.errstate(over="ignore", invalid="ignore"):
            # Once infinite, a mean stays so: infinity times a zero would make it undefined.
            following = own * squares + thrown * total if np.isfinite(total) else np.full_like(squares, np.inf)
            if momentum != 0 and np.isfinite(total):
                following += momentum**2 * before - 2 * momentum * kept * mixed
                mixed, before = kept * squares - momentum * mixed, squares
        squares = following
