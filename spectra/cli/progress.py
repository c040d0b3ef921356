"""How far a sweep is: a live line in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from spectra.sweeps import Outcome, cost
from spectra.training import RunSpec

QUIET = 10.0
"""Seconds between two lines where the output is no terminal."""


def follow(
    outcomes: Iterable[Outcome], lacking: Sequence[RunSpec], workers: int, console: Console
) -> Iterator[Outcome]:
    """Hand outcomes on and show how far the sweep is.

    Args:
        outcomes: Outcomes as they come.
        lacking: The runs that they will be of.
        workers: How many runs are made at a time.
        console: Where to show it.

    Yields:
        The same outcomes.
    """
    start = spoken = time.monotonic()
    total, work, worked = len(lacking), sum(map(cost, lacking)), 0.0
    bar = Progress(BarColumn(20), MofNCompleteColumn(), TextColumn("{task.description}", markup=False), console=console)
    task = bar.add_task(f"{min(workers, total)} running", total=total)
    live = Live(bar, console=console, transient=True)
    with live if console.is_terminal else nullcontext():
        for done, outcome in enumerate(outcomes, start=1):
            now, worked = time.monotonic(), worked + cost(outcome.spec)
            left = duration((now - start) * (work - worked) / worked)
            running = min(workers, total - done)
            text = f"{running} running, {total - done - running} waiting, {left} left"
            bar.update(task, completed=done, description=text)
            live.update(Group(bar, Text(f"last: {_summary(outcome)}", no_wrap=True, overflow="ellipsis")))
            if not console.is_terminal and (now - spoken > QUIET or done == total):
                console.print(f"{done} of {total} runs done, {text}; last: {_summary(outcome)}", markup=False)
                spoken = now
            yield outcome


def duration(seconds: float) -> str:
    """Such as "3 s" or "2 min 5 s" or "1 h 12 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _summary(outcome: Outcome) -> str:
    settings = outcome.spec.columns()
    name = f"{settings['regime']} width {settings['width']} rate {settings['rate']:g} seed {settings['seed']}"
    if outcome.error is not None:
        return f"{name}: failed"
    if outcome.diverged:
        return f"{name}: diverged"
    values = {"loss": outcome.loss, "effective sharpness": outcome.effective_sharpness}
    return f"{name}: " + ", ".join(f"{word} {value:.3g}" for word, value in values.items() if value is not None)
