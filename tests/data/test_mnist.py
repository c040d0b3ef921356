import pytest
import torch
from torch.testing import assert_close

from spectra.data import MNIST, MNIST1D
from tests.data.loaded import loaded


def test_mnist_is_balanced_without_repetitions_and_standardised():
    dataset = loaded(MNIST())
    assert dataset.inputs.shape == (4000, 1, 28, 28)
    assert dataset.test_inputs.shape == (1000, 1, 28, 28)
    assert torch.cat([dataset.targets, dataset.test_targets]).bincount().tolist() == [500] * 10
    assert len(torch.cat([dataset.inputs, dataset.test_inputs]).flatten(1).unique(dim=0)) == 5000
    assert dataset.inputs.mean().abs() < 1e-12
    assert float(dataset.inputs.std()) == pytest.approx(1)


def test_smaller_images_are_means_of_squares():
    large, small = loaded(MNIST()), loaded(MNIST(side=14))
    means = large.inputs[0, 0].reshape(14, 2, 14, 2).mean((1, 3))
    assert torch.equal(large.targets, small.targets)
    # Both are scaled linearly, so that the pixels of one image lie on a line.
    assert_close(torch.corrcoef(torch.stack([means.flatten(), small.inputs[0, 0].flatten()]))[0, 1], torch.tensor(1.0))


def test_nearest_neighbours_read_the_digits():
    dataset = loaded(MNIST(side=14))
    nearest = torch.cdist(dataset.test_inputs[:200].flatten(1), dataset.inputs.flatten(1)).argmin(1)
    assert float((dataset.targets[nearest] == dataset.test_targets[:200]).double().mean()) > 0.9


def test_mnist1d_is_the_published_set_and_shorter_ones_are_its_beginning():
    whole, short = loaded(MNIST1D()), loaded(MNIST1D(train_examples=100))
    assert whole.inputs.shape == (4000, 40)
    assert whole.test_inputs.shape == (1000, 40)
    assert torch.cat([whole.targets, whole.test_targets]).bincount().tolist() == [500] * 10
    assert len(torch.cat([whole.inputs, whole.test_inputs]).unique(dim=0)) == 5000
    assert torch.equal(whole.inputs[:100], short.inputs)
    assert torch.equal(whole.test_targets, short.test_targets)


def test_another_seed_makes_other_signals():
    assert not torch.equal(loaded(MNIST1D(data_seed=1)).inputs, loaded(MNIST1D()).inputs)


def test_more_examples_than_there_are_are_refused():
    with pytest.raises(ValueError, match=r"(?s)train_examples.*less than 5000.*input_value=5000"):
        MNIST(train_examples=5000)
    with pytest.raises(ValueError, match=r"(?s)train_examples.*equal to 4000.*input_value=4001"):
        MNIST1D(train_examples=4001)
    with pytest.raises(ValueError, match="side"):
        MNIST(side=5)
