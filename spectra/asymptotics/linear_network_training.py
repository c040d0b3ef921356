"""Training of a two-layer linear network, exactly: a recursion whose cost does not depend on the width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from spectra.asymptotics.arguments import MOST_STEPS, Array, finite, listed, positive, shown, whole
from spectra.asymptotics.linear_network import LinearState, LinearTask, stacked_states


def linear_descent(task: LinearTask, start: LinearState, *, rate: ArrayLike, steps: Sequence[int]) -> LinearState:
    """Networks after numbers of steps of gradient descent on all examples.

    With g the gradient of the loss in w, one step at the base rate eta makes

        w <- w - eta (A + v) g + eta^2 r (w.g) g
        A <- A - eta r (w g' + g w') + eta^2 r v g g'
        v <- v - 2 eta r w.g + eta^2 r g'A g

    exactly: each line is the definition with the updated weights put in.

    Args:
        task: The examples.
        start: Networks along leading axes (...).
        rate: Base learning rate, one for all or one for each network; broadcast against the axes of the start.
        steps: Numbers of steps T at which states are wanted, none negative, ascending.

    Returns:
        States along axes (T, ...). Numbers of a network that diverged overflow, and are not finite from there on.

    Raises:
        TypeError: If a number of steps is not whole, or rates cannot be read as numbers.
        ValueError: If the steps are not ascending, a rate is not positive and finite, or there is neither one rate nor
            one for each network.

    >>> from spectra.asymptotics.linear_network_start import linear_limit
    >>> task = LinearTask(np.eye(3), np.ones(3))
    >>> path = linear_descent(task, linear_limit(3, coupling=1.0), rate=[0.1, 0.2], steps=[0, 10, 20])
    >>> path.hidden.shape, task.loss(path.weights).shape
    ((3, 2, 3, 3), (3, 2))
    """
    if not isinstance(steps, Iterable):
        raise TypeError(f"steps is {shown(steps)}; pass a list of whole numbers, ascending")
    wanted = [whole("a number of steps", step, least=0, most=MOST_STEPS) for step in steps]
    if not wanted or any(later <= earlier for earlier, later in pairwise(wanted)):
        raise ValueError(f"states were asked for at the steps {wanted}; give ascending numbers from 0 on")
    rates, found, kept = finite("rates", rate), [], set(wanted)
    if not (rates > 0).all():
        raise ValueError(f"rates of {rates} were given; they must be positive and finite")
    state = _broadcast(start, _networks(rates.shape, start.readout.shape))
    # A network above its edge of stability grows doubly exponentially: overflow is how it ends.
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(wanted[-1] + 1):
            if step in kept:
                found.append(state)
            if step < wanted[-1]:
                state = _stepped(task, state, rates)
    return stacked_states(found)


def linear_flow(
    task: LinearTask, start: LinearState, times: Sequence[float], *, tolerance: float = 1e-10
) -> LinearState:
    """One network along gradient flow, the limit of small rates at the time t = rate * step.

        dw/dt = -(A + v) g,    dA/dt = -r (w g' + g w'),    dv/dt = -2 r w.g

    The trace of A minus v is conserved.

    Args:
        task: The examples.
        start: One network, without leading axes.
        times: Times T at which states are wanted, ascending, from 0 on.
        tolerance: Relative and absolute error of the solver.

    Returns:
        States along the axis (T,).

    Raises:
        TypeError: If times or tolerance cannot be read as numbers.
        ValueError: If several networks are given, the times are not finite and ascending, or the tolerance is not
            positive.
        RuntimeError: If the equations cannot be solved to the tolerance.
    """
    wanted = listed("times", times, least=0.0)
    positive(tolerance=tolerance)
    if start.weights.ndim != 1:
        raise ValueError(f"{start.weights.shape[:-1]} networks were given; gradient flow is solved for one at a time")
    if not wanted.size or not (np.diff(wanted) > 0).all():
        raise ValueError(f"states were asked for at the times {wanted}; give ascending numbers from 0 on")
    dimension = len(start.weights)

    def slope(_: float, flat: Array) -> Array:
        state = _unpacked(flat, dimension, start.coupling)
        return _packed(_flow(task, state))

    span = (0.0, max(wanted[-1], np.finfo(float).tiny))
    solved = solve_ivp(slope, span, _packed(start), "DOP853", wanted, rtol=tolerance, atol=tolerance)
    if not solved.success:
        raise RuntimeError(
            f"gradient flow could not be solved to a tolerance of {tolerance}: {solved.message} Ask for earlier "
            "times, or a larger tolerance"
        )
    return stacked_states([_unpacked(flat, dimension, start.coupling) for flat in solved.y.T])


def _networks(rates: tuple[int, ...], networks: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(rates, networks)
    except ValueError:
        raise ValueError(
            f"rates of shape {rates} were given for networks in an array {networks}; pass one rate, or one for each "
            "network"
        ) from None


def _broadcast(state: LinearState, shape: tuple[int, ...]) -> LinearState:
    dimension = state.weights.shape[-1]
    return LinearState(
        np.broadcast_to(state.hidden, (*shape, dimension, dimension)),
        np.broadcast_to(state.readout, shape),
        np.broadcast_to(state.weights, (*shape, dimension)),
        np.broadcast_to(state.coupling, shape),
    )


def _stepped(task: LinearTask, state: LinearState, rate: Array) -> LinearState:
    gradient = task.gradient(state.weights)
    hidden_gradient = np.einsum("...ij,...j->...i", state.hidden, gradient)
    readout, coupling = state.readout, rate * state.coupling  # eta r
    along = (state.weights * gradient).sum(-1)  # w.g
    cross = state.weights[..., :, None] * gradient[..., None, :]
    square = gradient[..., :, None] * gradient[..., None, :]
    moved = hidden_gradient + (readout - coupling * along)[..., None] * gradient
    return LinearState(
        state.hidden
        - coupling[..., None, None] * (cross + cross.swapaxes(-1, -2))
        + (rate * coupling * readout)[..., None, None] * square,
        readout - 2 * coupling * along + rate * coupling * (gradient * hidden_gradient).sum(-1),
        state.weights - rate[..., None] * moved,
        state.coupling,
    )


def _flow(task: LinearTask, state: LinearState) -> LinearState:
    """Derivative in time, in the place of a state."""
    gradient = task.gradient(state.weights)
    cross = np.outer(state.weights, gradient)
    return LinearState(
        -state.coupling * (cross + cross.T),
        -2 * state.coupling * state.weights @ gradient,
        -(state.hidden @ gradient + state.readout * gradient),
        state.coupling,
    )


def _packed(state: LinearState) -> Array:
    return np.concatenate([state.hidden.ravel(), np.atleast_1d(state.readout), state.weights])


def _unpacked(flat: Array, dimension: int, coupling: Array) -> LinearState:
    square = dimension**2
    return LinearState(
        flat[:square].reshape(dimension, dimension), np.asarray(flat[square]), flat[square + 1 :], coupling
    )
