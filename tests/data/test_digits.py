import pytest
import torch

from spectra.data import DATA, DataSpec, Digits


def test_digits_are_real_and_standardised():
    dataset = Digits().load()
    assert dataset.inputs.shape == (1500, 64)
    assert dataset.test_inputs.shape == (297, 64)
    assert dataset.inputs.mean().abs() < 1e-12
    assert float(dataset.inputs.std()) == pytest.approx(1)
    assert sorted(dataset.targets.unique().tolist()) == list(range(10))


def test_every_load_is_the_same():
    one, two = Digits(1000).load(), Digits(1000).load()
    assert torch.equal(one.inputs, two.inputs)
    assert torch.equal(one.test_targets, two.test_targets)


def test_training_and_test_examples_do_not_overlap():
    dataset = Digits().load()
    both = torch.cat([dataset.inputs, dataset.test_inputs])
    assert len(both) == 1797
    assert len(both.unique(dim=0)) == 1797


@pytest.mark.parametrize("name", DATA)
def test_every_dataset_of_the_table_is_a_data_spec(name):
    spec = DATA[name]()
    assert isinstance(spec, DataSpec)
    assert spec.kind == name


def test_more_examples_than_there_are_are_refused():
    with pytest.raises(ValueError, match="train_examples"):
        Digits(train_examples=1797)
