"""What a curve of a saved table is called."""

from spectra.fitting.saved.column_guess import Columns, run_of
from spectra.fitting.saved.points import Gathered, Key
from spectra.fitting.saved.run_folder import Saved


def curve_name(run: Saved, columns: Columns, some: Gathered, key: Key) -> str:
    """Name of the run, with what tells its curves apart."""
    column, label = key
    several = len({other for _, other in some.curves}) > 1
    parts = (run.name, label if several else "", run_of(column) if len(columns.y) > 1 else "")
    return " ".join(filter(None, parts)) or run.path.stem
