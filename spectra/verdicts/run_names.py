"""That every run of a long table has a name of its own."""

from collections.abc import Sequence

import pandas as pd


def require_own_names(table: pd.DataFrame, settings: Sequence[str]) -> None:
    """Raise ValueError if a run has several values of a setting, so that several runs bear one name.

    Args:
        table: Long table with the column run.
        settings: Columns that a run has one value of.
    """
    for name in settings:
        values = table[["run", name]].drop_duplicates()
        twice = values[values["run"].duplicated()]
        if len(twice):
            raise ValueError(
                f"run {twice['run'].iloc[0]!r} has several values of {name}, so names of runs are not unique; give "
                "every training a name of its own, for example its settings and its seed"
            )
