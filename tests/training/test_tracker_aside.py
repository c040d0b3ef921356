"""A tracker leaves the training as it is, and the training the tracker."""

from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from spectra.objectives import cross_entropy
from spectra.training.tracker import SharpnessTracker
from spectra.training.tracking import Tracking
from tests.training.tracked import BATCHES, DATA, EVERY, as_mappings, moving_parts, train, user_loss, values

LINEAR_SGD = {"lr": 0.2, "momentum": 0.5}


@pytest.mark.parametrize("build", [lambda p: torch.optim.SGD(p, **LINEAR_SGD), lambda p: torch.optim.AdamW(p, lr=0.01)])
def test_training_with_a_tracker_is_training_without_to_the_last_bit(build):
    plain, tracked = moving_parts(), moving_parts()
    first, second = build(plain.parameters()), build(tracked.parameters())
    torch.manual_seed(5)
    alone = train(plain, first, 6)
    torch.manual_seed(5)
    loader = DataLoader(TensorDataset(*DATA), batch_size=16, shuffle=True)  # reading it draws from the random state
    everything = Tracking(
        quantities=(
            "loss", "sharpness", "effective_sharpness", "stability_threshold", "directional_sharpness",
            "gradient_alignment", "batch_sharpness",
        )
    )  # fmt: skip
    tracker = SharpnessTracker(tracked, cross_entropy, loader, grid=EVERY, optimizer=second, tracking=everything)
    assert train(tracked, second, 6, tracker) == alone
    for ours, theirs in zip(tracked.state_dict().values(), plain.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)
    assert str(second.state_dict()) == str(first.state_dict())
    assert len(values(tracker, "sharpness")) == 6


def test_gradients_modes_and_random_state_are_left_alone():
    module = moving_parts()
    optimizer = torch.optim.SGD(module.parameters(), **LINEAR_SGD)
    train(module, optimizer, 2)
    before = deepcopy(optimizer.state_dict())
    gradients = [tensor.grad.clone() for tensor in module.parameters()]
    held, modes = [id(tensor.grad) for tensor in module.parameters()], [part.training for part in module.modules()]
    random_state = torch.get_rng_state()
    tracker = SharpnessTracker(module, user_loss, as_mappings(), grid=EVERY, optimizer=optimizer)
    tracker(2)
    assert [id(tensor.grad) for tensor in module.parameters()] == held
    assert all(map(torch.equal, (tensor.grad for tensor in module.parameters()), gradients))
    assert [part.training for part in module.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random_state)
    assert str(optimizer.state_dict()) == str(before)


def test_modes_come_back_even_when_the_measurement_raises():
    module = moving_parts()
    modes = [part.training for part in module.modules()]
    broken = []

    def loss(module, batch):
        if broken:
            torch.rand(3)
            raise RuntimeError("out of luck")
        return user_loss(module, batch)

    tracker = SharpnessTracker(module, loss, as_mappings(), grid=EVERY)
    broken.append(True)
    state = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="out of luck"):
        tracker(0)
    assert [part.training for part in module.modules()] == modes
    assert torch.equal(torch.get_rng_state(), state)
    assert tracker.rows == []


def test_autocast_around_the_call_does_not_round_a_measurement():
    module = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    plain, inside = (SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY) for _ in range(2))
    expected = plain(0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert inside(0) == expected
        assert torch.is_autocast_enabled("cpu")
