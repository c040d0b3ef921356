"""Which reader a file asks for, told from its first bytes rather than from its name."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

from spectra.fitting.saved.columnar import feather_table, parquet_table
from spectra.fitting.saved.csv_table import csv_table
from spectra.fitting.saved.event_files import event_files
from spectra.fitting.saved.json_rows import json_rows
from spectra.fitting.saved.mlflow_metrics import is_mlflow_metric, mlflow_metrics
from spectra.fitting.saved.records import begins_with_a_record
from spectra.fitting.saved.source import Source
from spectra.plain_text import printable

# Bytes that are looked at.
HEAD = 4096
# Letters of a path that a message shows: it may be a text that was taken for one.
LONGEST_PATH = 500


def _events(path: Path) -> Source:
    return event_files(path, [path])


def _metric(path: Path) -> Source:
    return mlflow_metrics(path, {path.name: path})


FORMATS: Mapping[str, Callable[[Path], Source]] = {
    "csv": csv_table,
    "json": json_rows,
    "parquet": parquet_table,
    "feather": feather_table,
    "events": _events,
    "mlflow": _metric,
}
"""Formats of single files. TSV is "csv"; JSON lines and the states of trainers are "json"."""

# First bytes of files that hold no curve or that only their own program may open.
OPAQUE = {
    b"PK\x03\x04": "a zip archive, perhaps a saved model or a spreadsheet",
    b"\x80": "a pickle, which is never opened because it could run code",
    b"\x93NUMPY": "a numpy array without names of columns",
    b"\x1f\x8b": "compressed",
    b"SQLite format 3": "a database of SQLite, perhaps of MLflow, whose runs its own interface downloads as CSV",
    b":W&B": "a log of Weights & Biases, which only wandb can read",
}


def open_source(path: Path, *, format: str | None = None) -> Source:
    """The table in a file.

    Args:
        path: The file.
        format: One of `FORMATS`; None takes the one that the content shows.

    Raises:
        ValueError: If there is no such file or format, or the file cannot be read as one.
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"there is no format {format!r}; known are {', '.join(FORMATS)}")
    try:
        if not path.exists():
            raise missing(path)
        if path.is_dir():
            raise ValueError(f"{path} is a folder; name one of its files")
        if not path.is_file():
            raise ValueError(f"{path} is no file that can be read twice; write it to a file first")
        return FORMATS[format or format_of(path)](path)
    except OSError as error:
        raise unreadable(path, error) from None


def format_of(path: Path) -> str:
    """The name of the format that the first bytes of a file show.

    Raises:
        ValueError: If the file is empty, or of a kind that holds no table.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise ValueError(f"{path} is empty; a curve needs a header line and rows of numbers")
    for beginning, kind in OPAQUE.items():
        if head.startswith(beginning):
            raise ValueError(f"{path} is {kind}; save its numbers as CSV, JSON lines or parquet")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"ARROW1"):
        return "feather"
    if "tfevents" in path.name or begins_with_a_record(head):
        return "events"
    text = head.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return "json"
    return "mlflow" if is_mlflow_metric(text.split("\n")[0]) else "csv"


def missing(path: Path) -> ValueError:
    """The error for a path that leads nowhere, with the nearest name."""
    siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, siblings, n=1)
    hint = f"did you mean {path.parent / near[0]}?" if near else "check the path"
    return ValueError(f"there is no file {path}; {hint}")


def unreadable(path: Path, error: OSError) -> ValueError:
    """The error for a path that the system does not open; of a text that was taken for a path, its beginning."""
    name = str(path)
    shown = printable(name if len(name) <= LONGEST_PATH else f"{name[:60]} ...")
    return ValueError(f"{shown} cannot be read: {error.strerror}; check the path and permissions")
