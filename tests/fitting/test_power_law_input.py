import numpy as np
import pytest

from spectra.fitting import fit_power_law


@pytest.mark.parametrize(
    ("x", "y", "floor", "told"),
    [
        ([1, 2], [1, 2, 3], False, "same length"),
        ([1, 2, 3], [1, 0, 2], False, "position 1"),
        ([1, -2, 3], [1, 1, 2], False, "values of x"),
        ([1, 2, 3], [1, np.nan, 2], True, "not positive and finite"),
        ([1, 1, 1], [1, 2, 3], False, "these data have 1"),
        ([1, 2, 2], [1, 2, 3], True, "these data have 2"),
    ],
)
def test_data_that_no_power_law_fits_are_refused_with_a_reason(x, y, floor, told):
    with pytest.raises(ValueError, match=told):
        fit_power_law(x, y, floor=floor)


def test_confidence_is_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit_power_law([1, 2, 3], [3, 2, 1], floor=False, level=95)
