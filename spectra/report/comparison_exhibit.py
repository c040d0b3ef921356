"""What differs between runs that agree in everything else: the figure and its words."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from spectra.report.chart import Chart
from spectra.report.comparison_cards import question
from spectra.report.comparison_figure import MOST, axis_of, compared, drawable, panel_titles
from spectra.report.comparison_names import listed, plain_sentence, quantity_name, row_titles, value_title
from spectra.report.exhibit import Exhibit
from spectra.report.sheet import Sheet
from spectra.report.words import between, clean, number
from spectra.verdicts.paired_comparison import PairedComparison
from spectra.verdicts.verdict import capital

ROWS = 60  # of a table on a page
TOLD = 12  # sentences for a reader who cannot see the figure


def comparison_exhibits(found: Sequence[PairedComparison]) -> list[Exhibit]:
    """A figure with its table for every comparison."""
    return [_exhibit(comparison, place) for place, comparison in enumerate(found, 1)]


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
            name: comparison.means,
            f"{name}-changes": comparison.rows.drop(columns="sentence"),
            **({} if comparison.excluded.empty else {f"{name}-excluded": comparison.excluded}),
        },
        chart=_chart(comparison, name),
    )


def _chart(comparison: PairedComparison, name: str) -> Chart | None:
    axis = axis_of(comparison)
    if axis is None:
        return None
    others = [setting for setting in comparison.settings if setting != axis]
    log = "y" if comparison.pairing.form == "ratio" else ""
    return Chart(name, axis, "mean", ["compared"], others, log=log, y_title=quantity_name(comparison))


def _caption(comparison: PairedComparison) -> list[str]:
    pairing, axis = comparison.pairing, axis_of(comparison)
    named = " ".join(filter(None, [quantity_name(comparison), pairing.when]))
    against = f" against {clean(axis).replace('_', ' ')}" if axis else ""
    mean, of = ("geometric mean", " of the logarithm") if pairing.form == "ratio" else ("mean", "")
    seeds = between(comparison.means["seeds"].astype(int).tolist())
    reference, level = value_title(comparison, comparison.values[0]), number(100 * pairing.level)
    drawn = drawable(comparison.means, comparison)
    hidden = max(0, len(set(panel_titles(drawn, comparison))) - MOST)
    return [
        f"Above: {named}{against}, {mean} over {seeds} seeds with one standard deviation{of} to either side.",
        f"Below: {pairing.form} to {reference} between runs that agree in everything else, the seed included, with its",
        f"{level} % interval; dotted: no difference.",
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
    if len(told) > ROWS:
        told = [*told[:ROWS], (f"and {len(told) - ROWS} more, in comparisons.csv", *[""] * 7)]
    form, level = comparison.pairing.form, number(100 * comparison.pairing.level)
    reference = value_title(comparison, comparison.values[0])
    return Sheet(
        f"{capital(quantity_name(comparison))} compared seed by seed: {form}s to {reference} with {level} % "
        "intervals. Means are over the seeds that have a pair.",
        ("case", "compared", reference, "mean", form, "interval", "pairs", "answer"),
        tuple(told),
    )


def _cells(comparison: PairedComparison, title: str, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    means = (number(row[name]) for name in ("reference_mean", "mean", "change"))
    pairs = f"{row['pairs']} of {row['pairs'] + row['unpaired']}" if row["unpaired"] else str(row["pairs"])
    ends = f"{number(row['low'])} to {number(row['high'])}"
    return title, value_title(comparison, row["compared"]), *means, ends, pairs, str(row["word"])
