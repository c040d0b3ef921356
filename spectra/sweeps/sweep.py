"""A sweep: make the runs that a store lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # only types: the package shall be importable without torch
    from spectra.sweeps.engines import Engine
    from spectra.sweeps.failures import Failure
    from spectra.sweeps.outcome import Outcome
    from spectra.sweeps.quarantine import Quarantined
    from spectra.sweeps.store import RunStore
    from spectra.training import RunSpec


def sweep(specs: Iterable[RunSpec], store: RunStore, engine: Engine) -> Iterator[Outcome]:
    """Make those runs that are not stored yet, the longest first, and say what became of each as it ends.

    Interrupting it at any moment loses only the runs under way. A run that fails is recorded in the store, is no
    reason to stop, and is tried again by the next sweep.

    Args:
        specs: The runs wanted; one that is named twice is made once.
        store: Where finished runs are, and where new ones go.
        engine: Where runs are made.

    Yields:
        One outcome for every run that was lacking.

    Raises:
        OSError: If the store cannot be read or written; the message says what to do.
    """
    store.prepare()
    wanted = {spec.identity: spec for spec in specs}
    lacking = sorted((spec for spec in wanted.values() if not store.has(spec)), key=cost, reverse=True)
    with closing(engine(lacking, store.folder)) as outcomes:
        for outcome in outcomes:
            if outcome.error is not None:
                store.fail(outcome.spec, error=outcome.error, traceback=outcome.traceback)
            yield outcome


OVERHEAD = 25_000
"""Weights whose training takes as long as the work of a step that does not depend on the size: runs of the quickstart
at widths 64 to 512 took 0.20, 0.32, 0.66 and 2.2 seconds on one core."""


def cost(spec: RunSpec) -> float:
    """How long a run takes in comparison with others, estimated from its size and its number of steps."""
    size = spec.model.size
    return float((size.width**2 * size.depth + OVERHEAD) * spec.steps)


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
    done = {name: spec for name, spec in wanted.items() if store.has(spec)}
    open_ = {name: spec for name, spec in wanted.items() if name not in done}
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
