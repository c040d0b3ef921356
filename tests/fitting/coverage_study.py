"""How often the intervals of simulated curves hold the truth, by law, noise and objective."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from spectra.fitting.fit_law import fit_law

TRUTH = {"amplitude": 5.0, "exponent": 0.5, "floor": 2.0}


@dataclass(frozen=True)
class Case:
    """One row of the study."""

    law: str
    points: int
    noise: str  # "white", "heavy" (Student's t of three degrees), or "slow 0.8" (autoregression)
    objective: str = "relative"
    scatter: float = 0.02  # standard deviation of the relative errors


def simulated(case, generator):
    """One curve of a case: x and y, evenly spaced in log x."""
    x = np.geomspace(1, 1e3, case.points)
    model = TRUTH["floor"] * (case.law == "floor") + TRUTH["amplitude"] * x ** -TRUTH["exponent"]
    return x, model * (1 + case.scatter * errors(case, generator))


def errors(case, generator):
    """Errors of unit variance."""
    if case.noise == "heavy":
        return generator.standard_t(3, case.points) / np.sqrt(3)
    white = generator.standard_normal(case.points + 300)
    persistence = float(case.noise.split()[1]) if case.noise.startswith("slow") else 0.0
    return lfilter([1.0], [1.0, -persistence], white * np.sqrt(1 - persistence**2))[300:]


def coverage(case, *, curves, seed=0):
    """Share of curves whose 95 percent interval holds the truth, by parameter."""
    generator, counts = np.random.default_rng([seed, case.points]), {}
    for _ in range(curves):
        fit = fit_law(*simulated(case, generator), law=case.law, objective=case.objective)
        for name, interval in fit.intervals.items():
            counts[name] = counts.get(name, 0) + (interval.low <= TRUTH[name] <= interval.high)
    return {name: count / curves for name, count in counts.items()}
