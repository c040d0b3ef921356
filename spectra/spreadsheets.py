"""CSV files that stay data: a cell with a user's text never becomes a spreadsheet's formula."""

import re
from pathlib import Path

from pandas import DataFrame

from spectra.plain_text import clean

# Signs with which a spreadsheet starts a formula, or skips to reach one (OWASP, CSV injection). One that parts cells by
# semicolons or tabs, as is usual where numbers have commas, starts a cell after each of these and after a line.
_FORMULA = re.compile(r"^(?=[=+\-@\t\n＝＋－＠])|(?<=[;\t\n])(?=[=+\-@＝＋－＠])")


def guarded(table: DataFrame) -> DataFrame:
    """The table with an apostrophe in every text, of cells or column names, before what could start a formula.

    Numbers stay numbers, negative ones too: only text cells are looked at.
    """
    # By position, because column names may repeat once they are text of a user.
    columns = [
        table.iloc[:, place].map(_guarded_cell)
        if table.dtypes.iloc[place].kind not in "biufc"
        else table.iloc[:, place]
        for place in range(table.shape[1])
    ]
    safe = DataFrame(dict(enumerate(columns)), index=table.index)
    safe.columns = [_guarded_cell(name) for name in table.columns]
    return safe


def write_csv(table: DataFrame, path: Path, *, digits: int | None = 7) -> Path:
    """Write a guarded table with Unix line ends, UTF-8.

    Args:
        table: What is written, without its index.
        path: Where to.
        digits: Of numbers; None: all. Seven are far beyond what was measured.
    """
    form = None if digits is None else f"%.{digits}g"
    text = guarded(table).to_csv(index=False, lineterminator="\n", float_format=form)
    path.write_bytes(text.encode("utf-8"))
    return path


def guarded_text(text: str) -> str:
    """The text with an apostrophe before what could start a formula, and without signs that no file can hold."""
    # Cleaned first: the csv module leaves a lone carriage return unquoted, and a reader would see a new row.
    return _FORMULA.sub("'", clean(text))


def _guarded_cell(cell: object) -> object:
    return guarded_text(cell) if isinstance(cell, str) else cell
