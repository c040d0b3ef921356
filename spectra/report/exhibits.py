"""The figures of a report in the order of the argument."""

from spectra.report.collapse_exhibit import collapse_exhibit
from spectra.report.comparison_exhibit import comparison_exhibits
from spectra.report.course_exhibit import course_exhibit
from spectra.report.density_exhibit import density_exhibit
from spectra.report.eigenvalue_exhibit import eigenvalue_exhibit
from spectra.report.exhibit import Exhibit
from spectra.report.exponent_exhibit import exponent_exhibit
from spectra.report.figure_tables import exponent_rows, gap_rows
from spectra.report.gap_exhibit import gap_exhibit
from spectra.report.gap_figure import drawable_gaps
from spectra.report.growth_exhibit import growth_exhibit
from spectra.report.kernel_exhibit import kernel_exhibit
from spectra.report.noise_exhibit import noise_exhibit
from spectra.report.part_exhibit import part_exhibit
from spectra.report.phase_exhibit import phase_exhibit
from spectra.report.rate_exhibit import rate_exhibit
from spectra.report.regret_exhibit import regret_exhibit
from spectra.report.size_gap_exhibit import size_gap_exhibit
from spectra.report.size_tables import size_gap_rows
from spectra.report.spectrum_tables import density_rows, kernel_rows, part_rows, spectra_measured
from spectra.report.study import Study
from spectra.report.trend_exhibit import trend_exhibit
from spectra.verdicts.quantity_limits import known_limit


def exhibits(study: Study) -> list[Exhibit]:
    """What a report shows: judged quantities, spectra, comparisons, learning rates, the loss and how fast it falls.

    Args:
        study: What to show. The gap over noise, the scatter and the growth of the headline alone are shown; of a
            quantity that was fitted in no case only its course; spectra where they were measured at the judged rates;
            of learning rates nothing where transfer was asked of no case; and no exponents where none is determined.
            What the first answer to the title rests on comes first. A figure without a value is not shown.
    """
    transfers = [rate_exhibit(study), phase_exhibit(study), regret_exhibit(study)] if study.transfers() else []
    shown = {
        "collapse": [collapse_exhibit(study)] if study.collapses() else [],
        "consistency": [each for quantity in study.question.quantities for each in _judged(study, *quantity)],
        "spectra": _spectra(study),
        "comparison": comparison_exhibits(study.comparisons),
        "transfer": transfers,
        "loss": [] if ("loss", 0) in study.question.quantities else [course_exhibit(study, "loss", 0)],
        "exponents": [] if exponent_rows(study).empty else [exponent_exhibit(study)],
    }
    first = next((kind for kind in study.question.asks if shown.get(kind)), "collapse")
    ordered = [*shown.pop(first), *(each for group in shown.values() for each in group)]
    return [exhibit for exhibit in ordered if not exhibit.blank]


def _judged(study: Study, quantity: str, index: int) -> list[Exhibit]:
    """What is shown of one judged quantity."""
    shown = [course_exhibit(study, quantity, index)]
    if not study.trends((quantity, index)):
        return shown
    shown.append(trend_exhibit(study, quantity, index))
    if known_limit(quantity) is None and not drawable_gaps(gap_rows(study, (quantity, index))).empty:
        shown.append(gap_exhibit(study, quantity, index))
    if (quantity, index) != study.question.headline:
        return shown
    if not size_gap_rows(study, (quantity, index)).empty:
        shown.append(size_gap_exhibit(study, quantity, index))
    return [*shown, noise_exhibit(study, quantity, index), growth_exhibit(study, quantity, index)]


def _spectra(study: Study) -> list[Exhibit]:
    """What is shown of whole spectra, as far as they were measured."""
    if study.table.empty:
        return []
    shown = [eigenvalue_exhibit(study, quantity) for quantity in spectra_measured(study)]
    for tabulated, exhibit in (
        (part_rows, part_exhibit), (density_rows, density_exhibit), (kernel_rows, kernel_exhibit)
    ):  # fmt: skip
        rows = tabulated(study)
        if not rows.empty:
            shown.append(exhibit(study, rows))
    return shown
