"""How a text table is cut into cells: its separator and the names of its columns."""

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from spectra.fitting.saved.cells import number_of
from spectra.fitting.saved.text_blocks import TextBlock, text_blocks

# Columns of the widest table that is read; a layer has a few, and a network some thousand layers.
MOST_COLUMNS = 100_000
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", " ": "spaces"}


@dataclass(frozen=True)
class CsvLayout:
    """Separator and header of a text table."""

    path: Path
    separator: str
    names: tuple[str, ...]
    header_line: int  # number of the line that names the columns; 0 if none does
    notes: tuple[str, ...]

    def cells(self, block: TextBlock) -> list[tuple[int, list[str]]]:
        """Every row of a block with the number of its last line."""
        lines = StringIO(block.text, newline="")
        stripped = lines if self.separator != " " else (line.strip() + "\n" for line in lines)
        reader = csv.reader(stripped, delimiter=self.separator, strict=True, skipinitialspace=self.separator == " ")
        before = block.first_line - 1
        try:
            return [(before + reader.line_num, row) for row in reader]
        except csv.Error as error:
            raise ValueError(
                f"{self.path}, line {before + reader.line_num}: {error}; check the quotation marks there"
            ) from None


def csv_layout(path: Path) -> CsvLayout:
    """The layout that the first line with anything in it shows.

    Raises:
        ValueError: If the file is empty, its first line cannot be cut, or it has more than 100,000 columns.
    """
    number, line = _first_line(path)
    separator = _separator(line)
    if (count := line.count(separator)) >= MOST_COLUMNS:
        raise ValueError(
            f"{path}, line {number} has {count + 1} cells, and a table at most {MOST_COLUMNS} columns; is it another "
            "kind of file?"
        )
    bare = CsvLayout(path, separator, (), 0, ())
    header = TextBlock(number, line.lstrip("# "), last=False)  # numpy begins header lines with a hash
    names = tuple(name.strip() for name in bare.cells(header)[0][1])
    notes = [] if separator == "," else [f"The columns of {path.name} are separated by {SEPARATORS[separator]}."]
    if all(not np.isnan(number_of(name)) for name in names):
        names = tuple(f"column {place}" for place in range(1, len(names) + 1))
        notes.append(f"{path.name} has no header line; its columns are called {', '.join(map(repr, names[:3]))} ...")
        number = 0
    return CsvLayout(path, separator, names, number, tuple(notes))


def _first_line(path: Path) -> tuple[int, str]:
    for block in text_blocks(path, quotes=True):
        for number, line in enumerate(StringIO(block.text, newline=""), start=block.first_line):
            if line.strip("# \t\r\n"):
                return number, line
    raise ValueError(f"{path} is empty; a curve needs a header line and rows of numbers")


def _separator(line: str) -> str:
    """The sign that a header line holds most often; a space only where there is no other."""
    signs = [sign for sign in SEPARATORS if sign in line.strip() and sign != " "]
    if signs:
        return max(signs, key=line.count)
    return " " if " " in line.strip() else ","
