"""What differs between runs that agree in everything else: the figure and its words."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from pandas import DataFrame, concat

from spectra.plain_text import clean
from spectra.report.cells import extent, share
from spectra.report.chart import Chart, Level
from spectra.report.comparison_cards import question
from spectra.report.comparison_figure import MOST, axis_of, by_factors, compared, drawable, panel_titles
from spectra.report.comparison_names import listed, plain_sentence, quantity_name, row_titles, value_title
from spectra.report.exhibit import Exhibit
from spectra.report.sheet import Sheet
from spectra.report.titles import column_title
from spectra.report.words import between, number, whole
from spectra.verdicts.paired_comparison import PairedComparison
from spectra.verdicts.verdict import capital

ROWS = 60  # of a table on a page
TOLD = 12  # sentences for a reader who cannot see the figure


def comparison_exhibits(found: Sequence[PairedComparison]) -> list[Exhibit]:
    """A figure with its table for every comparison that has a value."""
    shown = [_exhibit(comparison, place) for place, comparison in enumerate(found, 1)]
    return [exhibit for exhibit in shown if len(exhibit.tables[exhibit.name])]


def _exhibit(comparison: PairedComparison, place: int) -> Exhibit:
    name = f"comparison-{place}"
    titles = [value_title(comparison, value) for value in comparison.values]
    when = comparison.pairing.when
    return Exhibit(
        name=name,
        heading=f"{capital(' '.join(filter(None, [quantity_name(comparison), when])))}: {listed(titles)}",
        draw=partial(compared, comparison),
        sentences=_caption(comparison),
        told=[question(comparison), *_told(comparison)],
        sheets=[_sheet(comparison)],
        tables={
            **_tables(comparison, name),
            **({} if comparison.excluded.empty else {f"{name}-excluded": comparison.excluded}),
        },
        charts=_charts(comparison, name),
    )


def _tables(comparison: PairedComparison, name: str) -> dict[str, DataFrame]:
    """Means and changes, with the title of the panel that each row stands in."""
    means, rows = comparison.means, comparison.rows.drop(columns="sentence")
    cases = panel_titles(concat([means, rows]), comparison)
    tables = {name: means.copy(), f"{name}-changes": rows}
    tables[name].insert(0, "case", cases[: len(means)])
    rows.insert(0, "case", cases[len(means) :])
    return tables


def _charts(comparison: PairedComparison, name: str) -> list[Chart]:
    """Means, and below them ratios or differences, as in the drawing; none without a number to draw them against."""
    axis = axis_of(comparison)
    if axis is None:
        return []
    places = sorted(drawable(comparison.means, comparison)[axis].astype(float).unique())
    pairing, names = comparison.pairing, {value: value_title(comparison, value) for value in comparison.values}
    ratio, reference, spread = pairing.form == "ratio", names[comparison.values[0]], number(100 * pairing.level)
    log = f"{'x' * by_factors(places)}{'y' * ratio}"
    return [
        Chart(
            name, axis, "mean", ["compared"], log=log, names=names, y_title=quantity_name(comparison),
            note=f"{'Geometric means' if ratio else 'Means'} over seeds with {_spread(comparison)}",
        ),
        Chart(
            f"{name}-changes", axis, "change", ["compared"], log=log, names=names,
            levels=[Level(1.0 if ratio else 0.0, "no difference")], y_title=f"{pairing.form} to {reference}",
            note=f"Bands are {spread} % intervals over pairs of runs.",
        ),
    ]  # fmt: skip


def _spread(comparison: PairedComparison, of: str = "") -> str:
    """What lies around a mean, and where that ends at zero because no run lies below."""
    means = comparison.means
    cut = bool(((means["low"] == 0) & (means["mean"] > 0)).any())
    end = ", cut at zero, below which no run lies" if cut else ""
    return f"one standard deviation{of} to either side{end}."


def _caption(comparison: PairedComparison) -> list[str]:
    pairing, axis = comparison.pairing, axis_of(comparison)
    named = " ".join(filter(None, [quantity_name(comparison), pairing.when]))
    against = f" against {column_title(axis)}" if axis else ""
    mean, of = ("geometric mean", " of the logarithm") if pairing.form == "ratio" else ("mean", "")
    seeds = between(comparison.means["seeds"].astype(int).tolist(), "seed")
    reference, level = value_title(comparison, comparison.values[0]), number(100 * pairing.level)
    drawn = drawable(comparison.means, comparison)
    hidden = max(0, len(set(panel_titles(drawn, comparison))) - MOST)
    return [
        f"Above: {named}{against}, {mean} over {seeds} with {_spread(comparison, of)}",
        f"Below: {pairing.form} to {reference} between runs that agree in everything else, the seed included, with its",
        f"{level} % interval; dashed: no difference.",
        f"{hidden} further panels are not drawn; comparisons.csv has their numbers." if hidden else "",
        f"Runs without {clean(axis)} stand in the table only." if axis and len(drawn) < len(comparison.means) else "",
    ]


def _told(comparison: PairedComparison) -> list[str]:
    titles, rows = row_titles(comparison.rows, comparison.settings), comparison.rows.to_dict("records")
    sentences = [plain_sentence(comparison, row) for row in rows]
    if len(set(titles)) == 1:
        return sentences
    return [f"{title}: {sentence}" for title, sentence in zip(titles[:TOLD], sentences, strict=False)]


def _sheet(comparison: PairedComparison) -> Sheet:
    titles, rows = row_titles(comparison.rows, comparison.settings), comparison.rows.to_dict("records")
    told = [_cells(comparison, title, row) for title, row in zip(titles, rows, strict=True)]
    more = [(f"and {len(told) - ROWS} more, in comparisons.csv", *[""] * 7)] if len(told) > ROWS else []
    form, level = comparison.pairing.form, number(100 * comparison.pairing.level)
    reference = value_title(comparison, comparison.values[0])
    return Sheet(
        f"{capital(quantity_name(comparison))} compared seed by seed: {form}s to {reference} with {level} % "
        f"intervals. {'Geometric means' if form == 'ratio' else 'Means'} are over the seeds that have a pair.",
        ("case", "compared", reference, "mean", form, "interval", "pairs", "answer"),
        tuple(told[:ROWS]),
        last=tuple(more),
    )


def _cells(comparison: PairedComparison, title: str, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    means = (number(row[name]) for name in ("reference_mean", "mean", "change"))
    pairs = share(row["pairs"], row["pairs"] + row["unpaired"]) if row["unpaired"] else whole(row["pairs"])
    ends = extent(row["low"], row["high"])
    return title, value_title(comparison, row["compared"]), *means, ends, pairs, str(row["word"])
