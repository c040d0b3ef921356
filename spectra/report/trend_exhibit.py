"""How much a quantity changes when the size doubles: the figure of the verdict and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import chosen_steps, file_name, trend_rows
from spectra.report.sheet import Sheet
from spectra.report.size_powers import LEVEL, power_words, size_powers
from spectra.report.study import Study
from spectra.report.ticks import by_factors
from spectra.report.titles import column_title, entry_title
from spectra.report.trend_figure import trends
from spectra.report.verdicts import plain
from spectra.report.words import between, counted, listing, number, percent, signed, span


def trend_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """Slope of the logarithm of a quantity over the logarithm of the size, at every checkpoint."""
    named, name = entry_title(quantity, index), file_name(study, "trend", quantity, index)
    rows = trend_rows(study, (quantity, index))
    return Exhibit(
        name=name,
        heading=f"How much the {named} changes when the {column_title(study.scale)} doubles",
        draw=partial(trends, rows, scale=study.scale),
        sentences=_caption(study, quantity, index),
        told=[
            f"{case}: {plain(fit.sentence, study, quantity)}" for case, fit in study.trends((quantity, index)).items()
        ],
        sheets=[_sheet(study, rows, quantity, index)],
        tables={name: rows},
        charts=[
            Chart(
                name, "step", "slope", log="x" * (len(rows) > 0 and by_factors(rows["step"])),
                levels=_margins(study, quantity, index), y_title="change per doubling (log units)",
                note="The band is the pointwise interval over seeds.",
            )
        ],
    )  # fmt: skip


def _margins(study: Study, quantity: str, index: int) -> list[Level]:
    return [
        Level(sign * fit.bound, f"margin {signed(sign * fit.bound)}", panel=title)
        for title, fit in study.trends((quantity, index)).items()
        for sign in (-1, 1)
    ]


def _caption(study: Study, quantity: str, index: int) -> list[str]:
    named, scale, fits = entry_title(quantity, index), column_title(study.scale), study.trends((quantity, index))
    start = f"Slope b of the logarithm of the {named} over log₂({scale}) at every checkpoint"
    if not fits:
        return [f"{start}; nothing could be fitted."]
    fit = next(iter(fits.values()))
    bounds = sorted({each.bound for each in fits.values()})
    pointwise, band = (number(100 * each.level) for each in (fit.fade_interval, fit.mean_slope_interval))
    left_out = sum(len(each.excluded) for each in fits.values())
    seeds = between((len(each.seeds) for each in fits.values()), "seed")
    return [
        f"{start}, over {scale} {listing([number(size, 6) for size in study.sizes])} and {seeds};",
        f"b = 0 means no dependence on {scale}, and the right axis shows exp(b) − 1, the relative change per doubling.",
        f"Bars: pointwise {pointwise} % intervals over seeds. Consistent means that every bar lies within the green",
        f"margin of {' or '.join(f'±{number(each, 2)}' for each in bounds)} and that no two sizes differ by more than",
        f"{percent(fit.total_margin)[1:]}.",
        f"A change of ±{number(fit.margin, 2)} at every doubling would add up to more than that over all sizes, hence "
        "the smaller margin." if bounds[0] < fit.margin else "",
        f"Grey: {band} % band that holds for all checkpoints at once. Inconsistent means that it, or the mean over the",
        "checkpoints, lies beyond the margin.",
        f"Not part of the trend: {counted(left_out, 'run')}; the reasons stand below." if left_out else "",
    ]  # fmt: skip


def _sheet(study: Study, rows: DataFrame, quantity: str, index: int) -> Sheet:
    powers, chosen = _powers(study, quantity, index), set(chosen_steps(rows))
    told = [
        (row["case"], str(row["step"]), signed(row["slope"]), span(row["low"], row["high"]),
         span(row["band_low"], row["band_high"]), powers.get((row["case"], row["step"]), "–"),
         number(row["lack_of_fit"], 2))
        for row in rows.to_dict("records")
        if row["step"] in chosen
    ]  # fmt: skip
    scale = column_title(study.scale)
    return Sheet(
        f"Change of log {entry_title(quantity, index)} per doubling of {scale}; the same as a power of the {scale}, "
        f"slope / ln 2 with its {number(100 * LEVEL)} % interval; lack of fit is the p value of a departure from a "
        "straight line.",
        ("case", "step", "slope", "pointwise interval", "band for all steps", f"power of {scale}", "lack of fit"),
        tuple(told),
    )


def _powers(study: Study, quantity: str, index: int) -> dict[tuple[str, int], str]:
    """The exponent of every case and step in words."""
    return {
        (case, int(step)): power_words(*numbers)
        for case, fit in study.trends((quantity, index)).items()
        for step, *numbers in size_powers(fit).itertuples(index=False, name=None)
    }
