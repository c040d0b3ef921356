"""Size trends as powers of the size."""

from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import t as t_distribution
from scipy.stats import ttest_1samp

from spectra.report.headline import headline
from spectra.report.question import EDGE, Question
from spectra.report.size_powers import fit_rows, size_powers
from spectra.report.study import study
from spectra.verdicts import super_consistency
from tests.verdicts.simulated import consistency_table, sharpness_logs


def logs():
    return sharpness_logs(np.random.default_rng(2), seeds=8, slope=-0.93 * log(2), scatter=0.05)


def test_the_exponent_of_a_power_law_is_found_with_the_interval_of_its_seeds():
    powers = size_powers(super_consistency(consistency_table(logs())))
    doublings = np.arange(4) - 1.5
    seeds = np.einsum("k,skt->st", doublings, logs()) / (doublings @ doublings) / log(2)
    assert_allclose(powers["exponent"], seeds.mean(axis=0))
    assert_allclose(powers[["low", "high"]], [ttest_1samp(each, 0).confidence_interval(0.95) for each in seeds.T])
    assert powers["exponent"].to_numpy() == pytest.approx(-0.93, abs=0.1)


def test_the_level_of_the_verdict_does_not_change_it():
    table = consistency_table(logs())
    found = [size_powers(super_consistency(table, level=level)) for level in (0.5, 0.9)]
    assert_allclose(*found)


def test_powers_stand_in_the_fits_and_in_the_headline():
    table = consistency_table(logs())
    nothing = table[["run"]].iloc[:0].assign(error="")
    found = study(
        table, Question(rates=(0.5,)), name="a", title="A", description="", recipe="", provenance=nothing,
        failures=nothing,
    )  # fmt: skip
    rows = fit_rows(found).query("model == 'size power'")
    trend = found.cases[0].consistency[EDGE].trend
    assert rows["step"].tolist() == trend["step"].tolist()
    assert set(rows["parameter"]) == {"exponent"}
    assert set(rows["level"]) == {0.95}
    (told,) = [row for row in headline(found).rows if "power of the width" in row[0]]
    assert told[1].startswith("−0.9")
    assert t_distribution.isf(0.025, 7) > t_distribution.isf(0.05, 7)


def test_without_a_trend_there_is_no_power():
    few = super_consistency(consistency_table(logs()[:1]))
    assert size_powers(few).empty
