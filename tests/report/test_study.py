from dataclasses import replace

import pytest
from pandas import DataFrame

from spectra.verdicts import RateTransfer, SuperConsistency
from tests.report.conftest import fitted
from tests.report.synthetic_study import REGIMES, long_table, whole_study


def test_every_regime_is_judged_by_both_criteria_and_its_curves_are_fitted(real):
    assert list(real.consistency) == list(real.transfer) == list(REGIMES)
    assert all(isinstance(fit, SuperConsistency) for fit in real.consistency.values())
    for fits in real.transfer.values():
        assert list(fits) == ["mean_log_loss", "final_log_loss"]
        assert all(isinstance(fit, RateTransfer) for fit in fits.values())
    assert len(real.exponents) == 2 * 4 * 2 * (2 + 3)  # regimes, widths, curves, parameters with and without floor
    columns = ["regime", "width", "curve", "model", "parameter", "estimate", "low", "high", "level"]
    assert list(real.exponents) == columns


def test_the_known_regimes_come_out_as_they_were_made(real):
    assert real.consistency["ntk_matched"].verdict == "inconsistent"
    assert real.transfer["mup"]["mean_log_loss"].verdict == "transfers"
    assert real.transfer["ntk_matched"]["mean_log_loss"].verdict == "drifts"


@pytest.mark.parametrize("table", [DataFrame(), long_table().iloc[:0]])
def test_an_empty_table_says_so(table):
    empty = fitted(table)
    assert (empty.regimes, empty.sizes, empty.consistency) == ([], [], {})
    assert "no run of this experiment has finished" in empty.notes[0]


def test_a_rate_that_nobody_ran_says_which_rates_there_are():
    other = fitted(long_table(widths=(32, 64), seeds=(0,)), rate=7.0)
    assert other.notes[0] == "No run has the judged learning rate 7; there are 0.375, 0.75, 1.5, 3, 6, 12, 24."


def test_an_unfinished_recipe_is_the_first_note():
    assert "3 runs of the recipe" in fitted(long_table(widths=(32,), seeds=(0,)), missing=3).notes[0]


def test_the_stability_limit_follows_the_momentum():
    study = whole_study()
    assert study.stability_limit == 2.0
    assert replace(study, table=study.table.assign(momentum=0.9)).stability_limit == pytest.approx(3.8)
    assert (
        replace(study, table=study.table.assign(momentum=[0.9] * 5 + [0.0] * (len(study.table) - 5))).stability_limit
        is None
    )
    adam = study.table.drop(columns="momentum", errors="ignore").assign(optimizer="adam", beta1=0.9)
    assert replace(study, table=adam).stability_limit == pytest.approx(38)
    decayed = adam.assign(optimizer="adamw", decay=0.1)
    assert replace(study, table=decayed, rate=0.5).stability_limit == pytest.approx(1.95 * 19)
    assert replace(study, quantity="sharpness").stability_limit is None
