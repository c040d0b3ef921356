"""A distance to infinite size has no gap to it."""

import numpy as np
import pandas as pd
import pytest

from spectra.report.exhibits import exhibits
from spectra.report.question import Question
from spectra.training.measurements import MEASUREMENTS
from spectra.verdicts import super_consistency
from spectra.verdicts.quantity_limits import LIMITS, known_limit
from tests.report.synthetic_study import RATE, fitted, long_table

DISTANCE = "infinite_kernel_distance"


def test_all_of_them_can_be_measured():
    assert set(LIMITS) <= set(MEASUREMENTS)
    assert known_limit("effective_sharpness") is None


@pytest.mark.parametrize("power", [0.0, -0.5, -1.0])
def test_it_is_never_told_for_such_a_distance_and_is_for_another_quantity(power):
    noise = np.random.default_rng(1)
    rows = [
        (f"{size}-{seed}", size, seed, step, size**power * (1 + step) ** 0.3 * np.exp(0.02 * noise.standard_normal()))
        for size in (64, 128, 256, 512)
        for seed in range(6)
        for step in (0, 10, 20, 40)
    ]
    table = pd.DataFrame(rows, columns=["run", "width", "seed", "step", "value"])
    found = super_consistency(table.assign(quantity=DISTANCE), DISTANCE)
    assert found.accumulation.word == "is a gap itself"
    assert found.accumulation.by_step.empty
    assert "is itself a distance to infinite width" in found.sentence
    other = super_consistency(table.assign(quantity="loss"), "loss")
    assert other.accumulation.word != "is a gap itself"


def test_a_page_draws_no_gap_of_it():
    table = long_table(rates=(RATE,))
    table = table[table["quantity"].isin(["effective_sharpness", "diverged"])]
    table["quantity"] = table["quantity"].replace("effective_sharpness", DISTANCE)
    study = fitted(table, Question(rates=(RATE,), quantities=((DISTANCE, 0),)))
    names = [exhibit.name for exhibit in exhibits(study)]
    assert "trend" in names
    assert not [name for name in names if "gap" in name]
