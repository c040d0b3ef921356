"""How a quantity goes along training: the figure and its words."""

from functools import partial

import numpy as np
from pandas import DataFrame

from spectra.report.chart import Chart, Level
from spectra.report.course_figure import course, limits_of
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import chosen_steps, course_rows, file_name, undrawable
from spectra.report.groups import groups
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.words import between, clean, counted, entry_title, listing, number

DEFINITIONS = {
    "effective_sharpness": "Effective sharpness is the largest eigenvalue of the Hessian of the training loss, "
    "preconditioned with the learning rate of every parameter; it has no unit.",
    "sharpness": "Sharpness is the largest eigenvalue of the Hessian of the training loss, in nats per squared weight.",
    "loss": "The loss is the mean over a fixed set of training examples, in nats for cross-entropy.",
}


def course_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """A quantity against step at the judged rates."""
    rows, name = course_rows(study, quantity, index), file_name(study, "", quantity, index)
    return Exhibit(
        name=name,
        heading=f"{entry_title(quantity, index).capitalize()} along training",
        draw=partial(course, study, quantity, index),
        sentences=_caption(study, rows, quantity, index),
        told=_told(study, rows),
        sheets=[_sheet(study, rows, entry_title(quantity, index))],
        tables={name: rows},
        chart=Chart(
            name, "step", "value", [study.scale], log="y", sizes=study.sizes, single="run",
            levels=_levels(study, quantity, index), y_title=entry_title(quantity, index),
        ),
    )  # fmt: skip


def _levels(study: Study, quantity: str, index: int) -> list[Level]:
    limits = limits_of(study, quantity, index)
    return [Level(limit, f"stability limit {number(limit)}", panel=title) for title, limit in limits.items()]


def _caption(study: Study, rows: DataFrame, quantity: str, index: int) -> list[str]:
    seeds = rows[rows["run"] == ""].groupby(["case", study.scale])["seeds"].max().astype(int).tolist()
    hidden = undrawable(study, quantity, index)
    gone = rows.loc[rows["run"] != "", "run"].nunique()
    rates = sorted({case.rate for case in study.cases if np.isfinite(case.rate)})
    at = f"the base learning rate {number(rates[0])}" if len(rates) == 1 else "the judged learning rate of each panel"
    band = (
        f"band: one standard deviation of its logarithm over {between(seeds)} seeds."
        if max(seeds, default=0) > 1
        else "one seed, hence no band."
    )
    limits = sorted(set(limits_of(study, quantity, index).values()))
    return [
        f"{entry_title(quantity, index).capitalize()} against the number of updates at {at}, one line per "
        f"{clean(study.scale)}.",
        DEFINITIONS.get(quantity, ""),
        f"With all data in a batch, the optimizer of these runs is stable on a quadratic up to "
        f"{listing([number(limit) for limit in limits])}, dashed." if limits else "",
        f"Line: geometric mean over seeds; {band}" if seeds else "",
        f"Left out, because a logarithmic axis cannot hold them: {counted(hidden, 'value')} not positive or not finite."
        if hidden else "",
        f"Dotted lines that end in a cross: {counted(gone, 'diverged run')}, not part of the means." if gone else "",
    ]  # fmt: skip


def _told(study: Study, rows: DataFrame) -> list[str]:
    sentences = []
    for (case,), here in groups(rows[rows["run"] == ""], "case"):
        ends = [
            f"{number(size, 6)}: {number(one['value'].iloc[0])} to {number(one['value'].iloc[-1])}"
            for (size,), one in groups(here, study.scale)
        ]
        where = f"{case}, from step {here['step'].min()} to step {here['step'].max()} by {clean(study.scale)}"
        sentences.append(f"{where}: {'; '.join(ends)}.")
    return sentences


def _sheet(study: Study, rows: DataFrame, named: str) -> Sheet:
    means = rows[rows["run"] == ""]
    chosen = chosen_steps(means)
    told = [
        (case.title, number(size, 6), *(number(values.get(step, np.nan)) for step in chosen))
        for case in study.cases
        for (size,), one in groups(means[means["case"] == case.title], study.scale)
        for values in [one.set_index("step")["value"]]
    ]
    heads = ("case", clean(study.scale), *(f"step {step}" for step in chosen))
    return Sheet(f"{named.capitalize()}, geometric mean over seeds.", heads, tuple(told))
