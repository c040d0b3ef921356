"""Tells sinks of runs as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from spectra.store.store import RunStore

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from spectra.engines.outcome import Outcome
    from spectra.sweeps.sinks import Sink
    from spectra.training import RunSpec


def logged(
    outcomes: Iterable[Outcome], sinks: Sequence[Sink], folder: Path, say: Callable[[str], None]
) -> Iterator[Outcome]:
    """Hand outcomes on, and tell sinks of every run that finished in this sweep.

    Runs that were in the store before are not told: an earlier sweep has, or `log_all` does. A thread does the work, so
    that a slow service does not keep workers waiting; at the end what is left of it is awaited.

    Args:
        outcomes: Outcomes as they come.
        sinks: Where finished runs are told.
        folder: Folder of the store, which has the numbers.
        say: Called once for each sink that fails, from that thread; nothing more is told there, and the sweep goes on.

    Yields:
        The same outcomes.
    """
    if not sinks:
        yield from outcomes
        return
    feed = _Feed(sinks, RunStore(folder), say)
    with ThreadPoolExecutor(1, thread_name_prefix="sinks") as thread:
        for outcome in outcomes:
            if outcome.error is None:
                thread.submit(feed.tell, [outcome.spec])
            yield outcome


def log_all(sinks: Sequence[Sink], specs: Iterable[RunSpec], store: RunStore, say: Callable[[str], None]) -> int:
    """Tell sinks of those runs that are in a store.

    Args:
        sinks: Where they are told.
        specs: Which; those that are not done are left out.
        store: Where they are.
        say: Called once for each sink that fails; nothing more is told there.

    Returns:
        How many were told to every sink that had not failed before.
    """
    return _Feed(sinks, store, say).tell(specs)


class _Feed:
    """Sinks that have not failed yet."""

    def __init__(self, sinks: Sequence[Sink], store: RunStore, say: Callable[[str], None]) -> None:
        self._working, self._store, self._say = [*sinks], store, say

    def tell(self, specs: Iterable[RunSpec]) -> int:
        told = 0
        for spec in specs:
            if not self._working:
                break
            # A sink may fail in ways of its own, and so may reading; none of them concerns the sweep.
            try:
                table = self._store.load([spec]).table
            except Exception as error:
                self._drop([*self._working], error)
                break
            if len(table):
                told += not [sink for sink in [*self._working] if not self._told(sink, spec, table)]
        return told

    def _told(self, sink: Sink, spec: RunSpec, table: pd.DataFrame) -> bool:
        try:
            sink.log(spec, table)
        except Exception as error:
            self._drop([sink], error)
            return False
        return True

    def _drop(self, sinks: Iterable[Sink], error: Exception) -> None:
        for sink in sinks:
            self._working.remove(sink)
            self._say(
                f"{sink.name}: {type(error).__name__}: {error}; nothing more is logged there, and all runs are kept in "
                f"{self._store.folder}"
            )
