import pytest
import torch
from torch.testing import assert_close

from spectra.data import Circle


def test_points_are_evenly_spaced_and_targets_are_the_cubic_of_the_angle():
    for stretch in (1.0, 2.5):
        dataset = Circle(stretch=stretch).load()
        for inputs, targets, count in (
            (dataset.inputs, dataset.targets, 15),
            (dataset.test_inputs, dataset.test_targets, 100),
        ):
            assert inputs.shape == (count, 2)
            first, second = inputs[:, 0], inputs[:, 1] / stretch
            angles = torch.atan2(second, first)
            assert_close(first.square() + second.square(), torch.ones(count))
            gaps = angles.sort().values.diff()
            assert_close(gaps, torch.full((count - 1,), 2 * torch.pi / count))
            c, s = angles.cos(), angles.sin()
            assert_close(targets[:, 0], 4 * c * s**2 - 0.8 * c**3 + 1.2 * s**2 - 0.8 * c**2 * s)


def test_the_target_has_an_even_and_an_odd_part():
    dataset = Circle(train_examples=16).load()
    opposite = dataset.targets.roll(8, 0)
    assert float((dataset.targets - opposite).norm()) > 1
    assert float((dataset.targets + opposite).norm()) > 1


def test_nothing_to_train_with_is_refused():
    with pytest.raises(ValueError, match="greater than 0"):
        Circle(train_examples=0)
