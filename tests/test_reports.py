"""The pages of the repository say what the runs beside them say."""

from pathlib import Path

import pandas as pd
import pytest

from spectra.cli.reporting import gathered, write_found
from spectra.sweeps import RunStore, read_experiment

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.parent.name for path in (ROOT / "reports").glob("*/runs"))
QUICK = ("laplace",)
"""Pages that are made in a few seconds."""
TABLES = ("verdicts.csv", "fits.csv", "comparisons.csv")


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in NAMES])
def test_a_page_is_made_again_from_the_runs_beside_it(name, tmp_path):
    experiment = read_experiment(ROOT / "experiments" / f"{name}.toml")
    store = RunStore(ROOT / "reports" / name / "runs")
    loaded = store.load(experiment.specs)
    assert not loaded.missing
    measured = {measurement.quantity for spec in experiment.specs for measurement in spec.measurements}
    assert measured <= set(loaded.table["quantity"])
    write_found(gathered(experiment, loaded, store.folder), tmp_path)
    made = [table for table in TABLES if (tmp_path / table).exists()]
    assert made
    for table in made:
        kept, again = (pd.read_csv(folder / table) for folder in (ROOT / "reports" / name, tmp_path))
        pd.testing.assert_frame_equal(again, kept, rtol=1e-6, atol=1e-9)
