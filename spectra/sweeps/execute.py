"""Run, store, summarize: what a worker does with one spec."""

from __future__ import annotations

import time
from pathlib import Path
from traceback import format_exc

import pandas as pd

from spectra.sweeps.outcome import Outcome
from spectra.sweeps.provenance import provenance
from spectra.sweeps.store import RunStore
from spectra.training import RunSpec, run


def execute(spec: RunSpec, folder: Path, device: str) -> Outcome:
    """Make one run and store it.

    Args:
        spec: Settings of the run.
        folder: Folder of the store.
        device: Where tensors live.

    Returns:
        The outcome. An error in the run is part of it, so that a sweep goes on; it is not recorded here.

    Raises:
        OSError: If the run cannot be stored: no other run could be either, and the sweep should end.
    """
    store, start = RunStore(folder), time.perf_counter()
    try:
        table = run(spec, device=device)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return Outcome(spec, time.perf_counter() - start, error=message, traceback=format_exc())
    seconds = time.perf_counter() - start
    store.write(spec, table, provenance(spec, seconds=seconds, device=device))
    loss, sharpness, diverged = (_last(table, name) for name in ("loss", "effective_sharpness", "diverged"))
    return Outcome(spec, seconds, loss=loss, effective_sharpness=sharpness, diverged=bool(diverged))


def _last(table: pd.DataFrame, quantity: str) -> float | None:
    values = table.loc[table["quantity"] == quantity, "value"]
    return None if values.empty else float(values.iloc[-1])
