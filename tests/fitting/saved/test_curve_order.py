import numpy as np
import pytest

from spectra.fitting.curves import read_curve


def read(tmp_path, x, y=None, **columns):
    y = 10 / np.arange(2, len(x) + 2) if y is None else y
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n" + "".join(f"{a},{float(b)!r}\n" for a, b in zip(x, y, strict=True)))
    return read_curve(path, x="step", y="loss")


def test_of_steps_written_again_by_a_resumed_run_the_last_counts(tmp_path):
    curve = read(tmp_path, [1, 2, 3, 4, 5, 3, 4, 5, 6], [9, 8, 7, 6, 5, 70, 60, 50, 4])
    assert curve.x.tolist() == [1, 2, 3, 4, 5, 6]
    assert curve.y.tolist() == [9, 8, 70, 60, 50, 4]
    assert any("3 points again (first: step = 3, line 4)" in note for note in curve.notes)


def test_a_run_resumed_twice_keeps_the_last_of_three(tmp_path):
    curve = read(tmp_path, [1, 2, 3, 4, 3, 4, 2, 3, 4, 5])
    assert curve.x.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(curve.y, [10 / 2, 10 / 8, 10 / 9, 10 / 10, 10 / 11])


@pytest.mark.parametrize("x", [[1, 2, 3, 1, 2, 3], [1, 1, 2, 2, 3, 3], [3, 1, 2, 3, 2, 1]])
def test_repeats_that_no_resumed_run_makes_are_all_kept_and_told(tmp_path, x):
    curve = read(tmp_path, x)
    assert curve.x.tolist() == sorted(x)
    assert any("repeats, which it does 3 times" in note and "group" in note for note in curve.notes)


def test_gaps_are_told_and_logarithmic_steps_are_none(tmp_path):
    gap = read(tmp_path, [*range(1, 50), *range(200, 300)])
    assert "step has 1 gap; nothing was saved between 49 and 200." in gap.notes
    for x in ([1, 10, 100, 1000, 10000], range(1, 100), [2**n for n in range(20)], [1, 2, 3, 4, 100, 200, 300, 400]):
        assert not any("gap" in note for note in read(tmp_path, x).notes)


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    x = np.random.default_rng(0).permutation(np.arange(1, 60))
    curve = read(tmp_path, x, 1 / x)
    np.testing.assert_array_equal(curve.x, range(1, 60))
    np.testing.assert_array_equal(curve.y, 1 / np.arange(1, 60))


@pytest.mark.parametrize(("y", "told"), [([2, 2, 2], "same value 2 everywhere"), ([1, 2, 3], "not lower at the end")])
def test_constant_and_rising_curves_are_read_and_told(tmp_path, y, told):
    assert any(told in note for note in read(tmp_path, [1, 2, 3], y).notes)


def test_steps_at_the_end_of_the_range_of_doubles_are_in_order(tmp_path):
    steps = [1, 2, 1e308, 1.5e308, 1.7e308]
    assert read(tmp_path, steps).x.tolist() == steps
