import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.features import classification_dimension, independence_deficit


def classifier(width=10, place=0):
    """Reads one of two classes from the sign of one feature."""
    module = nn.Sequential(nn.Identity(), nn.Linear(width, 2, bias=False))
    module[1].weight.data = torch.zeros(2, width)
    module[1].weight.data[:, place] = torch.tensor([1.0, -1])
    return module


@pytest.mark.parametrize("place", [0, 3, 9])
def test_directions_are_counted_down_to_the_one_that_classifies(place):
    inputs = torch.randn(400, 10) * 2.0 ** -torch.arange(10)
    targets = (inputs[:, place] < 0).long()
    found = classification_dimension(classifier(place=place), inputs, targets, "0", share=0.9)
    assert (found.dimension, found.features, found.accuracy, found.share) == (place + 1, 10, 1.0, 0.9)


def test_directions_are_those_of_the_centred_features():
    inputs = torch.randn(400, 10) * 2.0 ** -torch.arange(10)
    targets = (inputs[:, 0] < 0).long()
    inputs[:, 9] += 100  # the longest direction of the features as they are, and the shortest of the centred ones
    assert classification_dimension(classifier(), inputs, targets, "0").dimension == 1


def test_features_are_projected_without_being_centred():
    targets = torch.arange(60) % 2
    inputs = torch.tensor([[1.0, 0.0], [3.0, 0.0]])[targets] + torch.tensor([0.0, 2.0])
    module = nn.Sequential(nn.Identity(), nn.Linear(2, 2, bias=False))
    module[1].weight.data = torch.tensor([[0.0, 1], [1, 0]])  # the second coordinate, which is 2, against the first
    # On the first direction alone the second coordinate is zero, and all are in the class of the first.
    found = classification_dimension(module, inputs + 1e-3 * torch.randn(60, 2), targets, "0")
    assert (found.dimension, found.accuracy) == (2, 1.0)


def test_a_layer_of_images_is_projected_as_one_vector():
    module = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(18, 3))
    inputs = torch.randn(50, 1, 3, 3)
    targets = module(inputs).argmax(1)
    found = classification_dimension(module, inputs, targets, "0")
    # Two channels that are multiples of one another but for a bias: nine directions, and the mean of the features.
    assert found.features == 18
    assert 1 <= found.dimension <= 18
    assert not module[0]._forward_hooks


def test_what_does_not_classify_is_refused():
    module, inputs = classifier(), torch.randn(20, 10)
    with pytest.raises(ValueError, match="are no classification"):
        classification_dimension(module, inputs, torch.randn(20), "0")
    with pytest.raises(ValueError, match="10 examples do not tell the directions of 10 features"):
        classification_dimension(module, inputs[:10], torch.zeros(10, dtype=torch.int64), "0")
    with pytest.raises(ValueError, match="all 20 examples have the same features"):
        classification_dimension(module, torch.ones(20, 10), torch.zeros(20, dtype=torch.int64), "0")


def test_where_no_example_is_in_its_class_no_direction_is_needed():
    module, inputs = classifier(), torch.randn(20, 10)
    found = classification_dimension(module, inputs, module(inputs).argmin(1), "0")
    assert (found.dimension, found.accuracy) == (0, 0)


def test_the_lasso_of_orthogonal_outputs_is_the_soft_threshold():
    regressors = torch.linalg.qr(torch.randn(100, 5)).Q * 10  # x_c'x_c / N = 1
    true = torch.tensor([2.0, -1.0, 0.5, 0.1, 0])
    outputs = torch.cat([(regressors @ true)[:, None], regressors], 1)
    found = independence_deficit(outputs, 0, penalty=0.3, tolerance=1e-13)
    assert_close(found.coefficients, torch.tensor([0, 1.7, -0.7, 0.2, 0, 0]))
    assert (found.used, found.converged) == (3, True)
    left = torch.tensor([0.3, 0.3, 0.3, 0.1, 0]).square().sum() / true.square().sum()
    assert found.explained == pytest.approx(float(1 - left))


def test_the_lasso_of_correlated_outputs_meets_its_conditions():
    outputs = torch.randn(80, 6) @ torch.randn(6, 6)
    found = independence_deficit(outputs, 2, penalty=0.2, tolerance=1e-12)
    residual = outputs[:, 2] - outputs @ found.coefficients
    slopes = outputs.T @ residual / 80
    others = torch.tensor([0, 1, 3, 4, 5])
    w = found.coefficients
    active = others[w[others] != 0]
    assert_close(slopes[active], 0.2 * w[active].sign(), atol=1e-4, rtol=0)
    assert float(slopes[others].abs().max()) < 0.2 + 1e-4
    assert w[2] == 0
    assert found.explained == pytest.approx(float(1 - residual.square().sum() / outputs[:, 2].square().sum()))


def test_an_output_that_depends_on_others_is_explained_and_one_that_does_not_is_not():
    free = torch.randn(500, 4)
    outputs = torch.cat([free, (free[:, :1] - 2 * free[:, 1:2])], 1)
    found = independence_deficit(outputs, 4, penalty=1e-6)
    assert found.explained > 1 - 1e-6
    assert_close(found.coefficients, torch.tensor([1.0, -2, 0, 0, 0]), atol=1e-3, rtol=0)
    assert independence_deficit(free, 3, penalty=0.2).used == 0
    largest = float((outputs[:, :4].T @ outputs[:, 4] / 500).abs().max())
    assert independence_deficit(outputs, 4, penalty=largest * 1.0001).used == 0
    assert independence_deficit(outputs, 4, penalty=largest * 0.999).used == 1


def test_a_lasso_that_has_not_converged_says_so():
    outputs = torch.randn(50, 1) + 1e-3 * torch.randn(50, 5)
    found = independence_deficit(outputs, 0, penalty=1e-9, tolerance=1e-14, max_sweeps=2)
    assert (found.sweeps, found.converged) == (2, False)
    assert found.gap > 1e-14
    # Nothing done yet: with the residual y scaled by s, the gap is (1 - s)^2 of |y|^2 / (2 N).
    largest = float((outputs[:, 1:].T @ outputs[:, 0] / 50).abs().max())
    start = independence_deficit(outputs, 0, penalty=0.3 * largest, max_sweeps=0)
    assert (start.gap, start.explained) == (pytest.approx(0.49), 0)


def test_outputs_that_cannot_be_explained_are_refused():
    with pytest.raises(ValueError, match="output 3 of 3"):
        independence_deficit(torch.randn(5, 3), 3, penalty=0.1)
    with pytest.raises(ValueError, match="penalty is -1"):
        independence_deficit(torch.randn(5, 3), 0, penalty=-1)
    with pytest.raises(ValueError, match="is zero for all 5 examples"):
        independence_deficit(torch.tensor([[0.0, 1]] * 5), 0, penalty=0.1)
