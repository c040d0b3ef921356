from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from spectra.data import MNIST, Digits, Eigenfunctions, eigenfunctions
from spectra.kernels import mlp_kernel
from tests.data.loaded import loaded


def both(dataset):
    return torch.cat([dataset.inputs, dataset.test_inputs]), torch.cat([dataset.targets, dataset.test_targets])


def signs(inputs, hidden=2, activation="relu"):
    """Positive entries of all eigenvectors of the dense kernel, the largest entry of each positive."""
    kernel = mlp_kernel(inputs, hidden=hidden, activation=activation, weight_var=2.0, bias_var=0.0)[1]
    vectors = torch.linalg.eigh(kernel).eigenvectors.flip(1)
    return vectors * vectors.gather(0, vectors.abs().argmax(0, keepdim=True)) > 0


def test_labels_are_the_signs_of_the_eigenvectors_of_the_dense_kernel():
    expected = signs(both(loaded(Digits()))[0])
    for eigenvector in (2, 3, 10, 32):
        _, labels = both(Eigenfunctions(eigenvector).load())
        assert torch.equal(labels.bool(), expected[:, eigenvector - 1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec",
    [Eigenfunctions(5, "mnist", 4000), Eigenfunctions(100), Eigenfunctions(7, "digits", 1000, 1, "erf")],
    ids=["mnist", "late", "settings"],
)
def test_also_of_other_images_kernels_and_places(spec):
    original = MNIST(4000) if spec.images == "mnist" else Digits(spec.train_examples)
    expected = signs(both(original.load())[0], spec.kernel_hidden, spec.kernel_activation)
    assert torch.equal(both(spec.load())[1].bool(), expected[:, spec.eigenvector - 1])


def test_the_images_are_those_of_ten_classes():
    ten, two = loaded(Digits()), loaded(Eigenfunctions(2))
    assert torch.equal(two.inputs, ten.inputs)
    assert torch.equal(two.test_inputs, ten.test_inputs)
    assert two.outputs == 2


def test_the_classes_are_nearly_balanced():
    shares = [both(Eigenfunctions(place).load())[1].double().mean() for place in range(2, 33)]
    assert 0.428 < min(shares) < max(shares) < 0.536


def test_an_eigenvector_of_one_sign_is_refused():
    with pytest.raises(ValueError, match="eigenvector 1 puts all 1500 training images into class 1, and 1797 of all"):
        Eigenfunctions(1).load()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"eigenvector": 0}, "greater than or equal to 1"),
        ({"eigenvector": 129}, "less than or equal to 128"),
        ({"train_examples": 1797}, "leaves none of the 1797 images of digits"),
        ({"images": "mnist", "train_examples": 5000}, "leaves none of the 5000 images of mnist"),
        ({"images": "letters"}, "'digits' or 'mnist'"),
        ({"kernel_activation": "step"}, "'relu', 'erf' or 'gelu'"),
        ({"kernel_hidden": 0}, "greater than 0"),
    ],
)
def test_what_there_is_not_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(Eigenfunctions(2), **changes)


def test_eigenvectors_that_were_not_found_are_no_labels(monkeypatch):
    found = SimpleNamespace(converged=False, residuals=torch.tensor([0.5]), values=torch.tensor([1e-9]))
    monkeypatch.setattr(eigenfunctions, "eigenfunction_targets", lambda *_: found)
    with pytest.raises(ValueError, match=r"were not found: residuals up to 5.0e-01 .*; use a smaller eigenvector, or"):
        Eigenfunctions(2, kernel_hidden=1, train_examples=999).load()
