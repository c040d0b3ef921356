"""Every figure that a table alone determines, by its name."""

from spectra.report.collapse_figure import collapses
from spectra.report.coordinate_figure import coordinate_exponents
from spectra.report.course_figure import courses
from spectra.report.density_figure import density
from spectra.report.eigenvalue_figure import eigenvalues
from spectra.report.exponent_figure import loss_exponents
from spectra.report.gap_figure import gaps
from spectra.report.growth_figure import growth
from spectra.report.kernel_figure import kernel_spectrum
from spectra.report.law_figures import LAW_FIGURES
from spectra.report.layer_figure import layer_values
from spectra.report.noise_figure import scatter
from spectra.report.part_figure import curvature_parts
from spectra.report.phase_figure import phases
from spectra.report.rate_figure import rates
from spectra.report.regret_figure import regrets
from spectra.report.size_gap_figure import size_gaps
from spectra.report.table_figure import TableFigure, TableFigures
from spectra.report.trend_figure import trends

_MEASURED = ("case", "step", "quantity", "index", "run", "value", "low", "high", "limit")
_LAW = ("case", "x", "measured", "law", "expected", "from", "to")
_SPECTRUM = ("case", "step", "quantity", "value", "low", "high", "limit")

FIGURES = TableFigures(
    {
        "courses": TableFigure(courses, "QUANTITY.csv, such as effective_sharpness.csv or loss.csv", _MEASURED),
        "trends": TableFigure(
            trends, "trend.csv or trend-QUANTITY.csv",
            ("case", "quantity", "index", "step", "slope", "low", "high", "band_low", "band_high", "margin", "level",
             "band_level", "verdict"), sized=False,
        ),
        "gaps": TableFigure(
            gaps, "gap.csv or gap-QUANTITY.csv",
            ("case", "quantity", "index", "step", "gap", "low", "high", "curve", "word", "beta", "beta_low",
             "beta_high"),
        ),
        "size_gaps": TableFigure(
            size_gaps, "size-gap.csv", ("case", "step", "ratio", "ratio_low", "ratio_high", "model", "power")
        ),
        "scatter": TableFigure(
            scatter, "noise.csv", ("case", "step", "ratio", "low", "high", "size_deviation", "seed_deviation"),
            sized=False,
        ),
        "growth": TableFigure(
            growth, "growth.csv", ("case", "quantity", "index", "factor", "movement", "low", "high")
        ),
        "collapse": TableFigure(
            collapses, "collapse.csv",
            ("case", "time", "value", "low", "high", "ratio", "ratio_low", "ratio_high", "judged"),
        ),
        "eigenvalues": TableFigure(eigenvalues, "eigenvalues-QUANTITY.csv", (*_SPECTRUM, "number")),
        "curvature_parts": TableFigure(curvature_parts, "curvature_parts.csv", _SPECTRUM),
        "spectral_density": TableFigure(
            density, "spectral_density.csv", ("case", "step", "low", "high", "count", "linear", "limit")
        ),
        "kernel_spectrum": TableFigure(
            kernel_spectrum, "kernel_spectrum.csv", ("case", "step", "number", "value", "low", "high", "theory")
        ),
        "rates": TableFigure(
            rates, "rates.csv",
            ("case", "criterion", "rate", "value", "low", "high", "optimum", "optimum_low", "optimum_high", "edge"),
        ),
        "phases": TableFigure(
            phases, "phases.csv", ("case", "rate", "value", "excess", "optimum", "low", "high", "edge")
        ),
        "regrets": TableFigure(regrets, "regret.csv", ("case", "tuned_at", "run_at", "regret"), sized=False),
        "loss_exponents": TableFigure(
            loss_exponents, "exponents.csv", ("case", "curve", "model", "estimate", "low", "high")
        ),
        "law_losses": TableFigure(LAW_FIGURES["losses"], "losses.csv, of a page with laws", _LAW),
        "law_exponents": TableFigure(
            LAW_FIGURES["exponents"], "exponents.csv, of a page with laws",
            ("case", "quantity", "measured", "low", "high", "law", "expected"),
        ),
        "law_spectrum": TableFigure(LAW_FIGURES["spectrum"], "spectrum.csv, of a page with laws", _LAW),
        "law_target": TableFigure(LAW_FIGURES["target"], "target.csv, of a page with laws", _LAW),
        "coordinate_check": TableFigure(
            coordinate_exponents, "coordinate_check.csv or coordinate_check-NUMBER.csv, of a coordinate check",
            ("layer", "quantity", "exponent", "low", "high", "predicted", "relation", "verdict"), sized=False,
        ),
        "layers": TableFigure(
            layer_values, "layers.csv or layers-NUMBER.csv, of a coordinate check",
            ("layer", "quantity", "value", "low", "high", "predicted"),
        ),
    }
)  # fmt: skip
"""Every figure of a page of verdicts, of laws or of a coordinate check, drawn again from the one CSV that the page
leaves of it in its folder figures/; not those of comparisons:

    FIGURES["phases"](pandas.read_csv("reports/rate_transfer/figures/phases.csv"), scale="width")

`print(FIGURES)` says which file goes to which name, and which columns it has. `scale` is the column that grows, and
`sizes` are the sizes by which colours are given: all of the page, those of the table where none are named. A table that
lacks a column is refused with a ValueError that says which file is meant. `FIGURES["phases"].draw` is the function
itself, whose docstring says what every column is.
"""
