"""`spectra report --watch`: the page of a sweep that is still running, rewritten as runs finish."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from spectra.cli.exits import INTERRUPTED, SOME_RUNS_FAILED, door, fail
from spectra.cli.reporting import gathered, write_found
from spectra.cli.reporting_several import comparison_folder, read_recipes, sides_of, write_sides
from spectra.cli.running import again, opened
from spectra.cli.terminal import Terminal
from spectra.cli.wording import counts_line
from spectra.engines.interrupts import terminable
from spectra.engines.under_way import UnderWay, under_way
from spectra.report.live_page import settled, write_live
from spectra.sweeps import Experiment, RunStore, Status, status


@dataclass(frozen=True)
class _Watch:
    """Which page is rewritten, from which runs."""

    experiments: Sequence[Experiment]
    store: RunStore
    place: Path
    seconds: float

    def write(self, folder: Path) -> Path:
        """Write the page of what is finished now into a folder."""
        if len(self.experiments) > 1:
            return write_sides(sides_of(self.experiments, [self.store] * len(self.experiments), self.place), folder)
        (experiment,) = self.experiments
        return write_found(gathered(experiment, self.store.load(experiment.specs), self.store.folder), folder)


def watch_recipes(
    recipes: Sequence[Path], folder: Path, out: Path | None, *, seconds: float, smoke: bool = False
) -> None:
    """Rewrite the page of one recipe, or of several, whenever runs have finished, until none is missing or under way.

    Args:
        recipes: TOML files, each once.
        folder: Of finished runs.
        out: Folder of the page.
        seconds: Between two looks at the runs; the page loads itself as often.
        smoke: Whether the small versions are meant.
    """
    with door():
        if not seconds > 0:
            raise ValueError(f"{seconds} s between two looks were asked for; pass a positive number")
        experiments = read_recipes(recipes, smoke=smoke)
        own = Path("reports") / experiments[0].folder_name
        place = out or (own if len(experiments) == 1 else comparison_folder(experiments))
        watch = _Watch(experiments, opened(folder), place, seconds)
    console = Terminal()
    with terminable():
        try:
            found = _followed(watch, console)
            with door():
                page = watch.write(place)
        except KeyboardInterrupt:
            fail(f"interrupted; the page shows what had finished: {place / 'index.html'}", INTERRUPTED)
        finally:
            settled(place)
    for experiment, each in zip(experiments, found, strict=True):
        console.print(_line(experiment, each, (), folder))
    console.print(f"Page: {page}")
    failed = sum(len(each.failed) for each in found)
    if failed:
        fail(f"{failed} of {sum(len(each.specs) for each in experiments)} runs failed", SOME_RUNS_FAILED)


def _followed(watch: _Watch, console: Console) -> list[Status]:
    """Rewrite the page after every look that found more runs ended, or begun; where the runs stand when all are."""
    before: list[tuple[int, bool]] | None = None
    pieces: tuple[UnderWay, ...] = ()
    while True:
        pieces = under_way(watch.store.folder, pieces)  # before the runs: what ends in between is then done
        found = [status(experiment.specs, watch.store) for experiment in watch.experiments]
        if not any(each.missing or _under_way(each, pieces) for each in found):
            return found
        news = [(len(each.done) + len(each.failed), _under_way(each, pieces) > 0) for each in found]
        if news != before:
            lines = [
                _line(experiment, each, pieces, watch.store.folder)
                for experiment, each in zip(watch.experiments, found, strict=True)
            ]
            told = [*lines, f"Written at {datetime.now():%H:%M:%S}."]
            with door():
                page = write_live(watch.write, watch.place, told, seconds=watch.seconds)
            for line in [*lines, *([f"Page: {page}"] if before is None else [])]:
                console.print(line)
            before = news
        time.sleep(watch.seconds)


def _under_way(found: Status, pieces: Sequence[UnderWay]) -> int:
    """How many of the runs that are not done are being made."""
    lacking = {spec.identity for spec in (*found.missing, *found.failed, *found.quarantined)}
    return len(lacking & {run for piece in pieces for run in piece.runs})


def _line(experiment: Experiment, found: Status, pieces: Sequence[UnderWay], folder: Path) -> str:
    made = _under_way(found, pieces)
    counts = f"{counts_line(experiment, found)}, {made} under way"
    return f"{counts}; to make them: {again(experiment, folder)}" if found.missing and not made else counts
