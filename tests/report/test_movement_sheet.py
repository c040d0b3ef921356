from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas import DataFrame

from spectra.report.figure_tables import growth_rows
from spectra.report.headline import headline
from spectra.report.movement_sheet import movement_sheet
from spectra.report.question import EDGE
from tests.report.synthetic_study import WIDTHS


@pytest.fixture
def moved(known):
    kinds = {"kernel_movement": 0.3, "weight_movement": 1.5}
    rows = [(kind, width, value, value - 0.1, value + 0.1) for kind, value in kinds.items() for width in WIDTHS]
    table = DataFrame(rows, columns=["quantity", "size", "movement", "low", "high"])
    table = table.assign(fade=0.8, fade_low=0.7, fade_high=0.9)
    second = replace(known.cases[1], consistency={EDGE: replace(known.cases[1].consistency[EDGE], movement=table)})
    return replace(known, cases=(known.cases[0], second))


def test_movement_stands_once_for_every_case_and_size(moved):
    sheet = movement_sheet(moved)
    assert sheet.columns == ("case", "width", "kernel movement", "weight movement")
    case = "NTK, matched at the base width"
    assert sheet.rows == tuple((case, str(width), "0.3 [0.2 to 0.4]", "1.5 [1.4 to 1.6]") for width in WIDTHS)


def test_how_movement_fades_is_told_once_for_every_case(moved):
    told = {row[0]: row[1:] for row in headline(moved).rows}
    assert told["exponent with which the movement of the weights fades in width"] == ("–", "+0.8 [+0.7 to +0.9]")


def test_nothing_is_told_of_movement_that_was_not_measured(known):
    assert movement_sheet(known).rows == ()


def test_growth_is_told_as_a_factor(known):
    rows = growth_rows(known, EDGE)
    logs = pd.concat([case.consistency[EDGE].growth for case in known.cases])
    assert {"factor", "low", "high"} <= set(rows.columns)
    assert_allclose(rows["factor"], np.exp(logs["growth"]))
    assert (rows["low"] < rows["factor"]).all()
