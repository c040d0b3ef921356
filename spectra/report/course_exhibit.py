"""How a quantity goes along training: the figure and its words."""

from functools import partial

import numpy as np
from pandas import DataFrame

from spectra.report.chart import Chart, Level
from spectra.report.course_figure import REACH, courses
from spectra.report.definitions import definition
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import chosen_steps, course_rows, file_name, undrawable
from spectra.report.groups import groups
from spectra.report.seed_tables import seed_rows
from spectra.report.sheet import Sheet
from spectra.report.stability_limits import limits_of
from spectra.report.study import Study
from spectra.report.ticks import by_factors
from spectra.report.titles import column_title, entry_title
from spectra.report.words import between, counted, listing, number
from spectra.verdicts.verdict import capital

MEANS = "Lines are geometric means over seeds, bands one standard deviation of the logarithm to either side."


def course_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """A quantity against step at the judged rates."""
    rows, name = course_rows(study, quantity, index), file_name(study, "", quantity, index)
    seeds = seed_rows(study, quantity, index)
    return Exhibit(
        name=name,
        heading=f"{capital(entry_title(quantity, index))} along training",
        draw=partial(courses, rows, scale=study.scale, sizes=study.sizes),
        sentences=_caption(study, rows, quantity, index),
        told=_told(study, rows),
        sheets=[_sheet(study, rows, entry_title(quantity, index))],
        tables={name: rows, **({f"{name}-seeds": seeds} if len(seeds) else {})},
        charts=[Chart(
            name, "step", "value", [study.scale], log=f"{'x' * by_factors(rows['step'])}y", sizes=study.sizes,
            single="run", seeds=f"{name}-seeds" if len(seeds) else "", levels=limit_levels(rows),
            y_title=entry_title(quantity, index), note=f"{_note(rows)} At {_rates(study)}.",
        )],
    )  # fmt: skip


def _note(rows: DataFrame) -> str:
    return f"{MEANS} Dotted: runs that diverged." if len(rows) and (rows["run"] != "").any() else MEANS


def limit_levels(rows: DataFrame) -> list[Level]:
    """The limit of stability of every case, from the column of a table that has it; none where it is not known."""
    if rows.empty:
        return []
    known = rows.drop_duplicates("case").dropna(subset="limit")
    limits = zip(known["case"], known["limit"].astype(float), strict=True)
    return [Level(limit, f"stability limit {number(limit)}", panel=str(case)) for case, limit in limits]


def _caption(study: Study, rows: DataFrame, quantity: str, index: int) -> list[str]:
    seeds = rows[rows["run"] == ""].groupby(["case", study.scale])["seeds"].max().astype(int).tolist()
    hidden = undrawable(study, quantity, index)
    gone = rows.loc[rows["run"] != "", "run"].nunique()
    band = (
        f"band: one standard deviation of its logarithm over {between(seeds, 'seed')}."
        if max(seeds, default=0) > 1
        else "one seed, hence no band."
    )
    limits = sorted(set(limits_of(study, quantity, index).values()))
    return [
        f"{capital(entry_title(quantity, index))} against the number of updates at {_rates(study)}, one line per "
        f"{column_title(study.scale)}.",
        definition(quantity, study.table),
        f"With all data in a batch, the optimizer of these runs is stable on a quadratic up to "
        f"{listing([number(limit) for limit in limits])}, dashed." if limits else "",
        f"Line: geometric mean over seeds; {band}" if seeds else "",
        f"Left out, because a logarithmic axis cannot hold them: {counted(hidden, 'value')} not positive or not finite."
        if hidden else "",
        f"Crosses, with dotted lines to them where there are values before: {counted(gone, 'diverged run')}, not part "
        "of the means." if gone else "",
        f"Bands that reach farther than a factor of {number(REACH)} from all lines are cut." if _cut(rows) else "",
    ]  # fmt: skip


def _rates(study: Study) -> str:
    rates = sorted({case.rate for case in study.cases if np.isfinite(case.rate)})
    return f"the base learning rate {number(rates[0])}" if len(rates) == 1 else "the judged learning rate of each panel"


def _cut(rows: DataFrame) -> bool:
    """Whether a band leaves the axis."""
    ends = rows["value"].min() / REACH, rows["value"].max() * REACH
    return bool((rows["low"] < ends[0]).any() or (rows["high"] > ends[1]).any())


def _told(study: Study, rows: DataFrame) -> list[str]:
    sentences = []
    for (case,), here in groups(rows[rows["run"] == ""], "case"):
        ends = [
            f"{number(size, 6)}: {number(one['value'].iloc[0])} to {number(one['value'].iloc[-1])}"
            for (size,), one in groups(here, study.scale)
        ]
        where = f"{case}, from step {here['step'].min()} to step {here['step'].max()} by {column_title(study.scale)}"
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
    heads = ("case", column_title(study.scale), *(f"step {step}" for step in chosen))
    return Sheet(f"{capital(named)}, geometric mean over seeds.", heads, tuple(told))
