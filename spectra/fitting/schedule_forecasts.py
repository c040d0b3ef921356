"""How well the multi-power law of some runs forecasts another one, whose learning rate changes in its own way."""

from collections.abc import Sequence

import numpy as np

from spectra.fitting.schedule_fit import fit_schedule_law
from spectra.fitting.schedule_law import ScheduledRun


def errors_left_out(runs: Sequence[ScheduledRun], *, delta: float = 1e-3) -> list[float]:
    """Root mean square log error for each run of the law that was fitted to the others; nan where they determine none.

    Args:
        runs: The runs.
        delta: As for `fit_schedule_law`.
    """
    errors = []
    for place, run in enumerate(runs):
        others = [*runs[:place], *runs[place + 1 :]]
        try:
            fit = fit_schedule_law(others, delta=delta)
        except ValueError:  # too few points, or no change of the rate
            errors.append(np.nan)
            continue
        missed = np.log(fit.predict(run.rates, run.steps) / run.losses)
        errors.append(float(np.sqrt(np.square(missed).mean())))
    return errors
