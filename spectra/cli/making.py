"""How the runs of an experiment are made, together or alone, and what those took that are finished."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence

import pandas as pd

from spectra.cli.wording import counted, memory, short_duration
from spectra.sweeps import RunStore
from spectra.training import RunSpec, alone, shape
from spectra.training.rehearsal import rehearse

LOOKED_AT = 2000
"""Finished runs that are read for what they took: reading them takes about a second, and more would not change the
median."""


def cohort_lines(specs: Sequence[RunSpec]) -> Iterator[str]:
    """Which runs train in cohorts, and which train alone and why.

    Args:
        specs: All runs of the experiment; those of one kind of model on the same data are alike in this.

    Yields:
        One line for each way to train.
    """
    reasons: dict[Hashable, str | None] = {}
    shapes: Counter[Hashable] = Counter()
    single: defaultdict[str, list[RunSpec]] = defaultdict(list)
    for spec in specs:
        kind = shape(spec)
        if kind not in reasons:
            reasons[kind] = _reason(spec)
        reason = reasons[kind]
        if reason is None:
            shapes[kind] += 1
        else:
            single[reason].append(spec)
    if shapes:
        alike = f"{len(shapes)} shapes, at most {max(shapes.values())} of one" if len(shapes) > 1 else "one shape"
        yield f"Can train together: {counted(shapes.total())} of {alike}"
    for reason, members in single.items():
        models = ", ".join(sorted({str(spec.columns()["model"]) for spec in members}))
        yield f"Alone: {counted(len(members))} ({models}): {reason}"


def _reason(spec: RunSpec) -> str | None:
    try:
        return alone(spec)
    except (OSError, ImportError, ValueError) as error:  # the data are not on this machine
        return f"not known without the data: {error}"


def impossible_lines(specs: Sequence[RunSpec]) -> Iterator[str]:
    """Why some runs cannot be made, as `spectra run` would say.

    Args:
        specs: Runs that are missing.

    Yields:
        One line, or none where nothing stands against them.
    """
    try:
        rehearse(specs)
    except ValueError as error:
        yield f"Cannot run: {error}"


def finished_lines(store: RunStore, done: Sequence[RunSpec]) -> Iterator[str]:
    """What finished runs took: time, memory, and how many trained together.

    Args:
        store: Where they are.
        done: The finished runs of the experiment; of very many, some thousands in equal distances are read.

    Yields:
        One line, or none where nothing is finished.
    """
    chosen = done[:: -(-len(done) // LOOKED_AT)] if done else ()
    table = store.load(chosen).provenance if chosen else pd.DataFrame()
    if table.empty:
        return
    of = f" ({len(table)} of them looked at)" if len(table) < len(done) else ""
    seconds = table["seconds"]
    parts = [f"{short_duration(seconds.median())} each in the median, {short_duration(seconds.max())} at most"]
    # Older runs do not have these two.
    if len(sizes := _numbers(table, "memory")):
        parts.append(f"{memory(sizes.max())} of memory at most")
    if len(members := _numbers(table, "members")):
        parts.append(_sizes(members))
    yield f"Finished: {counted(len(done))}{of}; {'; '.join(parts)}"


def _sizes(members: pd.Series[float]) -> str:
    low, middle, high = (f"{value:.0f}" for value in (members.min(), members.median(), members.max()))
    if low == high:
        return "alone" if high == "1" else f"in cohorts of {high}"
    return f"in cohorts of {low} to {high}, {middle} in the median"


def _numbers(table: pd.DataFrame, name: str) -> pd.Series[float]:
    column = table[name] if name in table else pd.Series(dtype=float)
    return pd.to_numeric(column).dropna()
