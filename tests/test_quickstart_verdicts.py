"""The recipe of the quickstart, whole: the contrast that it is there to show."""

from pathlib import Path

import pytest

from spectra.sweeps import RunStore, processes, read_experiment, sweep
from spectra.verdicts import rate_transfer, super_consistency

RECIPE = Path(__file__).parents[1] / "experiments" / "quickstart.toml"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The long table of each regime."""
    experiment, store = read_experiment(RECIPE), RunStore(tmp_path_factory.mktemp("runs"))
    assert not any(outcome.error for outcome in sweep(experiment.specs, store, processes(2)))
    table = store.load(experiment.specs).table
    return dict(iter(table.groupby("regime")))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_sharpness_is_consistent_under_mup_and_depends_on_the_width_under_ntk(tables):
    judged = {regime: super_consistency(rows[rows["rate"] == 0.71]) for regime, rows in tables.items()}
    reach = judged["mup"].trend[["low", "high"]].abs().to_numpy().max()
    assert reach < judged["mup"].margin
    assert judged["ntk_matched"].verdict == "inconsistent"
    assert judged["ntk_matched"].trend["slope"].between(-0.8, -0.3).all()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_best_rate_stays_under_mup_and_rises_under_ntk(tables):
    mup, ntk = (rate_transfer(tables[regime]) for regime in ("mup", "ntk_matched"))
    assert (mup.verdict, ntk.verdict) == ("transfers", "drifts")
    assert ntk.drift_interval.low > 0.3
    last = rate_transfer(tables["ntk_matched"], criterion="final_log_loss")
    assert last.verdict == "drifts"
