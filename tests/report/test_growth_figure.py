"""How much a quantity changes in training, and in which words."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pandas import DataFrame

from spectra.report.growth_exhibit import change
from spectra.report.headline import headline
from spectra.report.question import EDGE
from tests.report.drawn import draw, exhibit_of, upper
from tests.report.synthetic_study import WIDTHS


def test_growth_is_drawn_as_a_factor_and_movement_where_it_was_measured(known):
    figure = draw(known, "growth")
    assert len(figure.axes) == 2
    (bars,) = upper(figure)[1].containers
    assert_allclose(bars[0].get_ydata(orig=False), np.exp(known.cases[1].consistency[EDGE].growth["growth"]))
    moved = DataFrame({"quantity": "kernel_movement", "size": WIDTHS, "movement": 0.3, "low": 0.2, "high": 0.4})
    cases = tuple(
        replace(case, consistency={EDGE: replace(case.consistency[EDGE], movement=moved)}) for case in known.cases
    )
    assert len(draw(replace(known, cases=cases), "growth").axes) == 4


def test_a_loss_falls_to_a_share_of_its_start(known):
    first = known.cases[0]
    fallen = replace(first.consistency[EDGE], quantity="loss")
    fallen = replace(fallen, growth=fallen.growth.assign(growth=np.log(0.00089), low=np.log(8e-4), high=np.log(9e-4)))
    asked = replace(known.question, quantities=(("loss", 0),))
    studied = replace(known, question=asked, cases=(replace(first, consistency={("loss", 0): fallen}),))
    exhibit = exhibit_of(studied, "growth")
    assert exhibit.caption.startswith("Share of its start to which the training loss falls by the plateau")
    assert exhibit.sheets[0].rows[0] == ("muP", "32", "0.00089", "0.0008 to 0.0009")
    assert "plateau over start of the\ntraining loss" in [axes.get_ylabel() for axes in exhibit.draw().axes]
    rows = {row[0]: row[1] for row in headline(studied).rows}
    assert rows["its fall along training at width 32 and 256"] == "to 0.00089 and 0.00089 of its start"


@pytest.mark.parametrize(
    ("factors", "told", "axis"),
    [
        ((0.5, 0.03), "Share of its start to which the effective sharpness falls", "plateau over start of the"),
        ((2.0, 1.0), "Factor by which the effective sharpness grows", "growth of the"),
        ((2.0, 0.5), "Factor by which the effective sharpness changes", "plateau over start of the"),
    ],
)
def test_what_falls_is_not_said_to_grow(known, factors, told, axis):
    def turned(case, factor):
        fit = case.consistency[EDGE]
        return replace(
            case,
            consistency={
                EDGE: replace(fit, growth=fit.growth.assign(**dict.fromkeys(["growth", "low", "high"], np.log(factor))))
            },
        )

    cases = tuple(turned(case, factor) for case, factor in zip(known.cases, factors, strict=True))
    exhibit = exhibit_of(replace(known, cases=cases), "growth")
    assert exhibit.caption.startswith(told)
    assert any(axes.get_ylabel().startswith(axis) for axes in exhibit.draw().axes)


def test_growth_without_an_end_is_told(known):
    assert [change(ratio, "sharpness") for ratio in (0.0, np.inf, np.nan, 1.04)] == ["0", "∞", "–", "+4 %"]
