"""What a chart shows is what its table holds."""

import json

import numpy as np
import pytest
from pandas import DataFrame

from spectra.report.chart import Chart, Level
from spectra.report.chart_points import MOST, as_json, chart_points
from spectra.report.style import size_colors
from tests.report.drawn import exhibit_of
from tests.report.spectral_table import spectral_table
from tests.report.synthetic_study import fitted

ROWS = DataFrame(
    {
        "case": ["a", "a", "a", "b"], "width": [64, 32, 32, 32], "step": [0, 0, 10, 5],
        "value": [1.0, 2.0, np.inf, 4.0], "low": [0.5, 1.5, 2.5, np.nan], "high": [1.5, 2.5, 3.5, np.nan],
    }
)  # fmt: skip
CHART = Chart("some", "step", "value", ["width"], sizes=[16, 32, 64], levels=[Level(2.0, "two", panel="b")])


def test_a_line_has_a_value_or_nothing_at_every_place_of_its_panel():
    found = chart_points(CHART, ROWS)
    assert found is not None
    assert [(panel["title"], panel["x"]) for panel in found["panels"]] == [("a", [0]), ("b", [5])]
    assert [curve["y"] for curve in found["panels"][0]["curves"]] == [[2], [1]]
    assert [(curve["low"], curve["high"]) for curve in found["panels"][0]["curves"]] == [([1.5], [2.5]), ([0.5], [1.5])]
    assert found["panels"][1]["curves"] == [{"line": 0, "y": [4]}]
    assert [panel["levels"] for panel in found["panels"]] == [[], [{"name": "two", "height": 2}]]


def test_a_size_has_the_color_that_it_has_in_every_figure():
    found = chart_points(CHART, ROWS)
    assert found is not None
    colors = size_colors([16, 32, 64])
    assert [(line["name"], line["color"]) for line in found["lines"]] == [("32", colors[32]), ("64", colors[64])]


def test_runs_of_their_own_and_columns_beside_are_lines_without_bands():
    rows = ROWS.assign(run=["", "", "", "lost"], law=[1.0, 1.0, 1.0, 3.0])
    found = chart_points(Chart("some", "step", "value", ["width"], single="run", beside=["law"]), rows)
    assert found is not None
    assert found["panels"][1]["curves"][0] == {"line": 0, "y": [4], "single": True}
    assert found["panels"][0]["curves"][-1] == {"line": 2, "dashed": True, "y": [1]}
    assert [line["name"] for line in found["lines"]] == ["32", "64", "law"]


def test_lines_and_panels_may_be_told_apart_by_several_columns():
    found = chart_points(Chart("some", "step", "value", ["case", "width"], panel=[]), ROWS)
    assert found is not None
    assert [line["name"] for line in found["lines"]] == ["a, width 64", "a, width 32", "b, width 32"]
    assert [panel["title"] for panel in found["panels"]] == [""]


@pytest.mark.parametrize(
    "rows", [DataFrame(), ROWS.assign(value=np.nan), ROWS.iloc[[0] * (MOST + 1)]], ids=["none", "unknown", "many"]
)
def test_there_is_no_chart_without_points_or_with_very_many(rows):
    assert chart_points(CHART, rows) is None
    assert as_json(None) == ""


def test_texts_of_users_cannot_end_the_script_element():
    evil = "</script><!-- \u2028 & ' \x00"
    told = as_json(chart_points(CHART, ROWS.assign(case=evil)))
    assert "<" not in told
    assert json.loads(told)["panels"][0]["title"] == evil.replace("\x00", "\ufffd")


def test_a_column_that_is_not_there_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        chart_points(Chart("some", "step", "nothing"), ROWS)


def test_seeds_are_further_curves_of_their_lines_and_places():
    seeds = DataFrame(
        {"case": "a", "width": [64, 64, 32], "step": [0, 7, 0], "run": ["x", "x", "y"], "value": [1.5, 9, 2.5]}
    )
    found = chart_points(CHART, ROWS, seeds)
    assert found is not None
    assert found["panels"][0]["curves"][2:] == [
        {"line": 1, "y": [1.5], "seed": True}, {"line": 0, "y": [2.5], "seed": True}
    ]  # fmt: skip
    assert "seed" not in str(found["panels"][1])


def test_names_give_the_order_and_the_colors_of_lines_also_where_some_are_missing():
    rows = DataFrame({"case": "a", "kind": ["z", "b"], "step": [0, 0], "value": [1.0, 2.0]})
    found = chart_points(Chart("some", "step", "value", ["kind"], names={"b": "B", "none": "N", "z": "Z"}), rows)
    assert found is not None
    colors = list(size_colors([0, 1, 2]).values())
    assert [(line["name"], line["color"]) for line in found["lines"]] == [("B", colors[0]), ("Z", colors[2])]
    assert [curve["y"] for curve in found["panels"][0]["curves"]] == [[2], [1]]


def test_an_axis_with_zero_is_linear_up_to_its_first_number():
    found = chart_points(Chart("some", "step", "value", ["width"], log="x", linear={"y": 0.25}), ROWS)
    assert found is not None
    assert found["x"] == {"title": "step", "log": True, "linear": 5}
    assert found["y"] == {"title": "value", "log": False, "linear": 0.25}
    bare = chart_points(Chart("some", "width", "value"), ROWS)
    assert bare is not None
    assert "linear" not in bare["x"]


@pytest.mark.parametrize("name", ["eigenvalues-effective_sharpness", "curvature_parts", "kernel_spectrum"])
def test_lines_of_a_size_have_its_color_on_the_whole_page(name):
    study = fitted(spectral_table())
    exhibit = exhibit_of(study, name)
    (chart,) = exhibit.charts
    found = chart_points(chart, exhibit.tables[chart.table])
    assert found is not None
    colors = size_colors(study.sizes)
    assert len(found["lines"]) > len(study.sizes)
    for line in found["lines"]:
        width = int(line["name"].removeprefix("width ").split(",")[0])
        assert line["color"] == colors[width]


def test_the_charts_of_densities_hold_all_bins_and_no_single_eigenvalues():
    study = fitted(spectral_table())
    exhibit = exhibit_of(study, "spectral_density")
    (chart,) = exhibit.charts
    rows = exhibit.tables["spectral_density"]
    found = chart_points(chart, rows)
    assert found is not None
    bins = rows[rows["low"] < rows["high"]]
    assert len(bins) < len(rows)
    counts = [count for panel in found["panels"] for curve in panel["curves"] for count in curve["y"]]
    np.testing.assert_allclose(sorted(counts), sorted(bins["count"]), rtol=1e-5, atol=1e-12)
    assert ((bins["low"] < bins["middle"]) & (bins["middle"] < bins["high"])).all()
