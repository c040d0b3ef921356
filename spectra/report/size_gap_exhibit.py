"""How far every size is from infinite size, in units of the scatter of seeds: the figure and its words."""

from functools import partial

from pandas import DataFrame

from spectra.report.cells import extent
from spectra.report.chart import Chart, Level
from spectra.report.exhibit import Exhibit
from spectra.report.figure_tables import file_name
from spectra.report.sheet import Sheet
from spectra.report.sign_marks import sign_words
from spectra.report.size_gap_figure import size_gaps
from spectra.report.size_tables import size_gap_rows
from spectra.report.study import Study
from spectra.report.titles import column_title, entry_title
from spectra.report.words import number


def size_gap_exhibit(study: Study, quantity: str, index: int = 0) -> Exhibit:
    """Gap over noise against size, at the first and the last checkpoint."""
    name, rows = file_name(study, "size-gap", quantity, index), size_gap_rows(study, (quantity, index))
    named, scale, level = entry_title(quantity, index), column_title(study.scale), number(100 * study.question.level)
    sheet, several = _sheet(study, rows, quantity, index), bool((rows.groupby("case")["step"].nunique() > 1).any())
    without = [case for case in study.trends((quantity, index)) if case not in set(rows["case"])]
    return Exhibit(
        name=name,
        heading=f"How far every {scale} is from infinite {scale}",
        draw=partial(size_gaps, rows, scale=study.scale, sizes=study.sizes),
        sentences=[
            f"Distance of the logarithm of the {named} from its limit at infinite {scale}, extrapolated from the",
            f"measured sizes, over the standard deviation between seeds, with the {level} % interval of the distance.",
            sign_words(rows, study.scale),
            "Two checkpoints: the first after step 0, and the last." if several else "The last checkpoint.",
            f"Below the dotted line the step to infinite {scale} is smaller than that to another seed.",
            f"Dashed: the fitted power {scale}^−p of the gap; p is the likelier of 1/2 and 1.",
            f"Without a limit, and so not drawn: {'; '.join(without)}." if without else "",
        ],
        told=[
            f"{case}, {scale} {size}, step {step}: {ratio} deviations."
            for case, size, step, _, ratio, *_ in sheet.rows
        ],
        sheets=[sheet],
        tables={name: rows},
        charts=[Chart(
            name, study.scale, "ratio", ["step"], band=("ratio_low", "ratio_high"), log="xy", beside=["model"],
            levels=[Level(1.0, "as much as seeds")], y_title="gap over deviation of seeds",
            note=f"The size alone, as in the figure. Bands are {level} % intervals. Dashed: the fitted power of the "
            f"{scale} at the last checkpoint.",
        )],
    )  # fmt: skip


def _sheet(study: Study, rows: DataFrame, quantity: str, index: int) -> Sheet:
    told = [
        (row["case"], number(row[study.scale], 6), str(int(row["step"])), number(row["gap"]), number(row["ratio"]),
         extent(row["ratio_low"], row["ratio_high"]), number(row["power"]))
        for row in rows.to_dict("records")
    ]  # fmt: skip
    heads = ("case", column_title(study.scale), "step", "gap, log units", "over deviation", "interval", "p")
    return Sheet(f"Gaps of log {entry_title(quantity, index)}, and over the deviation of seeds.", heads, tuple(told))
