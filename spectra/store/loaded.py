"""What a store answers when it is asked for runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from spectra.store.failures import Failure
from spectra.store.packs import measurements
from spectra.store.provenance import Provenance
from spectra.store.quarantine import Quarantined
from spectra.store.run_folder import SCHEMA, Contents
from spectra.training import RunSpec

PROVENANCE = tuple(field.name for field in fields(Provenance) if field.name != "host")
"""What is told of how a run was made; the name of the machine stays in the store."""


@dataclass(frozen=True)
class Loaded:
    """Those of the wanted runs that are done, and the names of the others."""

    table: pd.DataFrame  # long table, runs in the order wanted; settings, then run, step, quantity, index, value
    provenance: pd.DataFrame  # one row per run in the table: run, then `PROVENANCE`
    failures: pd.DataFrame  # one row per missing run that has failed: run, error, traceback
    missing: tuple[RunSpec, ...]  # not in the table: never finished, failed, or damaged
    quarantined: tuple[Quarantined, ...]  # why those of the missing were rejected that had been finished


@dataclass(frozen=True)
class Batch:
    """Some finished runs as they were read, with every byte verified."""

    runs: tuple[str, ...]  # identities
    lengths: tuple[int, ...]  # rows of each in the measurements
    measurements: pa.Table  # of `SCHEMA`, run after run
    facts: tuple[Mapping[str, Any], ...]  # what the record of each says

    @staticmethod
    def of_folder(run: Contents) -> Batch:
        """The run in a folder."""
        return Batch((run.identity,), (run.table.num_rows,), run.table, (run.facts,))

    @staticmethod
    def of_pack(rows: pa.Table) -> Batch:
        """The runs in a pack."""
        lengths = pc.list_value_length(rows["step"]).to_pylist()
        facts = tuple(json.loads(record) for record in rows["record"].to_pylist())
        return Batch(tuple(rows["run"].to_pylist()), tuple(lengths), measurements(rows), facts)


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches as one."""
    return Batch(
        tuple(run for batch in batches for run in batch.runs),
        tuple(length for batch in batches for length in batch.lengths),
        pa.concat_tables([batch.measurements for batch in batches]),
        tuple(facts for batch in batches for facts in batch.facts),
    )


def long_table(specs: Mapping[str, RunSpec], batches: Sequence[Batch]) -> pd.DataFrame:
    """Measurements of some runs with their settings as columns; where runs have no such setting, it is missing.

    Args:
        specs: Settings by identity, in the order of the table; those of all runs in the batches.
        batches: What was read, in any order; each run once.

    Returns:
        Settings, then run, step, quantity, index, value.
    """
    if not batches:
        return pd.DataFrame(columns=["run", *SCHEMA.names])
    settings = pd.DataFrame([spec.columns() | {"run": identity} for identity, spec in specs.items()])
    lengths = [length for batch in batches for length in batch.lengths]
    place = {identity: number for number, identity in enumerate(specs)}
    places = np.array([place[identity] for batch in batches for identity in batch.runs])
    measured = pa.concat_tables([batch.measurements for batch in batches])
    if (np.diff(places) < 0).any():
        starts, order = np.cumsum([0, *lengths]), np.argsort(places)
        measured = measured.take(np.concatenate([np.arange(starts[at], starts[at + 1]) for at in order]))
        places, lengths = places[order], [lengths[at] for at in order]
    # Column by column: a join of two whole tables would hold everything twice.
    table = settings.take(np.repeat(places, lengths)).reset_index(drop=True)
    for name in SCHEMA.names:
        table[name] = measured[name].to_pandas()
    return table


def provenance_table(specs: Iterable[str], batches: Sequence[Batch]) -> pd.DataFrame:
    """One row per run, in the order given: its identity and how it was made; what was not recorded then is missing."""
    found = {run: facts["provenance"] for batch in batches for run, facts in zip(batch.runs, batch.facts, strict=True)}
    rows = [{**found[identity], "run": identity} for identity in specs]
    return pd.DataFrame(rows, columns=["run", *PROVENANCE])


def failure_table(failures: Iterable[Failure]) -> pd.DataFrame:
    """One row per failed run: its identity and what happened."""
    return pd.DataFrame([asdict(failure) for failure in failures], columns=[field.name for field in fields(Failure)])
