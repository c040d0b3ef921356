"""The figures of a report by name, in the order of the argument."""

from collections.abc import Callable

from matplotlib.figure import Figure

from spectra.report.exponent_figure import exponents
from spectra.report.rate_figure import rates
from spectra.report.step_figures import loss, sharpness
from spectra.report.study import Study
from spectra.report.trend_figure import trend

FIGURES: dict[str, Callable[[Study], Figure]] = {
    "sharpness": sharpness,
    "trend": trend,
    "rates": rates,
    "loss": loss,
    "exponents": exponents,
}
