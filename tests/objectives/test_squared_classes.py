import pytest
import torch
from torch.nn.functional import one_hot
from torch.testing import assert_close

from spectra.objectives import IGNORED, criterion, squared_error
from spectra.objectives.squared_classes import squared_class_error, squared_error_of

OUTPUTS, CLASSES = torch.Size([5, 3]), torch.tensor([0, 2, 1, 2, 2])


def test_it_is_the_squared_error_of_rows_with_a_one():
    outputs, rows = torch.randn(OUTPUTS), one_hot(CLASSES, 3).double()
    assert_close(squared_class_error.losses(outputs, CLASSES), squared_error.losses(outputs, rows))
    assert squared_error_of(CLASSES) is squared_class_error
    assert squared_error_of(rows) is squared_error


def test_the_curvature_is_the_second_derivative_and_tokens_are_examples():
    outputs, directions = torch.randn(2, 4, 3), torch.randn(2, 4, 3)
    targets = torch.tensor([[0, 1, 2, IGNORED], [2, 2, IGNORED, 0]])
    plain = criterion("plain", squared_class_error.losses, counted=squared_class_error.counted)
    found = squared_class_error.curvature(outputs, targets, directions)
    assert_close(found, plain.curvature(outputs, targets, directions))
    losses = squared_class_error.losses(outputs, targets)
    assert losses.shape == (2, 4)
    assert losses[0, 3] == losses[1, 2] == 0
    assert not found[0, 3].any()


def test_numbers_and_other_layouts_are_refused():
    with pytest.raises(ValueError, match="squared error of classes got outputs"):
        squared_class_error.losses(torch.randn(OUTPUTS), torch.randn(OUTPUTS))
