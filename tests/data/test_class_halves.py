import pytest
import torch

from spectra.data import MNIST, ClassHalves, Digits
from spectra.objectives import cross_entropy
from tests.data.loaded import loaded


@pytest.mark.parametrize(
    ("spec", "original"),
    [(ClassHalves(), Digits()), pytest.param(ClassHalves("mnist", 4000), MNIST(), marks=pytest.mark.slow)],
)
def test_the_images_are_those_of_ten_classes_and_the_labels_say_which_are_below_five(spec, original):
    ten, two = loaded(original), loaded(spec)
    assert torch.equal(two.inputs, ten.inputs)
    assert torch.equal(two.test_inputs, ten.test_inputs)
    assert torch.equal(two.targets, (ten.targets < 5).long())
    assert torch.equal(two.test_targets, (ten.test_targets < 5).long())
    assert two.outputs == 2
    assert two.criterion is cross_entropy


def test_the_classes_are_balanced():
    dataset = loaded(ClassHalves())
    assert torch.cat([dataset.targets, dataset.test_targets]).bincount().tolist() == [896, 901]


@pytest.mark.parametrize(("images", "there_are"), [("digits", 1797), ("mnist", 5000)])
def test_a_training_set_that_leaves_nothing_to_test_is_refused(images, there_are):
    with pytest.raises(ValueError, match=f"leaves none of the {there_are} images .* use at most {there_are - 1}"):
        ClassHalves(images, there_are)


def test_one_class_alone_is_refused():
    with pytest.raises(ValueError, match=r"all 1 training images into class \d, and 901 of all 1797"):
        ClassHalves(train_examples=1).load()
