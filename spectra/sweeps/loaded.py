"""What a store answers when it is asked for runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd
import pyarrow as pa

from spectra.sweeps.failures import Failure
from spectra.sweeps.provenance import Provenance
from spectra.sweeps.quarantine import Quarantined
from spectra.sweeps.run_folder import SCHEMA, Contents
from spectra.training import RunSpec


@dataclass(frozen=True)
class Loaded:
    """Those of the wanted runs that are done, and the names of the others."""

    table: pd.DataFrame  # long table, runs in the order wanted; settings, then run, step, quantity, index, value
    provenance: pd.DataFrame  # one row per run in the table: run, then the fields of `Provenance`
    failures: pd.DataFrame  # one row per missing run that has failed: run, error, traceback
    missing: tuple[RunSpec, ...]  # not in the table: never finished, failed, or damaged
    quarantined: tuple[Quarantined, ...]  # why those of the missing were rejected that had been finished


def long_table(specs: Sequence[RunSpec], measurements: Sequence[pa.Table]) -> pd.DataFrame:
    """Measurements of some runs with their settings as columns; where runs have no such setting, it is missing."""
    if not specs:
        return pd.DataFrame(columns=["run", *SCHEMA.names])
    settings = pd.DataFrame([spec.columns() | {"run": spec.identity} for spec in specs])
    rows = settings.index.repeat([measured.num_rows for measured in measurements])
    measured: pd.DataFrame = pa.concat_tables(measurements).to_pandas()
    return pd.concat([settings.loc[rows].reset_index(drop=True), measured], axis=1)


def provenance_table(read: Mapping[str, Contents]) -> pd.DataFrame:
    """One row per run: its identity and how it was made."""
    rows = [{"run": identity, **contents.provenance} for identity, contents in read.items()]
    return pd.DataFrame(rows, columns=["run", *(field.name for field in fields(Provenance))])


def failure_table(failures: Iterable[Failure]) -> pd.DataFrame:
    """One row per failed run: its identity and what happened."""
    return pd.DataFrame([asdict(failure) for failure in failures], columns=[field.name for field in fields(Failure)])
