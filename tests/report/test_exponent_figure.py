"""Exponents of the losses against size."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose

from spectra.report.exhibits import exhibits
from tests.report.drawn import draw, exhibit_of, line, upper


def test_exponents_and_their_intervals_are_those_of_the_table(known):
    axes = upper(draw(known, "exponents"))[0]
    drawn = line(axes, "training loss, no floor")
    rows = known.exponents.query("case == 'muP' and curve == 'loss' and model == 'power' and parameter == 'exponent'")
    assert_allclose(drawn.get_ydata(), rows["estimate"].astype(float))
    assert_allclose(np.log2(drawn.get_xdata() / rows["width"]), np.log2(drawn.get_xdata()[0] / 32) * np.ones(4))
    assert_allclose([segment[:, 1] for segment in axes.collections[1].get_segments()], rows[["low", "high"]])


def test_an_endless_interval_ends_in_an_arrow_at_the_panel(known):
    rows = known.exponents.copy()
    rows.loc[(rows["parameter"] == "exponent") & (rows["width"] == 64), "high"] = np.inf
    axes = upper(draw(replace(known, exponents=rows), "exponents"))[0]
    arrows = [drawn for drawn in axes.lines if drawn.get_marker() == "^"]
    assert len(arrows) == 4  # two curves, two models
    assert all(drawn.get_ydata()[0] == axes.get_ylim()[1] for drawn in arrows)


def test_a_law_without_any_bounded_interval_is_left_out_and_named(known):
    rows = known.exponents.copy()
    rows.loc[(rows["parameter"] == "exponent") & (rows["model"] == "floor"), "high"] = np.inf
    exhibit = exhibit_of(replace(known, exponents=rows), "exponents")
    labels = {str(drawn.get_label()) for drawn in upper(exhibit.draw())[0].lines}
    assert {label for label in labels if "loss" in label} == {"training loss, no floor", "test loss, no floor"}
    assert set(exhibit.tables["exponents"]["model"]) == {"power"}
    assert exhibit.caption.endswith("bounded interval: training loss with a floor, test loss with a floor.")
    rows.loc[rows["parameter"] == "exponent", "low"] = -np.inf
    assert "exponents" not in [each.name for each in exhibits(replace(known, exponents=rows))]
