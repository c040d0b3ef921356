"""The figures of a report in the order of the argument."""

from spectra.report.collapse_exhibit import collapse_exhibit
from spectra.report.course_exhibit import course_exhibit
from spectra.report.exhibit import Exhibit
from spectra.report.exponent_exhibit import exponent_exhibit
from spectra.report.figure_tables import exponent_rows
from spectra.report.gap_exhibit import gap_exhibit
from spectra.report.growth_exhibit import growth_exhibit
from spectra.report.noise_exhibit import noise_exhibit
from spectra.report.rate_exhibit import rate_exhibit
from spectra.report.regret_exhibit import regret_exhibit
from spectra.report.study import Study
from spectra.report.trend_exhibit import trend_exhibit


def exhibits(study: Study) -> list[Exhibit]:
    """What a report shows: every judged quantity, then the learning rates, then the loss and how fast it falls.

    Args:
        study: What to show. The scatter and the growth of the headline alone are shown; of a quantity that was fitted
            in no case only its course; of learning rates nothing where transfer was asked of no case; and no exponents
            where none is determined.
    """
    shown = []
    if study.collapses():
        shown.append(collapse_exhibit(study))
    for quantity, index in study.question.quantities:
        shown.append(course_exhibit(study, quantity, index))
        if not study.trends((quantity, index)):
            continue
        shown += [trend_exhibit(study, quantity, index), gap_exhibit(study, quantity, index)]
        if (quantity, index) == study.question.headline:
            shown += [noise_exhibit(study, quantity, index), growth_exhibit(study, quantity, index)]
    if study.transfers():
        shown += [rate_exhibit(study), regret_exhibit(study)]
    if ("loss", 0) not in study.question.quantities:
        shown.append(course_exhibit(study, "loss", 0))
    return shown if exponent_rows(study).empty else [*shown, exponent_exhibit(study)]
