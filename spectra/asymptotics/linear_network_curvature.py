"""Curvature of a two-layer linear network as gradient descent sees it, exactly, from a matrix of size 3 D + 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spectra.asymptotics.arguments import Array
from spectra.asymptotics.linear_network import LinearState, LinearTask

# Eigenvalues of A below this share of the largest are the rounding of zeros, which a width below D leaves.
ZERO = 1e-13


@dataclass(frozen=True)
class LinearCurvature:
    """Eigenvalues of the preconditioned Hessian H = G + R per unit of the base rate; times it, they are effective.

    Each of shape (...), that of the networks; nan where a network has diverged.
    """

    largest: Array  # of H: times the base rate, the effective sharpness
    smallest: Array  # of H at widths above D + 1, where it is -sqrt(r) |g| exactly; a lower bound at others
    gauss_newton: Array  # largest of G, the part with the tangent kernel's eigenvalues
    residual: Array  # largest of R, sqrt(r) |g|: the part that couples the layers


def linear_curvature(task: LinearTask, state: LinearState) -> LinearCurvature:
    """Extreme eigenvalues of the Hessian P^(1/2) H P^(1/2) over all weights, P their relative learning rates.

    In these units directions are (F, b) of shapes (D, N) and (N,), E is the hidden layer with E E' = A, and u the
    readout's direction of length one; E u sqrt(v) = sqrt(r) w. Then

        G = J' 2M J,    J (F, b) = sqrt(v) F u + E b,        R (F, b) = sqrt(r) (g b', F'g),

    with M the second moment of the features. All of G, and R where G is not zero, lives on the F = a u' + g c', c
    orthogonal to u, and on the b and c in the span of u and the rows of E: 3 D + 1 numbers. What is orthogonal to them
    has eigenvalues 0 and +-sqrt(r) |g|. The latter is never above the largest eigenvalue, because F = g b' / |g| has
    the Rayleigh quotient sqrt(r) |g| at least; nor is any eigenvalue below -sqrt(r) |g|, because G has none below zero.
    So the largest of the small matrix is the largest of all, at every width. In the basis it needs only the lengths of
    u in and out of the rows of E, which p = sqrt(r / v) A^(-1/2) w gives: E = [A^(1/2), 0] and u = (p, sqrt(1 - p.p)).

    Args:
        task: The examples.
        state: Networks along axes (...).

    Source: derived for this project; tests hold it against the Hessian of automatic differentiation.

    >>> from spectra.asymptotics.linear_network_start import linear_limit
    >>> frozen = linear_limit(3, coupling=0.0)  # has the curvature 2 * 2 M of the kernel A + v = 2 I
    >>> print(f"{linear_curvature(LinearTask(np.eye(3), np.ones(3)), frozen).largest:.4f}")
    0.4444
    """
    shape = state.readout.shape
    flat = LinearState(
        state.hidden.reshape(-1, *state.hidden.shape[-2:]),
        state.readout.reshape(-1),
        state.weights.reshape(-1, state.weights.shape[-1]),
        np.broadcast_to(state.coupling, shape).reshape(-1),
    )
    # A diverged network may hold finite numbers whose products are not.
    with np.errstate(over="ignore", invalid="ignore"):
        strength = np.sqrt(flat.coupling) * np.linalg.norm(task.gradient(flat.weights), axis=-1)
        alive = np.isfinite(strength) & np.isfinite(flat.hidden).all((-2, -1)) & np.isfinite(flat.readout)
    found = np.full((3, len(alive)), np.nan)
    found[0, alive] = np.linalg.eigvalsh(_reduced(task, flat[alive]))[:, -1]
    found[1, alive] = _largest_gauss_newton(task, flat[alive])
    found[2, alive] = strength[alive]
    largest, gauss_newton, residual = (values.reshape(shape) for values in found)
    return LinearCurvature(largest, -residual, gauss_newton, residual)


def _reduced(task: LinearTask, state: LinearState) -> Array:
    """H on (a, c, b along u, b across u), (K, 3 D + 1, 3 D + 1)."""
    root, direction = _frame(state)
    count, dimension = state.weights.shape
    basis = _completed(direction)
    jacobian = np.zeros((count, dimension, 3 * dimension + 1))
    jacobian[..., :dimension] = np.sqrt(state.readout)[:, None, None] * np.eye(dimension)
    jacobian[..., 2 * dimension :] = root @ basis[:, :dimension]
    hessian: Array = jacobian.swapaxes(-1, -2) @ (2 * task.second_moment) @ jacobian
    pull = np.sqrt(state.coupling)[:, None] * task.gradient(state.weights)
    along, across = 2 * dimension, np.arange(dimension)
    hessian[:, :dimension, along] += pull
    hessian[:, along, :dimension] += pull
    strength = np.linalg.norm(pull, axis=-1)[:, None]
    hessian[:, dimension + across, along + 1 + across] += strength
    hessian[:, along + 1 + across, dimension + across] += strength
    return hessian


def _frame(state: LinearState) -> tuple[Array, Array]:
    """A^(1/2), (K, D, D), and u = (p, sqrt(1 - p.p)), (K, D + 1)."""
    values, vectors = np.linalg.eigh(state.hidden)
    kept = values > ZERO * values[:, -1:]
    lengths = np.sqrt(np.where(kept, values, 0))
    root = (vectors * lengths[:, None, :]) @ vectors.swapaxes(-1, -2)
    inner = np.einsum("kji,kj->ki", vectors, state.weights)
    scaled = np.divide(inner, lengths, out=np.zeros_like(inner), where=kept)
    turned = np.einsum("kij,kj->ki", vectors, scaled)
    readout = np.where(state.readout > 0, state.readout, np.inf)
    inside = np.sqrt(state.coupling / readout)[:, None] * turned
    outside = np.sqrt(np.maximum(0, 1 - np.square(inside).sum(-1, keepdims=True)))
    direction = np.concatenate([inside, outside], axis=-1)
    return root, direction / np.linalg.norm(direction, axis=-1, keepdims=True)


def _completed(direction: Array) -> Array:
    """Orthogonal matrices (K, n, n) whose first columns are given unit vectors, by one reflection each."""
    count, length = direction.shape
    sign = np.where(direction[:, :1] < 0, -1.0, 1.0)
    mirror = direction.copy()
    mirror[:, :1] += sign
    mirror /= np.linalg.norm(mirror, axis=-1, keepdims=True)
    basis: Array = np.eye(length) - 2 * mirror[:, :, None] * mirror[:, None, :]
    basis[:, :, 0] *= -sign
    return basis.reshape(count, length, length)


def _largest_gauss_newton(task: LinearTask, state: LinearState) -> Array:
    """Largest eigenvalue of 2 M^(1/2) (A + v) M^(1/2), (K,)."""
    values, vectors = np.linalg.eigh(2 * task.second_moment)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    kernel = state.hidden + state.readout[:, None, None] * np.eye(len(values))
    found: Array = np.linalg.eigvalsh(root @ kernel @ root)[:, -1]
    return found
