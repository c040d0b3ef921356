"""Panels of one width, with labels that do not touch."""

from collections import Counter
from itertools import pairwise

import pytest

from spectra.report.look import PAGE, STYLES, drawn_for, look
from spectra.report.panels import arrangement, label_outer, panels, rightmost


@pytest.mark.parametrize(
    ("count", "rows"), [(1, [1]), (2, [2]), (3, [3]), (4, [2, 2]), (5, [3, 2]), (7, [3, 2, 2]), (8, [3, 3, 2])]
)
def test_every_case_gets_one_panel_and_all_are_of_one_width(count, rows):
    figure, axes = panels([f"rule {n}" for n in range(count)], height=2)
    assert len(axes) == len(figure.axes) == count
    assert arrangement(count) == rows
    figure.draw_without_rendering()
    ends = Counter(round(axis.get_position().x1, 2) for axis in figure.axes)
    assert max(ends) > 0.95
    assert ends[max(ends)] == rows.count(max(rows))
    assert len({round(axis.get_position().width, 3) for axis in figure.axes}) == 1
    assert [rightmost(axis) for axis in figure.axes] == [place == here - 1 for here in rows for place in range(here)]


@pytest.mark.parametrize("name", ["page", *STYLES])
def test_long_names_beside_rows_of_panels_do_not_touch(name):
    with drawn_for(PAGE if name == "page" else look(name)):
        figure, axes = panels([f"rule {n}" for n in range(4)], height=2.5)
        label_outer(figure, axes, x="step", y="change of log Gauss-Newton sharpness\nper doubling of width")
        figure.legend(handles=[], loc="outside upper center")
        figure.draw_without_rendering()
    boxes = sorted(
        (box.y0, box.y1) for axis in figure.axes if axis.get_ylabel() for box in [axis.yaxis.label.get_window_extent()]
    )
    assert all(end < start for (_, end), (start, _) in pairwise(boxes))
    assert boxes[0][0] >= 0
    assert boxes[-1][1] <= figure.bbox.y1
