"""Which parameters the data tell apart, from the derivatives of the law at the fit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from spectra.fitting.given import given_numbers
from spectra.fitting.law import Array, Law, Variables
from spectra.fitting.law_points import LawPoints


def condition_number(columns: Array) -> float:
    """Condition number of the derivatives (n, p) of the log of a law, each scaled to unit length; inf for copies."""
    lengths = np.linalg.norm(columns, axis=0)
    if len(columns) < lengths.size or not (lengths > 0).all() or not np.isfinite(columns).all():
        return float("inf")
    values = np.linalg.svd(columns / lengths, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > 0 else float("inf")


def shape_correlations(points: LawPoints, place: Array) -> dict[str, float]:
    """Correlation of the estimate of each shape with that of the floor, from the linearised fit; empty without floor.

    One (in size) where the derivatives are not independent.
    """
    floor = points.law.floor
    if floor is None:
        return {}
    columns = points.evaluate(place)[1] * np.sqrt(points.weights)[:, None]
    # Columns can be so large that their squares are not numbers; correlations do not know their lengths.
    sizes = np.abs(columns).max(axis=0)
    columns = columns / np.where(sizes > 0, sizes, 1.0)
    last = points.shapes + floor
    return {shape.name: _correlation(columns, at, last) for at, shape in enumerate(points.law.shapes)}


def _correlation(columns: Array, first: int, second: int) -> float:
    """Minus the cosine of two columns after all others are taken out of both, which is their estimates' correlation."""
    others = np.delete(columns, [first, second], axis=1)
    lengths = np.linalg.norm(others, axis=0)
    basis = np.linalg.qr(others / np.where(lengths > 0, lengths, 1.0))[0]
    pair = columns[:, [first, second]]
    # Twice, because one projection leaves rounding in the span when little is left outside of it.
    for _ in range(2):
        pair = pair - basis @ (basis.T @ pair)
    sizes = np.linalg.norm(pair, axis=0)
    if not (sizes > 1e-14 * np.linalg.norm(columns[:, [first, second]], axis=0)).all():
        return 1.0
    return float(np.clip(-(pair[:, 0] @ pair[:, 1]) / sizes.prod(), -1, 1))


def information_bound(
    law: Law, parameters: Mapping[str, float], x: Variables, *, noise: ArrayLike
) -> tuple[dict[str, float], Array]:
    """Smallest standard errors that unbiased estimates can have (Cramer-Rao), and their correlations.

    Args:
        law: The law.
        parameters: Its true parameters.
        x: The points, as for `fit_law`.
        noise: Standard deviation of independent normal noise on y, one number or shape (n,).

    Returns:
        Standard errors by parameter in the order of the law, and the correlation matrix (p, p) in that order.

    Raises:
        ValueError: If a parameter is missing, the noise is not positive, or the points do not tell all parameters
            apart.
    """
    logs, scatter = law.logarithms(x), given_numbers("noise", noise)
    if scatter.shape not in ((), logs.shape[1:]) or not (scatter > 0).all():
        raise ValueError(
            f"noise of shape {scatter.shape} was given for {logs.shape[-1]} points; pass a positive number, or one for "
            "each of them"
        )
    columns = _derivatives(law, parameters, logs) / np.broadcast_to(scatter, logs.shape[1:])[:, None]
    if not condition_number(columns) < 1e14:
        raise ValueError(
            f"these points do not tell the parameters of the law '{law.name}' apart; add points or drop terms"
        )
    lengths = np.linalg.norm(columns, axis=0)
    inverse = np.linalg.inv(np.linalg.qr(columns / lengths)[1])
    covariance = inverse @ inverse.T / np.outer(lengths, lengths)
    errors = np.sqrt(np.diag(covariance))
    return dict(zip(law.parameters, errors.tolist(), strict=True)), covariance / np.outer(errors, errors)


def _derivatives(law: Law, parameters: Mapping[str, float], logs: Array) -> Array:
    """Derivatives (n, p) of the law by its parameters, in their order: analytic, in coordinates centred on x = 1."""
    points = LawPoints(law, np.column_stack([logs, np.zeros(logs.shape[0])]), np.zeros(logs.shape[1]), np.ones(1), 0.0)
    shapes = np.array(law.coordinates(parameters))
    heights = np.exp(law.log_amplitudes(parameters) + points.centre_columns(shapes))
    place = np.concatenate([shapes, heights])
    return _named_derivatives(points, place)


def _named_derivatives(points: LawPoints, place: Array) -> Array:
    """Derivatives of the law by its named parameters through those by the coordinates (an inverse of differences)."""
    log_law, jacobian = points.evaluate(place)
    turn = np.empty((place.size, place.size))
    for at in range(place.size):
        step = np.zeros(place.size)
        step[at] = 1e-6 * max(abs(float(place[at])), 1e-3)
        ends = [np.array(list(points.estimates(place + sign * step).values())) for sign in (1.0, -1.0)]
        turn[:, at] = (ends[0] - ends[1]) / (2 * step[at])
    derivatives: Array = np.exp(log_law)[:, None] * np.linalg.solve(turn.T, jacobian.T).T
    return derivatives
