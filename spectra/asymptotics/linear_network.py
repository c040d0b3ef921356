"""A two-layer linear network in the few numbers that its training closes on, whatever its width.

With weights W of shape (N, D) and a of length N, a multiplier m and learning rates c_1 for W, c_2 for a, relative to a
base rate, the network is f(x) = m a.W x / sqrt(D) = w.x / sqrt(D) with w = m W'a. Its mean squared error, without
one-half, and the steps of gradient descent on it depend on the weights through

    A = c_2 m^2 W'W     (D, D)        what a step of the readout moves w by
    v = c_1 m^2 |a|^2                 what a step of the hidden layer moves w by
    w = m W'a           (D,)
    r = c_1 c_2 m^2                   how much w moves A and v: the strength of feature learning

alone, at any width: dw/dt = -(A + v) g with g the gradient of the loss in w. In the writing with weights of variance
one, m = 1 / (gamma sqrt(N)) and both learning rates gamma^2 this is A = W'W / N, v = |a|^2 / N, r = gamma^2 / N.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from spectra.asymptotics.arguments import Array, finite, real


@dataclass(frozen=True)
class LinearTask:
    """Examples for linear regression of w.x / sqrt(D) on y, under the mean squared error without one-half.

    Anything that numpy reads as numbers is converted to double precision.

    Raises:
        TypeError: If they cannot be read as numbers.
        ValueError: If the shapes do not belong together or a number is not finite.
    """

    features: Array  # (P, D)
    targets: Array  # (P,)

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", finite("features", self.features))
        object.__setattr__(self, "targets", finite("targets", self.targets))
        shapes = self.features.shape, self.targets.shape
        if len(shapes[0]) != 2 or shapes[1] != shapes[0][:1] or 0 in shapes[0]:
            raise ValueError(
                f"features of shape {shapes[0]} and targets of shape {shapes[1]} were given; one row of features and "
                "one target are needed for each example: (P, D) and (P,)"
            )

    @property
    def second_moment(self) -> Array:
        """M = X'X / (P D), (D, D): the loss has the Hessian 2 M in w."""
        found: Array = self.features.T @ self.features / self.features.size
        return found

    def residuals(self, weights: ArrayLike) -> Array:
        """w.x / sqrt(D) - y, (..., P), for weights (..., D).

        Raises:
            ValueError: If the weights are not one for each feature.
        """
        dimension, points = self.features.shape[1], np.asarray(weights)
        if points.shape[-1:] != (dimension,):
            raise ValueError(f"weights of shape {points.shape} were given for {dimension} features; pass (..., D)")
        found: Array = points @ self.features.T / np.sqrt(dimension) - self.targets
        return found

    def loss(self, weights: ArrayLike) -> Array:
        """Mean of the squared residuals, (...), for weights (..., D)."""
        found: Array = np.square(self.residuals(weights)).mean(-1)
        return found

    def gradient(self, weights: ArrayLike) -> Array:
        """g = 2 / (P sqrt(D)) X'(residuals), (..., D), for weights (..., D)."""
        count, dimension = self.features.shape
        found: Array = self.residuals(weights) @ self.features * (2 / (count * np.sqrt(dimension)))
        return found


@dataclass(frozen=True)
class LinearState:
    """Networks at one moment, any number of them along the leading axes."""

    hidden: Array  # A, (..., D, D), symmetric and positive semidefinite
    readout: Array  # v, (...), not negative
    weights: Array  # w, (..., D)
    coupling: Array  # r, (...); it does not change in training

    def __getitem__(self, index: int | slice | Array) -> LinearState:
        """Some of the networks, along the first axis."""
        return LinearState(self.hidden[index], self.readout[index], self.weights[index], self.coupling[index])


def stacked_states(states: list[LinearState]) -> LinearState:
    """Networks of equal shapes along a new first axis.

    Args:
        states: S of them, with matrices (..., D, D).

    Returns:
        One state, with matrices (S, ..., D, D).

    Raises:
        ValueError: If there is none, or the shapes differ.
    """
    shapes = {state.hidden.shape for state in states}
    if len(shapes) != 1:
        raise ValueError(f"networks of the shapes {sorted(shapes)} were given; stack one or more of one shape")
    return LinearState(
        np.stack([state.hidden for state in states]),
        np.stack([state.readout for state in states]),
        np.stack([state.weights for state in states]),
        np.stack([state.coupling for state in states]),
    )


def linear_state(
    hidden: ArrayLike, readout: ArrayLike, *, multiplier: float, hidden_rate: float, readout_rate: float
) -> LinearState:
    """State of one network from its weights, in any writing of its parameterization.

    Args:
        hidden: W, (N, D).
        readout: a, (N,).
        multiplier: m, the product of all factors in the forward pass but 1 / sqrt(D).
        hidden_rate: c_1, learning rate of W over the base rate.
        readout_rate: c_2, learning rate of a over the base rate.

    Raises:
        TypeError: If an argument cannot be read as numbers.
        ValueError: If the two layers do not fit, a number is not finite, or a learning rate is negative.
    """
    first, second = finite("hidden weights", hidden), finite("readout weights", readout)
    if first.ndim != 2 or second.shape != first.shape[:1]:
        raise ValueError(
            f"a hidden layer of shape {first.shape} and a readout of shape {second.shape} were given; they must be "
            "(width, features) and (width,)"
        )
    if not 0 <= real("hidden_rate", hidden_rate) < inf or not 0 <= real("readout_rate", readout_rate) < inf:
        raise ValueError(
            f"learning rates of {hidden_rate} and {readout_rate} were given; they must be zero (a frozen layer) or more"
        )
    finite("multiplier", real("multiplier", multiplier))
    square = multiplier**2
    return LinearState(
        readout_rate * square * first.T @ first,
        np.asarray(hidden_rate * square * second @ second),
        multiplier * second @ first,
        np.asarray(hidden_rate * readout_rate * square),
    )
