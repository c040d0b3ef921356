"""Finished runs without training, as many as a test of the store needs."""

import numpy as np
import pandas as pd

from spectra.store.provenance import Provenance
from spectra.training import RunSpec
from tests.sweeps.fake_data import tiny

FACTS = Provenance(
    seconds=1.5, finished="2026-01-01T00:00:00+00:00", device="cpu", threads=1, revision=None, spectra="0.1.0",
    torch="2.6.0", numpy="2.0.0", python="3.11.0", platform="Linux x86_64 AVX2", results_format=3,
    members=2, memory=10**9, engine="processes", host="somewhere",
)  # fmt: skip


def made_up(count: int, *, rows: int = 12) -> list[tuple[RunSpec, pd.DataFrame, Provenance]]:
    """Runs that the store cannot tell from real ones; every tenth diverged."""
    return [(spec, measured(spec, rows), FACTS) for spec in (tiny(seed) for seed in range(count))]


def measured(spec: RunSpec, rows: int = 12) -> pd.DataFrame:
    """Measurements that only this run has."""
    values = np.random.default_rng(spec.seed).normal(size=rows)
    values[-1] = spec.seed % 10 == 0
    quantities = [*(["loss", "effective_sharpness"] * rows)[: rows - 1], "diverged"]
    return pd.DataFrame({"step": np.arange(rows), "quantity": quantities, "index": 0, "value": values})
