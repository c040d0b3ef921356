import numpy as np
import pytest

from spectra.data.division import divided


def test_a_test_set_of_given_length_does_not_depend_on_the_training_set():
    (small, one), (large, two) = (divided(n, 5, 30, what="images") for n in (10, 25))
    assert np.array_equal(one, two)
    assert np.array_equal(small, large[:10])
    assert not set(large) & set(two)


def test_all_that_does_not_train_tests():
    train, test = divided(10, None, 30, what="images")
    assert sorted([*train, *test]) == list(range(30))


@pytest.mark.parametrize(("train", "test"), [(30, None), (31, None), (26, 5)])
def test_a_division_needs_enough(train, test):
    with pytest.raises(ValueError, match="there are 30 images, and train_examples"):
        divided(train, test, 30, what="images")
