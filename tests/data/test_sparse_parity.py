import math

import pytest
import torch
from torch.testing import assert_close

from spectra.data import SparseParity

SPEC = SparseParity(tasks=8, bits=12, subset_size=3, exponent=0.5, train_examples=20000, test_examples=5000)


def parities(spec, inputs):
    """The labels, one example after another."""
    labels = []
    for row in inputs.long():
        task = row[: spec.tasks].tolist().index(1)
        labels.append(sum(int(row[spec.tasks + bit]) for bit in spec.subsets[task].tolist()) % 2)
    return torch.tensor(labels)


def test_the_label_is_the_parity_of_the_subset_of_the_task():
    dataset = SPEC.load()
    assert torch.equal(parities(SPEC, dataset.inputs[:500]), dataset.targets[:500])
    assert torch.equal(parities(SPEC, dataset.test_inputs[:500]), dataset.test_targets[:500])


def test_inputs_are_one_control_bit_and_fair_task_bits():
    dataset = SPEC.load()
    assert dataset.inputs.shape == (20000, 20)
    assert set(dataset.inputs.unique().tolist()) == {0.0, 1.0}
    assert (dataset.inputs[:, :8].sum(1) == 1).all()
    assert (dataset.inputs[:, 8:].mean(0) - 0.5).abs().max() < 4.5 * 0.5 / 20000**0.5
    assert abs(float(dataset.targets.double().mean()) - 0.5) < 4.5 * 0.5 / 20000**0.5


def test_subsets_hold_different_bits_of_the_task_part():
    subsets = SparseParity(tasks=300, bits=5, subset_size=4).subsets
    assert subsets.shape == (300, 4)
    assert (subsets.diff(dim=1) > 0).all()
    assert int(subsets.min()) == 0
    assert int(subsets.max()) == 4


def test_tasks_occur_with_the_frequencies_of_the_power_law():
    counts = SPEC.tasks_of(SPEC.load().inputs).bincount(minlength=8)
    assert_close(SPEC.frequencies, torch.arange(1, 9) ** -1.5 / (torch.arange(1, 9) ** -1.5).sum())
    deviation = (20000 * SPEC.frequencies * (1 - SPEC.frequencies)).sqrt()
    assert ((counts - 20000 * SPEC.frequencies).abs() < 4.5 * deviation).all()


def test_knowing_the_first_tasks_leaves_the_loss_of_the_others():
    dataset = SPEC.load()
    known = SPEC.tasks_of(dataset.test_inputs) < 3
    certain = 200.0 * torch.nn.functional.one_hot(dataset.test_targets, 2)
    losses = dataset.criterion.losses(certain * known[:, None], dataset.test_targets)
    assert abs(float(losses.mean()) - SPEC.loss_of_knowing(3)) < 4 * float(losses.std()) / 5000**0.5
    assert SPEC.loss_of_knowing(0) == pytest.approx(math.log(2))
    assert SPEC.loss_of_knowing(8) == 0


def test_the_loss_falls_with_the_exponent_in_the_number_of_known_tasks():
    spec = SparseParity(tasks=10**6, exponent=1.0)
    slope = -math.log(spec.loss_of_knowing(400) / spec.loss_of_knowing(100)) / math.log(4)
    assert slope == pytest.approx(1.0, abs=0.005)


def test_one_task_can_be_tested_alone():
    inputs, labels = SPEC.task_examples(7, 200)
    assert (SPEC.tasks_of(inputs) == 7).all()
    assert torch.equal(parities(SPEC, inputs), labels)
    assert torch.equal(inputs, SPEC.task_examples(7, 200)[0])


def test_what_does_not_exist_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match="subset_size of 9 was asked for, and there are 8 task bits"):
        SparseParity(bits=8, subset_size=9)
    with pytest.raises(ValueError, match="task 8 was asked for; with 8 tasks"):
        SPEC.task_examples(8, 1)
    with pytest.raises(ValueError, match="knowing 9 tasks was asked for, and there are 8"):
        SPEC.loss_of_knowing(9)
