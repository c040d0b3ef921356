"""Which files of a folder are which runs."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spectra.fitting.saved.csv_table import csv_table
from spectra.fitting.saved.event_files import event_files
from spectra.fitting.saved.formats import open_source, unreadable
from spectra.fitting.saved.json_rows import holds_rows
from spectra.fitting.saved.mlflow_folder import METRICS, metric_files, run_name
from spectra.fitting.saved.mlflow_metrics import mlflow_metrics
from spectra.fitting.saved.source import Source

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".feather", ".arrow")
# Names that loggers give to the log of any run, so that the run is named after its folder.
COMMON_NAMES = ("metrics", "log", "history", "trainer_state", "measurements", "wandb-history", "progress")
# What a crashed run of nanoGPT-mup leaves instead of log.csv.
HEADER_PART, ROWS_PART = "log_header.csv.tmp", "log_data.csv.tmp"


@dataclass(frozen=True)
class Saved:
    """One run that a folder seems to hold."""

    name: str
    path: Path
    open: Callable[[], Source]


def saved_runs(path: Path, *, format: str | None = None) -> tuple[list[Saved], list[str]]:
    """Every run of a file or folder, and notes about what of a folder was passed over.

    Args:
        path: File or folder.
        format: Of a file, one of `FORMATS`; None takes what the content shows.

    Raises:
        ValueError: If a format is given for a folder, or the folder holds nothing that could be a run.
    """
    try:
        folder = path.is_dir()
    except OSError as error:
        raise unreadable(path, error) from None
    if not folder:
        return [Saved("", path, partial(open_source, path, format=format))], []
    if format is not None:
        raise ValueError(f"{path} is a folder, whose files may have several formats; leave format out or name one file")
    found, notes = runs_in(path)
    if not found:
        raise ValueError(f"{path} is a folder without tables; {' '.join(notes) or 'it is empty'}")
    return found, notes


def runs_in(folder: Path) -> tuple[list[Saved], list[str]]:
    """Every run below a folder, in the order of the names, and notes about what was passed over."""
    runs: list[Saved] = []
    left: list[Path] = []
    closed: list[str] = []
    taken: set[Path] = set()  # metrics, which may lie deeper than the folder that they were found from
    for parent, folders, names in os.walk(folder, onerror=lambda error: closed.append(f"Not looked into: {error}.")):
        here = Path(parent)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        pipes = {name for name in names if (here / name).exists() and not (here / name).is_file()}
        closed.extend(f"Not looked into: {here / name} is no file that can be read twice." for name in sorted(pipes))
        rest = [name for name in sorted(names) if name not in pipes and here / name not in taken]
        metrics = metric_files(here, [name for name in rest if not _table(name)])
        if metrics:
            runs.append(_mlflow(folder, here, metrics))
            taken.update(metrics.values())
        rest = [name for name in rest if here / name not in taken]
        found = list(_runs_here(folder, here, rest))
        runs += found
        used = {saved.path for saved in found}
        left += [here / name for name in rest if here / name not in used and not _part(name)]
    runs, notes = _latest_checkpoints(_told_apart(folder, runs))
    return runs, notes + ([_left_note(left)] if left else []) + closed


def _runs_here(folder: Path, here: Path, names: list[str]) -> Iterator[Saved]:
    events = [here / name for name in names if "tfevents" in name]
    if events:
        yield Saved(_relative(folder, here), here, partial(event_files, here, events))
    if HEADER_PART in names and ROWS_PART in names and "log.csv" not in names:
        parts = partial(csv_table, here / ROWS_PART, header=here / HEADER_PART)
        yield Saved(_relative(folder, here), here / ROWS_PART, parts)
    for name in names:
        path = here / name
        if _table(name) and "tfevents" not in name and (path.suffix != ".json" or _readable(path)):
            named = here if path.stem in COMMON_NAMES else path.with_suffix("")
            yield Saved(_relative(folder, named), path, partial(open_source, path))


def _readable(path: Path) -> bool:
    try:
        return holds_rows(path)
    except OSError:
        return True  # opening it will say what is wrong


def _mlflow(folder: Path, here: Path, files: dict[str, Path]) -> Saved:
    run = here.parent if here.name == METRICS else here
    return Saved(run_name(here) or _relative(folder, run), here, partial(mlflow_metrics, here, files))


def _relative(folder: Path, path: Path) -> str:
    inside = path != folder and path.is_relative_to(folder)
    return path.relative_to(folder).as_posix() if inside else path.resolve().name


def _table(name: str) -> bool:
    return name.lower().endswith(TABLES)


def _part(name: str) -> bool:
    return "tfevents" in name or name in (HEADER_PART, ROWS_PART)


def _told_apart(folder: Path, runs: list[Saved]) -> list[Saved]:
    """The runs, with whole paths instead of names that two of them share."""
    count = Counter(run.name for run in runs)
    return [run if count[run.name] == 1 else Saved(_relative(folder, run.path), run.path, run.open) for run in runs]


def _latest_checkpoints(runs: list[Saved]) -> tuple[list[Saved], list[str]]:
    """Of the trainer states of one run only the latest: each holds the whole history up to its checkpoint."""
    latest: dict[Path, tuple[float, Saved]] = {}
    for run in (run for run in runs if run.path.name == "trainer_state.json"):
        word, _, step = run.path.parent.name.rpartition("-")
        inside = word == "checkpoint" and step.isdecimal()
        home = run.path.parent.parent if inside else run.path.parent
        age = float(step) if inside else float("inf")
        if home not in latest or age > latest[home][0]:
            latest[home] = (age, run)
    newest = {run.path for _, run in latest.values()}
    old = [run.path for run in runs if run.path.name == "trainer_state.json" and run.path not in newest]
    passed_over = set(old)
    notes = [f"Passed over {len(old)} trainer states of earlier checkpoints (first: {old[0]})."] if old else []
    return [run for run in runs if run.path not in passed_over], notes


def _left_note(left: list[Path]) -> str:
    kinds = sorted({path.suffix or path.name for path in left})
    shown = ", ".join(kinds[:8]) + (" ..." if len(kinds) > 8 else "")
    return f"Passed over {len(left)} files that are no tables ({shown})."
