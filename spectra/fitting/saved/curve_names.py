"""What the curves of a saved table are called."""

from collections.abc import Collection

from spectra.fitting.saved.column_guess import Columns, run_of
from spectra.fitting.saved.points import Key
from spectra.fitting.saved.run_folder import Saved
from spectra.plain_text import printable


def curve_names(run: Saved, columns: Columns, keys: Collection[Key]) -> dict[Key, str]:
    """Names by column and group: that of the run, with what tells its curves apart."""
    several = len({label for _, label in keys}) > 1
    return {
        (column, label): printable(
            " ".join(filter(None, (run.name, label if several else "", run_of(column) if len(columns.y) > 1 else "")))
            or run.path.stem
        )
        for column, label in keys
    }
