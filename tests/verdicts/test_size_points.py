import pandas as pd
import pytest

from spectra.verdicts.size_points import size_points


def runs(*points):
    return pd.DataFrame(points, columns=["width", "depth"])


def test_pairs_of_sizes_ascend_by_their_product_and_are_named():
    points = size_points(runs((64, 4), (32, 2), (64, 2), (32, 4), (32, 2)), ("width", "depth"))
    assert points.labels == ("32 × 2", "32 × 4", "64 × 2", "64 × 4")
    assert points.sizes == (64, 128, 128, 256)
    assert points.span == 2
    assert points.table().columns.to_list() == ["size", "width", "depth"]


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ([(32, 2), (64, 4), (128, 8)], "change together"),
        ([(32, 2), (64, 3), (128, 4), (256, 6)], "change together"),
        ([(32, 4), (64, 4), (128, 4)], "depth is the same in all runs: judge over width alone"),
    ],
)
def test_sizes_whose_effects_cannot_be_told_apart_are_refused(points, told):
    with pytest.raises(ValueError, match=told):
        size_points(runs(*points), ("width", "depth"))


@pytest.mark.parametrize("columns", [("width", "width"), ("width", "depth", "width")])
def test_other_than_one_or_two_columns_are_refused(columns):
    with pytest.raises(ValueError, match="a pair of different ones"):
        size_points(runs((32, 2), (64, 4)), columns)
