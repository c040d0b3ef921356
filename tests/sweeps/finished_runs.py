"""A store with finished runs for sinks, and the numbers in it."""

import importlib.util
from pathlib import Path

import pytest

from spectra.store.provenance import provenance
from spectra.sweeps import RunStore
from spectra.training import run
from tests.sweeps.fake_data import tiny


def needs(package: str) -> pytest.MarkDecorator:
    absent = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(absent, reason=f"{package} is not installed: pip install 'spectra-scaling[{package}]'")


SPECS = (tiny(1), tiny(2), tiny(rate=1e4, steps=40))  # the last diverges


def filled(folder: Path, specs=SPECS) -> RunStore:
    store = RunStore(folder)
    for spec in specs:
        store.write(spec, run(spec), provenance(spec, seconds=1.0, device="cpu"))
    return store


def numbers(store: RunStore, spec) -> dict[str, list[tuple[int, float]]]:
    """Everything measured in a run, found without the code under test."""
    table = store.load([spec]).table
    return {
        (quantity if index == 0 else f"{quantity}/{index}"): [*zip(rows["step"], rows["value"], strict=True)]
        for (quantity, index), rows in table.groupby(["quantity", "index"], sort=False)
    }
