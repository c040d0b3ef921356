"""How far a sweep is: live in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from spectra.cli.terminal import one_line
from spectra.cli.time_left import TimeLeft
from spectra.cli.wording import counted, duration, memory, piece_line, run_name, short_duration
from spectra.engines.interrupts import stop_asked
from spectra.engines.outcome import Outcome
from spectra.engines.under_way import UnderWay, under_way
from spectra.training import RunSpec

REFRESH = 1.0
"""Seconds between two looks at what is under way, which is written every second."""

STOPPING = "stopping: what is under way saves checkpoints (Ctrl-C again ends at once)"

QUIET = 10.0
"""Seconds between two lines where the output is no terminal; once they are more, a twentieth of the time gone, so that
the log of a day has some two hundred lines and not thousands."""

SHOWN = 8
"""Pieces that are shown in a terminal."""


def follow(
    outcomes: Iterable[Outcome], lacking: Sequence[RunSpec], folder: Path, console: Console
) -> Iterator[Outcome]:
    """Hand outcomes on and show how far the sweep is, also while none ends.

    What is under way is read from the store, where every worker tells it, whatever the engine.

    Args:
        outcomes: Outcomes as they come.
        lacking: The runs that they will be of.
        folder: Folder of the store.
        console: Where to show it.

    Yields:
        The same outcomes.
    """
    tally = _Tally(lacking, folder)
    with _shown(tally, console):
        for outcome in outcomes:
            tally.add(outcome)
            yield outcome


class _Tally:
    """What has ended and what is under way."""

    def __init__(self, lacking: Sequence[RunSpec], folder: Path) -> None:
        self._wanted = {spec.identity: spec for spec in lacking}
        self._folder, self._left = folder, TimeLeft(lacking)
        self.total, self.done, self._failed, self._diverged = len(lacking), 0, 0, 0
        self._seconds: list[float] = []
        self._memory = 0
        self._last: Outcome | None = None
        self._records: tuple[UnderWay, ...] = ()

    def add(self, outcome: Outcome) -> None:
        self.done += 1
        self._failed += outcome.error is not None
        self._diverged += outcome.diverged
        self._memory = max(self._memory, outcome.memory or 0)
        if outcome.error is None:
            self._seconds.append(outcome.seconds)
        self._left.ended(outcome)
        self._last = outcome

    def look(self) -> None:
        found = under_way(self._folder, self._records)
        self._records = tuple(record for record in found if self._wanted.keys() & {*record.runs})

    def counts(self) -> str:
        if stop_asked():
            return f"{STOPPING}; {self.done} of {counted(self.total)} done"
        under = sum(len(self._wanted.keys() & {*record.runs}) for record in self._records)
        bad = {"failed": self._failed, "diverged": self._diverged}
        marks = ", ".join(f"{count} {word}" for word, count in bad.items() if count)
        left = self._left.seconds(self._records)
        parts = [f"{self.done} of {counted(self.total)} done{f' ({marks})' if marks else ''}"]
        if left is not None and self.done < self.total:  # second, where a narrow terminal does not cut it off
            parts.append(f"{duration(left)} left")
        if under:
            parts.append(f"{under} under way" + (f" in {len(self._records)} pieces" if len(self._records) > 1 else ""))
        if self.total > self.done + under:
            parts.append(f"{self.total - self.done - under} waiting")
        return ", ".join(parts)

    def last(self) -> str:
        if self._last is None:
            return ""
        text = f"last: {_summary(self._last)}"
        if self._seconds:
            each = short_duration(statistics.median([*self._seconds]))
            text += f"; {each} per run" + (f", {memory(self._memory)} at most" if self._memory else "")
        return text

    def pieces(self) -> list[str]:
        lines = [piece_line(record, self._wanted) for record in self._records[:SHOWN]]
        return lines + ([f"and {len(self._records) - SHOWN} more"] if len(self._records) > SHOWN else [])


@contextmanager
def _shown(tally: _Tally, console: Console) -> Iterator[None]:
    if console.is_terminal:
        live = Live(console=console, transient=True, auto_refresh=False)
        with live, _repeated(lambda: _draw(tally, live)):
            yield
    else:
        lines = _Lines(tally, console)
        with _repeated(lines.now_and_then):
            yield
        lines.write()


def _draw(tally: _Tally, live: Live) -> None:
    tally.look()
    head = Table.grid(padding=(0, 1))
    head.add_row(ProgressBar(total=max(tally.total, 1), completed=tally.done, width=20), one_line(tally.counts()))
    texts = [*(f"  {line}" for line in tally.pieces()), tally.last()]
    live.update(Group(head, *(one_line(text) for text in texts if text)), refresh=True)


class _Lines:
    """Plain lines, ever less often."""

    def __init__(self, tally: _Tally, console: Console) -> None:
        self._tally, self._console = tally, console
        self._start = self._spoken = time.monotonic()
        self._said = ""

    def now_and_then(self) -> None:
        now = time.monotonic()
        stopping = stop_asked() and not self._said.startswith(STOPPING)
        if stopping or now - self._spoken >= max(QUIET, (now - self._start) / 20):
            self.write()
            self._spoken = now

    def write(self) -> None:
        self._tally.look()
        pieces = self._tally.pieces()[:1] if self._tally.done < self._tally.total else []
        texts = [self._tally.counts(), *(f"longest under way: {piece}" for piece in pieces), self._tally.last()]
        line = "; ".join(text for text in texts if text)
        if line != self._said:  # at the end nothing changes any more while sinks are waited for
            self._console.print(line)
        self._said = line


@contextmanager
def _repeated(action: Callable[[], None]) -> Iterator[None]:
    """Do something every second beside what the caller does: an outcome may be hours away."""
    ending = threading.Event()

    def repeat() -> None:
        action()
        while not ending.wait(REFRESH):
            action()

    thread = threading.Thread(target=repeat, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _summary(outcome: Outcome) -> str:
    name = run_name(outcome.spec)
    if outcome.error is not None:
        return f"{name}: failed"
    if outcome.diverged:
        return f"{name}: diverged"
    values = {"loss": outcome.loss, "effective sharpness": outcome.effective_sharpness}
    return f"{name}: " + ", ".join(f"{word} {value:.3g}" for word, value in values.items() if value is not None)
