"""The same problems solved with other tools, each from many starts, which is what their users do."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from fitting_problems import Array, Problem
from scipy.optimize import curve_fit, minimize

Solver = Callable[[Problem, Array], float]
"""Problem and starts (s, p) -> the lowest objective of all starts, by `Problem.value`."""


def lbfgs_grid(problem: Problem, starts: Array) -> float:
    """L-BFGS from every start, with analytic slopes and tolerances so tight that it does not stop early.

    On the mean over the points, or with the default tolerances, it stops far from the optimum.
    """
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000}
    return min(
        float(minimize(problem.value, start, jac=True, method="L-BFGS-B", options=options).fun) for start in starts
    )


def curve_fits(problem: Problem, starts: Array) -> float:
    """`scipy.optimize.curve_fit` with trust regions, analytic slopes and its own Huber loss, from every start."""
    bent = np.isfinite(problem.delta)
    options = {"loss": "huber", "f_scale": problem.delta} if bent else {}
    found = []
    for start in starts:
        try:
            place, _ = curve_fit(
                lambda _, *place: problem.log_y - problem.residuals(np.array(place)),
                problem.logs,
                problem.log_y,
                p0=start,
                jac=lambda _, *place: -problem.jacobian(np.array(place)),
                method="trf",
                x_scale="jac",
                ftol=1e-12,
                xtol=1e-12,
                gtol=1e-12,
                **options,
            )
        except RuntimeError:  # too many evaluations from this start
            continue
        found.append(problem.value(place)[0])
    return min(found, default=np.inf)


def lmfits(problem: Problem, starts: Array) -> float:
    """lmfit's `minimize` with Levenberg-Marquardt on the signed roots of the losses, from every start."""
    import lmfit

    def roots(parameters: lmfit.Parameters) -> Array:
        residuals = problem.residuals(np.array(list(parameters.valuesdict().values())))
        return np.sign(residuals) * np.sqrt(2 * problem.losses(residuals))

    found = []
    for start in starts:
        parameters = lmfit.Parameters()
        for number, value in enumerate(start):
            parameters.add(f"p{number}", value=float(value))
        result = lmfit.minimize(roots, parameters, method="leastsq", nan_policy="omit", ftol=1e-12, xtol=1e-12)
        found.append(problem.value(np.array(list(result.params.valuesdict().values())))[0])
    return min(found)


PEERS: dict[str, Solver] = {"L-BFGS": lbfgs_grid, "curve_fit": curve_fits}
if find_spec("lmfit"):
    PEERS["lmfit"] = lmfits
