"""The single runs behind the means of a course."""

from pandas import DataFrame

from spectra.report.figure_tables import drawable_rows
from spectra.report.study import Study


def seed_rows(study: Study, quantity: str, index: int = 0) -> DataFrame:
    """What every run that did not diverge does along training at the judged rates.

    Returns:
        Columns case, the scale, step, seed, run, value: those that `course_rows` takes the means of. Empty where no
        mean is over more than one run.
    """
    rows = drawable_rows(study, quantity, index)
    rows = rows[~rows["run"].isin(study.diverged())]
    keys = ["case", study.scale, "step"]
    if not rows.duplicated(keys).any():
        return DataFrame()
    columns = [*keys, "seed", "run", "value"]
    return DataFrame(rows[columns]).sort_values(["case", study.scale, "seed", "run", "step"], ignore_index=True)
