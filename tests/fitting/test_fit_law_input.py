import numpy as np
import pytest

from spectra.fitting.fit_law import fit_law


@pytest.mark.parametrize(
    ("x", "y", "law", "told"),
    [
        ([1, 2], [1, 2, 3], "power", "same length"),
        ([1, 2, 3], [1, 0, 2], "power", "position 1"),
        ([1, -2, 3], [1, 1, 2], "power", "values of x are not positive and finite .first: -2"),
        ([1, 2, 3], [1, np.nan, 2], "floor", "not positive and finite"),
        ([1, 1, 1], [1, 2, 3], "power", "these data have 1"),
        ([1, 2, 2], [1, 2, 3], "floor", "these data have 2"),
        ([], [], "floor", "these data have 0"),
        ([[1, 2]], [[1, 2]], "power", "two lists"),
        ([1, 2, 3], [1, 2, 3], "joint", "size, data"),
        ({"size": [1, 2, 3]}, [1, 2, 3], "joint", "missing: data"),
        ({"size": [1, 2, 3], "data": [1, 2]}, [1, 2, 3], "joint", "equal lengths"),
        (np.arange(1, 1_000_002), np.ones(1_000_001), "power", "1000001 points were given.*log_bins"),
        ([1, 2, 3], [1, 2, 3], "flor", "known are power, floor"),
    ],
)
def test_data_that_no_law_fits_are_refused_with_a_reason(x, y, law, told):
    with pytest.raises(ValueError, match=told):
        fit_law(x, y, law=law)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"level": 95}, "between 0 and 1"),
        ({"objective": "l2"}, "known are relative, gaussian"),
        ({"weights": [1, 2]}, "one weight per point"),
        ({"weights": [1, 0, 2]}, "position 1"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_what_is_possible(options, told):
    with pytest.raises(ValueError, match=told):
        fit_law([1, 2, 3], [3, 2, 1], law="power", **options)
