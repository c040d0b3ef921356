"""What a tracker refuses, and what it says of a training that diverges."""

import pytest
import torch
from torch import nn

from spectra.objectives import cross_entropy, squared_error
from spectra.training import StepGrid
from spectra.training.tracker import SharpnessTracker
from spectra.training.tracking import Tracking
from tests.training.tracked import BATCHES, DATA, EVERY


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"batches": []}, ValueError, "at least one batch"),
        ({"loss": "cross_entropy"}, TypeError, "the loss is a str"),
        ({"loss": nn.CrossEntropyLoss()}, TypeError, "the loss is a CrossEntropyLoss"),
        ({"optimizer": torch.optim.RMSprop([nn.Parameter(torch.ones(1))])}, TypeError, "known are SGD, Adam"),
        ({"tracking": Tracking(quantities=("effective_sharpness",))}, ValueError, "pass optimizer="),
        ({"tracking": Tracking(quantities=("stability_threshold",))}, ValueError, "pass optimizer="),
        ({"module": nn.Linear(6, 3).requires_grad_(False)}, ValueError, "requires a gradient"),
    ],
)
def test_bad_requests_are_refused_at_the_beginning(changes, error, message):
    settings = {"module": nn.Linear(6, 3), "loss": cross_entropy, "batches": BATCHES, "grid": EVERY} | changes
    with pytest.raises(error, match=message):
        SharpnessTracker(**settings)


@pytest.mark.parametrize(
    "fields", [{"count": 0}, {"quantities": ("sharp",)}, {"quantities": ("gradient_alignment",)}, {"tolerance": 0}]
)
def test_impossible_trackings_are_refused(fields):
    with pytest.raises(ValueError, match="Tracking"):
        Tracking(**fields)


@pytest.mark.parametrize("step", [-1, 1.5, "3"])
def test_steps_are_counts(step):
    tracker = SharpnessTracker(nn.Linear(6, 3), cross_entropy, BATCHES, grid=EVERY)
    with pytest.raises(ValueError, match="whole number from 0"):
        tracker(step)


def test_undefined_weights_are_an_error_that_says_so():
    module = nn.Linear(6, 3)
    tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY)
    nn.init.constant_(module.weight, float("nan"))
    with pytest.raises(FloatingPointError, match=r"^at step 0, with weights up to nan, product 1 is not finite"):
        tracker(0)


def test_training_that_diverges_is_an_error_that_names_the_steps_and_keeps_the_rows():
    module = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1)).float()
    batches = [(DATA[0].float(), DATA[0][:, :1].float())]
    tracker = SharpnessTracker(module, squared_error, batches, grid=EVERY)
    rows = tracker(0)
    for parameter in module.parameters():
        nn.init.constant_(parameter, 1e25)
    with pytest.raises(FloatingPointError, match=r"diverged between steps 0 and 3: with weights up to 1e\+25, product"):
        tracker(3)
    assert tracker.rows == rows


@pytest.mark.parametrize("quantity", ["effective_sharpness", "directional_sharpness", "batch_sharpness"])
def test_undefined_weights_are_said_to_be_so_whatever_is_measured(quantity):
    module = nn.Linear(6, 3)
    optimizer = torch.optim.Adam(module.parameters())
    tracking = Tracking(quantities=(quantity,))
    tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY, optimizer=optimizer, tracking=tracking)
    for step, factor in enumerate((1.0, float("nan"))):
        (factor * cross_entropy.losses(module(BATCHES[0][0]), BATCHES[0][1]).mean()).backward()
        optimizer.step()
        if step == 0:
            assert tracker(1)
    with pytest.raises(FloatingPointError, match=r"diverged between steps 1 and 2: with weights up to nan, the"):
        tracker(2)


def test_a_step_that_falls_is_refused():
    tracker = SharpnessTracker(nn.Linear(6, 3), cross_entropy, BATCHES, grid=StepGrid(every=5))
    tracker(10)
    with pytest.raises(ValueError, match=r"step 0 was given after step 10; .* count on from epoch to epoch"):
        tracker(0)
    assert tracker(7) == []


def test_a_grid_is_a_step_grid():
    with pytest.raises(TypeError, match=r"the grid is 10; pass StepGrid\(every=n\) or StepGrid\(points=n\)"):
        SharpnessTracker(nn.Linear(6, 3), cross_entropy, BATCHES, grid=10)
