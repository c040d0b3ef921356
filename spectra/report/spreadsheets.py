"""CSV files that stay data: a cell with a user's text never becomes a spreadsheet's formula."""

from pathlib import Path

from pandas import DataFrame

from spectra.report.words import clean

# Signs with which a spreadsheet starts a formula, or skips to reach one (OWASP, CSV injection).
_STARTS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def guarded(table: DataFrame) -> DataFrame:
    """The table with an apostrophe before every text, in cells or column names, that could start a formula.

    Numbers stay numbers, negative ones too: only text cells are looked at.
    """
    # By position, because column names may repeat once they are text of a user.
    columns = [
        table.iloc[:, place].map(_guard) if table.dtypes.iloc[place].kind not in "biufc" else table.iloc[:, place]
        for place in range(table.shape[1])
    ]
    safe = DataFrame(dict(enumerate(columns)), index=table.index)
    safe.columns = [_guard(name) for name in table.columns]
    return safe


def write_csv(table: DataFrame, path: Path) -> Path:
    """Write a guarded table with numbers of seven digits, far beyond what was measured, Unix line ends, UTF-8."""
    text = guarded(table).to_csv(index=False, lineterminator="\n", float_format="%.7g")
    path.write_bytes(text.encode("utf-8"))
    return path


def _guard(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    # Cleaned first: the csv module leaves a lone carriage return unquoted, and a reader would see a new row.
    text = clean(cell)
    return f"'{text}" if text.startswith(_STARTS) else text
