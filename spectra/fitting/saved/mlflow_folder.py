"""Which files of a folder are the metrics of an MLflow run, in whatever part of a run folder they were copied."""

from collections.abc import Sequence
from pathlib import Path

from spectra.fitting.saved.mlflow_metrics import is_mlflow_metric

METRICS = "metrics"
# Longest beginning of a line that is looked at; a timestamp, a value and a step take 50 letters.
LINE = 200


def metric_files(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """The metrics that a folder holds, by name; empty if there are none.

    A folder "metrics" beside "meta.yaml" holds nothing else. In a copy without that file those files count whose first
    line is that of a metric, and a folder of any name is one of metrics if such a file lies in it. Folders below make
    the slashes in the names.

    Args:
        folder: The folder.
        names: Of those of its files that may be metrics.
    """
    whole = folder.name == METRICS and (folder.parent / "meta.yaml").is_file()
    if folder.name != METRICS and not any(_is_metric(folder / name) for name in names):
        return {}
    inside = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    own = [path for path in inside if METRICS not in path.parts[:-1]]
    return {path.as_posix(): folder / path for path in own if whole or _is_metric(folder / path)}


def run_name(folder: Path) -> str:
    """The name that MLflow gave to the run of a folder of metrics; empty where none is saved."""
    tag = folder.parent / "tags" / "mlflow.runName"
    try:
        return tag.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""  # runs of early versions have no name, and copies no tags


def _is_metric(path: Path) -> bool:
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as file:
            return is_mlflow_metric(file.readline(LINE).decode("utf-8", errors="replace"))
    except OSError:
        return False
