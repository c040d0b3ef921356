"""The three files of one finished run, and how each is known to be as it was written."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spectra.sweeps.provenance import Provenance
from spectra.sweeps.sealed_json import sealed, unsealed
from spectra.training import RunSpec

SPEC, MEASUREMENTS, RUN = "spec.json", "measurements.parquet", "run.json"
SCHEMA = pa.schema([("step", pa.int64()), ("quantity", pa.string()), ("index", pa.int64()), ("value", pa.float64())])
"""What is measured. The settings stand in spec.json alone, and become columns again when a run is loaded."""


@dataclass(frozen=True)
class Contents:
    """A run as it was read, with every byte verified."""

    measurements: bytes  # parquet of `SCHEMA`
    diverged: bool
    provenance: Mapping[str, Any]  # fields of `Provenance`

    def table(self) -> pa.Table:
        """The measurements."""
        # The digests leave nothing to find here; page checksums serve those who read the file with other tools.
        source = pa.BufferReader(self.measurements)
        return pq.ParquetFile(source, page_checksum_verification=True).read(use_threads=False)


def files(spec: RunSpec, table: pd.DataFrame, provenance: Provenance) -> dict[str, bytes]:
    """Names and contents of the files of a finished run.

    Args:
        spec: Settings of the run.
        table: Its long table, with exactly one row of the quantity `diverged`.
        provenance: How it was made.

    Returns:
        spec.json, the canonical text that the identity is the hash of; measurements.parquet; and run.json, which
        holds the SHA-256 of the other two and a digest of itself.

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
    contents = {SPEC: spec.json().encode(), MEASUREMENTS: buffer.getvalue()}
    facts = {
        "run": spec.identity,
        "diverged": bool(ends[0]),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        "provenance": asdict(provenance),
    }
    return contents | {RUN: sealed(facts)}


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
    contents = {name: (folder / name).read_bytes() for name in (SPEC, MEASUREMENTS, RUN)}
    try:
        facts = unsealed(contents[RUN])
    except ValueError as error:
        raise ValueError(f"{RUN}: {error}") from error
    for name in (SPEC, MEASUREMENTS):
        if hashlib.sha256(contents[name]).hexdigest() != facts["sha256"][name]:
            raise ValueError(f"{name}: its bytes do not match the digest in {RUN}")
    if facts["run"] != identity or hashlib.sha256(contents[SPEC]).hexdigest()[:16] != identity:
        raise ValueError(f"it is the run {facts['run']} under the name {identity}")
    return Contents(contents[MEASUREMENTS], facts["diverged"], facts["provenance"])
