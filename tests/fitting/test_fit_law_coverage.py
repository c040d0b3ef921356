"""Intervals of simulated curves hold the truth as often as they say."""

import os
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binom

from tests.fitting.coverage_study import Case, coverage

WHITE = [Case(law, points, "white") for law in ("power", "floor") for points in (8, 40)]
OTHERS = [
    Case("floor", 60, "heavy"),
    Case("floor", 40, "white", "gaussian"),
    Case("floor", 60, "heavy", "huber"),
    Case("floor", 60, "heavy", "student_t"),
]
STUDY = [
    *[Case(law, points, "white") for law in ("power", "floor") for points in (20, 100)],
    *[Case(law, points, "heavy") for law in ("power", "floor") for points in (20, 100)],
    *[Case(law, 200, "slow 0.8") for law in ("power", "floor")],
    Case("floor", 50, "slow 0.5"),
    Case("floor", 500, "slow 0.9"),
    Case("floor", 100, "white", scatter=0.1),
    *[Case("floor", 100, "white", objective) for objective in ("gaussian", "huber", "absolute", "student_t")],
    *[Case("floor", 100, "heavy", objective) for objective in ("gaussian", "huber", "absolute", "student_t")],
]


@pytest.mark.parametrize("case", WHITE, ids=str)
def test_intervals_of_independent_points_cover(case):
    for share in coverage(case, curves=50).values():
        assert 50 * share >= binom.ppf(1e-4, 50, 0.95)


@pytest.mark.parametrize("case", OTHERS, ids=str)
def test_intervals_cover_for_other_noise_and_objectives(case):
    for share in coverage(case, curves=15).values():
        assert 15 * share >= binom.ppf(1e-4, 15, 0.95)


def test_intervals_of_correlated_points_cover():
    # Intervals that take the points as independent hold the truth 5 times in 10 here.
    for share in coverage(Case("floor", 200, "slow 0.8"), curves=40).values():
        assert 40 * share >= binom.ppf(1e-4, 40, 0.93)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", STUDY, ids=str)
def test_coverage_of_a_thousand_curves(case):
    """Adds its row to the file named by SPECTRA_COVERAGE_TABLE, if there is one: the table of the documentation."""
    shares = coverage(case, curves=1000)
    if "SPECTRA_COVERAGE_TABLE" in os.environ:
        path = Path(os.environ["SPECTRA_COVERAGE_TABLE"])
        pd.DataFrame([{**vars(case), **shares}]).to_csv(path, mode="a", index=False, header=not path.exists())
    for share in shares.values():
        assert 0.93 <= share <= 0.985
