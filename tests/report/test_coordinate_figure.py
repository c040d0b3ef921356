"""The figure of a coordinate check."""

import numpy as np
from numpy.testing import assert_allclose
from pandas import DataFrame

from spectra.report.coordinate_figure import coordinate_exponents, shortened
from tests.report.drawn import lines


def exponents(**changes) -> DataFrame:
    rows = [
        ("input", "size", 0.0, -0.05, 0.05, 0.0, "equal", "pass"),
        ("input", "change", 0.4, 0.3, 0.5, 0.0, "equal", "fail"),
        ("readout", "size", -0.6, -0.7, -0.5, -0.5, "at most", "pass"),
        ("readout", "change", 0.1, -0.3, 0.5, 0.0, "equal", "not enough seeds"),
    ]
    names = ["layer", "quantity", "exponent", "low", "high", "predicted", "relation", "verdict"]
    return DataFrame(rows, columns=names).assign(**changes)


def test_layers_are_rows_and_quantities_panels_of_a_coordinate_check():
    figure = coordinate_exponents(exponents())
    left, right = figure.axes
    assert [axes.get_title(loc="left") for axes in (left, right)] == ["size at the start", "change after the updates"]
    assert [text.get_text() for text in left.get_yticklabels()] == ["input", "readout"]
    (failed,) = lines(right, "fail")
    assert (failed.get_xdata()[0], failed.get_ydata()[0], failed.get_marker()) == (0.4, 0, "X")


def test_zones_are_what_is_allowed_and_a_bound_has_one_side():
    left = coordinate_exponents(exponents(), tolerance=0.1).axes[0]
    equal, bound = sorted(left.patches, key=lambda patch: patch.get_y())
    assert_allclose([equal.get_x(), equal.get_width()], [-0.1, 0.2])
    assert_allclose([bound.get_x(), bound.get_x() + bound.get_width()], [left.get_xlim()[0], -0.4])


def test_exponents_that_are_infinite_lie_at_the_end_of_the_axis():
    figure = coordinate_exponents(exponents(exponent=np.inf, low=np.inf, high=np.inf))
    _, high = figure.axes[0].get_xlim()
    assert {line.get_xdata()[0] for line in lines(figure.axes[0], "pass")} == {high}


def test_layers_with_long_names_keep_both_ends():
    name = shortened("transformer.blocks.11.attention.query_projection.weight")
    assert len(name) <= 30
    assert name.startswith("transform")
    assert name.endswith("projection.weight")
