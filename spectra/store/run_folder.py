"""The three files of one finished run, and how each is known to be as it was written."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spectra.store.bounded_parquet import GARBAGE, parquet_file, require_full, rows_of
from spectra.store.provenance import Provenance, odd_facts
from spectra.store.regular_file import LARGE, content_of
from spectra.training import RunSpec
from spectra.training.sealed_json import sealed, unsealed

IDENTITY = re.compile(r"[0-9a-f]{16}")
"""How the names of runs look. What is called otherwise is none, and no part of a path is ever made of it."""

SPEC, MEASUREMENTS, RUN = "spec.json", "measurements.parquet", "run.json"
SCHEMA = pa.schema([("step", pa.int64()), ("quantity", pa.string()), ("index", pa.int64()), ("value", pa.float64())])
"""What is measured. The settings stand in spec.json alone, and become columns again when a run is loaded."""


@dataclass(frozen=True)
class Contents:
    """A finished run as it was read or is to be written, with every byte verified."""

    spec: bytes  # the canonical text that the identity is the hash of
    measurements: bytes  # parquet of `SCHEMA`
    record: bytes  # how the run was made, with digests of the other two and of itself

    @property
    def files(self) -> dict[str, bytes]:
        """What stands in the folder of the run."""
        return {SPEC: self.spec, MEASUREMENTS: self.measurements, RUN: self.record}

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the record says.

        Raises:
            ValueError: If it is not as it was written.
        """
        return facts_of(self.record)

    @property
    def identity(self) -> str:
        """Name of the run."""
        return str(self.facts["run"])

    @property
    def diverged(self) -> bool:
        """Whether it diverged."""
        return bool(self.facts["diverged"])

    @cached_property
    def table(self) -> pa.Table:
        """The measurements, of `SCHEMA`.

        Raises:
            ValueError: If they are something else: whoever wrote them wrote digests that match.
        """
        try:
            table = rows_of(parquet_file(pa.py_buffer(self.measurements), SCHEMA), SCHEMA)
            require_full(table)
        except GARBAGE as error:
            raise ValueError(f"{MEASUREMENTS}: {error}") from error
        return table


def facts_of(record: bytes | str) -> dict[str, Any]:
    """What the record of a run says.

    Raises:
        ValueError: If it is not as it was written, or no such record.
    """
    facts = unsealed(record.encode() if isinstance(record, str) else record)
    kinds = {"run": str, "diverged": bool, "sha256": dict, "provenance": dict}
    wrong = [name for name, kind in kinds.items() if not isinstance(facts.get(name), kind)]
    if wrong := wrong or odd_facts(facts["provenance"]):
        raise ValueError(f"it is no record of a run: {', '.join(wrong)} is not what it must be")
    return facts


def contents(spec: RunSpec, table: pd.DataFrame, provenance: Provenance) -> Contents:
    """What is kept of a finished run.

    Args:
        spec: Settings of the run.
        table: Its long table, with exactly one row of the quantity `diverged`.
        provenance: How it was made.

    Returns:
        Its three files.

    Raises:
        ValueError: If the table is not that of a finished run.
    """
    ends = table.loc[table["quantity"] == "diverged", "value"].tolist()
    if len(ends) != 1:
        raise ValueError(f"a finished run has one row of the quantity diverged, and this table has {len(ends)}")
    buffer = io.BytesIO()
    # Column by column: converting a whole pandas table would make missing values of what is not a number.
    columns = [pa.array(table[field.name].tolist(), field.type) for field in SCHEMA]
    pq.write_table(pa.table(columns, SCHEMA), buffer, compression="zstd", write_page_checksum=True)
    text, measured = spec.json().encode(), buffer.getvalue()
    facts = {
        "run": spec.identity,
        "diverged": bool(ends[0]),
        "sha256": {SPEC: hashlib.sha256(text).hexdigest(), MEASUREMENTS: hashlib.sha256(measured).hexdigest()},
        "provenance": asdict(provenance),
    }
    return Contents(text, measured, sealed(facts))


def verified(folder: Path, identity: str) -> Contents:
    """Read a run, and check every byte of it.

    Args:
        folder: Where its files are.
        identity: Which run it should be.

    Returns:
        Its contents.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is not as it was written, or belongs to another run.
    """
    spec, record = (content_of(folder / name) for name in (SPEC, RUN))
    run = Contents(spec, content_of(folder / MEASUREMENTS, LARGE), record)
    try:
        facts = run.facts
    except ValueError as error:
        raise ValueError(f"{RUN}: {error}") from error
    for name in (SPEC, MEASUREMENTS):
        if hashlib.sha256(run.files[name]).hexdigest() != facts["sha256"].get(name):
            raise ValueError(f"{name}: its bytes do not match the digest in {RUN}")
    if facts["run"] != identity or hashlib.sha256(run.spec).hexdigest()[:16] != identity:
        raise ValueError(f"it is the run {facts['run'][:60]} under the name {identity}")
    return run
