"""A sweep: make the runs that a store lacks."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # only types: the package shall be importable without torch
    from spectra.engines.engine import Engine
    from spectra.engines.outcome import Outcome
    from spectra.store.failures import Failure
    from spectra.store.quarantine import Quarantined
    from spectra.store.store import RunStore
    from spectra.training import RunSpec


def sweep(
    specs: Iterable[RunSpec],
    store: RunStore,
    engine: Engine,
    *,
    timeout: float | None = None,
    checkpoint: float | None = 300.0,
    memory: int | None = None,
) -> Generator[Outcome]:
    """Make those runs that are not stored yet, the longest first, and say what became of each as it ends.

    Runs that differ only in numbers train together. Interrupting it at any moment loses only what the runs under way
    did since their last checkpoint. A run that fails is recorded in the store, is no reason to stop, and is tried
    again by the next sweep. Several sweeps may work on one store: none makes what another is making.

    Args:
        specs: The runs wanted; one that is named twice is made once.
        store: Where finished runs are, and where new ones go.
        engine: Where runs are made.
        timeout: Seconds of wall-clock time for each run, after which it is given up; None is never. Runs that train
            together have the sum of theirs, and when that is over, each part of them its own.
        checkpoint: Seconds between two checkpoints of runs under way; None keeps none.
        memory: Bytes that runs which train together may take, for each worker; None is `cohorts.MEMORY`.

    Yields:
        One outcome for every run that was lacking.

    Raises:
        OSError: If the store cannot be read or written; the message says what to do.
        ValueError: If a time or the memory is not positive.
    """
    # Here and not above: a worker loads this file before it has pinned threads, and torch must come after that.
    from spectra.engines.engine import Making
    from spectra.engines.pace import Pace
    from spectra.sweeps.cohorts import MEMORY, pieces
    from spectra.sweeps.schedule import schedule

    if memory is not None and memory < 1:
        raise ValueError(f"{memory} bytes of memory were given; a positive number is needed, or None for {MEMORY}")
    making = Making(str(store.folder), timeout, checkpoint, engine.name)
    store.prepare()
    lacking = store.lacking(specs)
    if not lacking:
        return
    with engine.open(making, len(lacking)) as pool:
        cut = pieces(lacking, memory=memory or MEMORY, workers=pool.workers, device=engine.device)
        with closing(schedule(cut, pool, Pace())) as outcomes:
            for outcome in outcomes:
                if outcome.error is not None:
                    store.fail(outcome.spec, error=outcome.error, traceback=outcome.traceback)
                yield outcome


@dataclass(frozen=True)
class Status:
    """Where each wanted run stands; every run is in one of the first four."""

    done: tuple[RunSpec, ...]  # those that diverged included
    failed: tuple[RunSpec, ...]
    quarantined: tuple[RunSpec, ...]  # finished once, damaged since, and not made again
    missing: tuple[RunSpec, ...]
    diverged: tuple[RunSpec, ...]  # part of done
    failures: tuple[Failure, ...]  # one for each of failed
    damages: tuple[Quarantined, ...]  # one or more for each of quarantined


def status(specs: Iterable[RunSpec], store: RunStore) -> Status:
    """Where each run stands. Finished runs are verified, and damaged ones moved to quarantine.

    Args:
        specs: The runs; one that is named twice counts once.
        store: Where they are.

    Returns:
        The runs by their state, in the order given.

    Raises:
        OSError: If the store cannot be read.
    """
    wanted = {spec.identity: spec for spec in specs}
    open_ = {spec.identity: spec for spec in store.lacking(wanted.values())}
    done = {name: spec for name, spec in wanted.items() if name not in open_}
    failures = store.failures(open_.values())
    failed = {failure.run for failure in failures}
    damages = tuple(damage for damage in store.quarantined(open_.values()) if damage.run not in failed)
    damaged = {damage.run for damage in damages}
    return Status(
        done=tuple(done.values()),
        failed=tuple(spec for name, spec in open_.items() if name in failed),
        quarantined=tuple(spec for name, spec in open_.items() if name in damaged),
        missing=tuple(spec for name, spec in open_.items() if name not in failed | damaged),
        diverged=tuple(spec for spec in done.values() if store.diverged(spec)),
        failures=failures,
        damages=damages,
    )
