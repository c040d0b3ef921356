import numpy as np
import pytest

from spectra.data.fixed_order import fixed_order


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 16, 17, 1000, 4097])
def test_the_order_has_each_number_once(count):
    assert sorted(fixed_order(count, 0, count)) == list(range(count))


def test_a_part_of_the_order_is_the_same_as_in_the_whole():
    assert np.array_equal(fixed_order(1000, 300, 400), fixed_order(1000, 0, 1000)[300:400])


def test_the_order_never_changes():
    assert fixed_order(10, 0, 10).tolist() == [6, 1, 7, 8, 5, 9, 2, 4, 3, 0]


def test_the_order_is_no_different_from_a_random_one():
    count = 10_000
    order = fixed_order(count, 0, count)
    # Of a random order both correlations have mean zero and deviation 1 / sqrt(count).
    assert abs(np.corrcoef(order, np.arange(count))[0, 1]) < 4 / np.sqrt(count)
    assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 4 / np.sqrt(count)
    # The first hundredth hits 100 equal boxes like chance: chi-square with 99 degrees of freedom.
    hits = np.bincount(order[: count // 10] * 100 // count, minlength=100)
    assert 60 < ((hits - 10) ** 2 / 10).sum() < 145


def test_few_of_very_many_cost_little():
    order = fixed_order(10**15, 0, 1000)
    assert len(np.unique(order)) == 1000
    assert 0 <= order.min() < order.max() < 10**15
