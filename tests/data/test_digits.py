import pytest
import torch

from spectra.data import Digits
from tests.data.loaded import loaded


def test_digits_are_real_images_and_standardised():
    dataset = loaded(Digits())
    assert dataset.inputs.shape == (1500, 1, 8, 8)
    assert dataset.test_inputs.shape == (297, 1, 8, 8)
    assert dataset.inputs.mean().abs() < 1e-12
    assert float(dataset.inputs.std()) == pytest.approx(1)
    assert sorted(dataset.targets.unique().tolist()) == list(range(10))


def test_pixels_stand_where_they_stood():
    load_digits = pytest.importorskip("sklearn.datasets").load_digits
    dataset, original = Digits(1796).load(), torch.from_numpy(load_digits().images)
    shades = dataset.inputs - dataset.inputs.min()
    image = torch.round(shades[0, 0] * 16 / shades.max())
    assert (original == image).all((1, 2)).sum() == 1


def test_training_and_test_examples_do_not_overlap():
    dataset = loaded(Digits())
    both = torch.cat([dataset.inputs, dataset.test_inputs]).flatten(1)
    assert len(both) == 1797
    assert len(both.unique(dim=0)) == 1797


def test_more_examples_than_there_are_are_refused():
    with pytest.raises(ValueError, match=r"(?s)train_examples.*less than 1797.*input_value=1797"):
        Digits(train_examples=1797)
