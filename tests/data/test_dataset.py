"""What holds for every generated and packaged dataset."""

import random
import sys

import numpy as np
import pytest
import torch

from spectra.data import (
    DATA,
    MNIST,
    MNIST1D,
    ClassHalves,
    DataSpec,
    Digits,
    Eigenfunctions,
    EnglishText,
    MarkovText,
    PowerLawStream,
    PowerLawTeacher,
    SparseParity,
    Sphere,
    Zonal,
)
from tests.data.loaded import PACKAGES, loaded

SPECS = [
    PowerLawTeacher(dimension=20, train_examples=30, test_examples=10),
    SparseParity(train_examples=30, test_examples=10),
    MarkovText(train_examples=30, test_examples=10),
    Digits(),
    MNIST(),
    MNIST1D(),
    ClassHalves(),
    Eigenfunctions(2),
    PowerLawStream(2.0, 1.0, dimension=8, train_examples=30),
    Sphere(3, "gaussian_process", train_examples=30, test_examples=10),
    Zonal(train_examples=30, test_examples=10),
    EnglishText(),
    EnglishText("python", train_examples=30, test_examples=10),
]


def tensors(dataset):
    return dataset.inputs, dataset.targets, dataset.test_inputs, dataset.test_targets


def every_spec(test):
    names = [f"{spec.kind}-{spec.corpus}" if spec.kind == "english_text" else spec.kind for spec in SPECS]
    return pytest.mark.parametrize("spec", SPECS, ids=names)(test)


@pytest.mark.slow
@every_spec
def test_every_load_gives_the_same_bits_whatever_is_global_and_leaves_it_alone(spec):
    first = tensors(loaded(spec))  # importing a package may draw; this has done it
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(77), np.random.seed(77), random.seed(77)
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        second = tensors(spec.load())
    finally:
        torch.set_default_dtype(torch.float64)
    assert all(torch.equal(one, two) and one.dtype == two.dtype for one, two in zip(first, second, strict=True))
    assert torch.equal(states[0], torch.get_rng_state())
    assert all(np.array_equal(one, two) for one, two in zip(states[1], np.random.get_state(), strict=True))
    assert states[2] == random.getstate()


@every_spec
def test_numbers_take_the_type_of_the_run_and_integers_stay_integers(spec):
    dataset = loaded(spec)
    moved = dataset.to("cpu", torch.float32)
    for before, after in zip(tensors(dataset), tensors(moved), strict=True):
        assert before.dtype in (torch.float64, torch.int64)
        assert after.dtype == (torch.float32 if before.is_floating_point() else torch.int64)
        assert torch.equal(before.to(after.dtype), after)


@every_spec
def test_lengths_and_classes_fit_the_spec(spec):
    dataset = loaded(spec)
    assert len(dataset.inputs) == len(dataset.targets) == spec.train_examples
    assert len(dataset.test_inputs) == len(dataset.test_targets) > 0
    assert dataset.inputs.shape[1:] == dataset.test_inputs.shape[1:]
    places = dataset.targets.shape[:1] if dataset.targets.is_floating_point() else dataset.targets.shape
    losses = dataset.criterion.losses(torch.zeros(*places, dataset.outputs), dataset.targets)
    assert losses.shape == places


@every_spec
def test_every_kind_is_a_data_spec_of_the_table(spec):
    assert isinstance(spec, DataSpec)
    assert DATA[spec.kind] is type(spec)


@pytest.mark.parametrize("name", DATA)
def test_every_dataset_of_the_table_stands_under_its_kind(name):
    assert DATA[name].__dataclass_fields__["kind"].default == name


PACKAGED = [spec for spec in SPECS if spec.kind in PACKAGES and getattr(spec, "corpus", "bible") == "bible"]


@pytest.mark.parametrize("spec", PACKAGED, ids=lambda spec: spec.kind)
def test_a_missing_package_is_named_with_what_to_install(spec, monkeypatch):
    monkeypatch.setitem(sys.modules, PACKAGES[spec.kind], None)
    with pytest.raises(ImportError, match=r"pip install 'spectra-scaling\[data\]'"):
        spec.load()


@pytest.mark.parametrize("spec", [PowerLawTeacher, SparseParity, MarkovText], ids=lambda spec: spec.__name__)
def test_a_longer_training_set_leaves_the_test_set_alone_and_a_seed_changes_all(spec):
    short, long, other = spec(train_examples=30).load(), spec(train_examples=60).load(), spec(data_seed=1).load()
    assert torch.equal(short.test_inputs, long.test_inputs)
    assert torch.equal(short.test_targets, long.test_targets)
    assert not torch.equal(short.test_inputs, other.test_inputs)


@pytest.mark.parametrize("spec", [PowerLawTeacher(), SparseParity(), MarkovText()], ids=lambda spec: spec.kind)
def test_generated_training_and_test_examples_do_not_overlap(spec):
    dataset = spec.load()
    both = torch.cat([dataset.inputs, dataset.test_inputs])
    assert len(both.unique(dim=0)) == len(both)


@pytest.mark.parametrize(
    "kind", ["digits", "mnist", "mnist1d", "class_halves", "power_law_teacher", "sparse_parity", "markov_text"]
)
def test_unknown_settings_are_refused(kind):
    with pytest.raises(ValueError, match="seeds"):
        DATA[kind](seeds=1)
