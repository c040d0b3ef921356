"""Every figure that a table alone determines, by its name."""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from spectra.report.coordinate_figure import coordinate_exponents
from spectra.report.course_figure import courses
from spectra.report.density_figure import density
from spectra.report.eigenvalue_figure import eigenvalues
from spectra.report.exponent_figure import loss_exponents
from spectra.report.gap_figure import gaps
from spectra.report.kernel_figure import kernel_spectrum
from spectra.report.noise_figure import scatter
from spectra.report.part_figure import curvature_parts
from spectra.report.phase_figure import phases
from spectra.report.regret_figure import regrets
from spectra.report.size_gap_figure import size_gaps
from spectra.report.trend_figure import trends

FIGURES: Mapping[str, Callable[..., Figure]] = {
    "courses": courses,
    "trends": trends,
    "gaps": gaps,
    "scatter": scatter,
    "eigenvalues": eigenvalues,
    "curvature_parts": curvature_parts,
    "spectral_density": density,
    "kernel_spectrum": kernel_spectrum,
    "size_gaps": size_gaps,
    "phases": phases,
    "regrets": regrets,
    "loss_exponents": loss_exponents,
    "coordinate_check": coordinate_exponents,
}
"""Functions of a table, the name of the column that grows, and the sizes by which colours are given:

    FIGURES["phases"](pandas.read_csv("reports/rate_transfer/figures/phases.csv"), scale="width")

Each says in its docstring what columns it needs; tables of a page, in its folder figures/, have them.
"""
