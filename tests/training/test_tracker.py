"""The rows of a tracker are those of dense matrices at the weights of the moment."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.eigen import top_eigenpairs
from spectra.fitting import fit_law
from spectra.objectives import Objective, cross_entropy, flatten
from spectra.objectives.mean_loss import gradient
from spectra.operators import hessian
from spectra.operators.batch_sharpness import batch_sharpness
from spectra.operators.directional_sharpness import directional_sharpness
from spectra.operators.gradient_alignment import gradient_alignment
from spectra.operators.optimizers import effective_curvature
from spectra.training import StepGrid
from spectra.training.tracker import SharpnessTracker
from spectra.training.tracking import Tracking
from tests.references import dense_hessian
from tests.training.tracked import BATCHES, DATA, EVERY, as_mappings, moving_parts, train, user_loss, values


def test_the_rows_are_the_dense_truth_at_the_weights_of_the_moment():
    module = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05, weight_decay=0.1)
    tracking = Tracking(
        quantities=("gradient_alignment", "sharpness", "effective_sharpness", "directional_sharpness",
                    "batch_sharpness", "loss"), count=3, tolerance=1e-10, max_matvecs=400,
    )  # fmt: skip
    tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY, optimizer=optimizer, tracking=tracking)
    for step in range(3):
        tracker(step)
        train(module, optimizer, 1)
    new = {(row.quantity, row.index): row.value for row in tracker(3)}
    weights, network = flatten(module)
    objective = Objective(network, cross_entropy, BATCHES)
    exact, vectors = torch.linalg.eigh(dense_hessian(objective, weights))
    slope = gradient(objective, weights)
    raw = hessian(objective, weights)
    effective = torch.linalg.eigvalsh(effective_curvature(raw, optimizer, network).dense())
    shares = gradient_alignment(slope, vectors[:, -3:].flip(1))
    for index in range(3):
        assert new["sharpness", index] == pytest.approx(float(exact[-1 - index]), rel=1e-8)
        assert new["effective_sharpness", index] == pytest.approx(float(effective[-1 - index]), rel=1e-8)
        assert new["gradient_alignment", index] == pytest.approx(float(shares[index]), rel=1e-5)
    assert new["directional_sharpness", 0] == pytest.approx(directional_sharpness(raw, slope))
    assert new["batch_sharpness", 0] == pytest.approx(batch_sharpness(objective, weights).value)
    assert new["loss", 0] == pytest.approx(float(objective(weights)))


def test_the_table_is_long_and_goes_to_a_file(tmp_path):
    module = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    tracking = Tracking(run="mine", count=2)
    tracker = SharpnessTracker(
        module, cross_entropy, BATCHES, grid=StepGrid(every=2), optimizer=optimizer, tracking=tracking
    )
    train(module, optimizer, 5, tracker)
    table = tracker.table
    assert list(table.columns) == ["run", "step", "quantity", "index", "value"]
    assert set(table.run) == {"mine"}
    assert sorted(set(table.step)) == [0, 2, 4]
    assert set(table.quantity) == {
        f"{name}{end}"
        for name in ("sharpness", "effective_sharpness")
        for end in ("", "_residual", "_error", "_matvecs", "_converged", "_cold")
    } | {"stability_threshold"}
    assert set(table[table.quantity == "sharpness"]["index"]) == {0, 1}
    assert set(table[table.quantity == "stability_threshold"].value) == {3.8}
    table.to_csv(tmp_path / "table.csv", index=False)


def test_the_table_serves_the_fits():
    module = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
    tracker = SharpnessTracker(
        module, cross_entropy, BATCHES, grid=StepGrid(points=10), tracking=Tracking(quantities=("loss",))
    )
    train(module, torch.optim.SGD(module.parameters(), lr=0.05), 101, tracker)
    losses = tracker.table[(tracker.table.quantity == "loss") & (tracker.table.step > 0)]
    assert np.isfinite(fit_law(losses.step.to_numpy(float), losses.value.to_numpy(), law="floor").estimates["exponent"])


def test_warm_starts_agree_with_cold_ones_and_cost_less():
    cold, warm = tracked_with(cold_every=1), tracked_with(cold_every=4)
    assert values(warm, "sharpness_cold") == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert values(warm, "sharpness") == pytest.approx(values(cold, "sharpness"), rel=1e-4)
    assert sum(values(warm, "sharpness_matvecs")) < sum(values(cold, "sharpness_matvecs"))


def test_a_tracker_that_never_starts_warm_holds_no_vectors_between_measurements():
    module = nn.Linear(6, 3)
    held = {}
    for cold_every in (1, 2):
        tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY, tracking=Tracking(cold_every=cold_every))
        tracker(0)
        held[cold_every] = [found.shape for found in vars(tracker)["_starts"].values()]
    assert held == {1: [], 2: [(21, 2)]}


def test_the_basis_is_bounded_as_asked():
    module = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    found = {}
    for basis in (None, 7):
        tracking = Tracking(count=2, max_basis=basis, tolerance=1e-8)
        tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY, tracking=tracking)
        tracker(0)
        found[basis] = values(tracker, "sharpness"), values(tracker, "sharpness_matvecs")
    assert found[7][0] == pytest.approx(found[None][0], rel=1e-8)
    assert found[7][1] > found[None][1]  # restarts cost products
    with pytest.raises(ValueError, match="a max_basis of 3 was given"):
        SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY, tracking=Tracking(max_basis=3))(0)


def tracked_with(cold_every: int) -> SharpnessTracker:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 30), nn.Tanh(), nn.Linear(30, 3))
    tracking = Tracking(cold_every=cold_every, tolerance=1e-4)
    tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY, tracking=tracking)
    train(module, torch.optim.SGD(module.parameters(), lr=0.02), 9, tracker)
    return tracker


def test_one_batch_has_a_sharpness_and_no_standard_error():
    tracking = Tracking(quantities=("batch_sharpness",))
    for batches, spread in ((BATCHES, ["batch_sharpness_standard_error"]), ([DATA], [])):
        rows = SharpnessTracker(nn.Linear(6, 3), cross_entropy, batches, grid=EVERY, tracking=tracking)(0)
        assert [row.quantity for row in rows] == ["batch_sharpness", *spread, "batch_sharpness_matvecs"]
        assert all(np.isfinite(row.value) for row in rows)


def test_adam_has_no_effective_sharpness_before_its_first_update():
    module = nn.Linear(6, 3)
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.01)
    tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY, optimizer=optimizer)
    assert "effective_sharpness" not in {row.quantity for row in tracker(0)}
    train(module, optimizer, 1)
    assert "effective_sharpness" in {row.quantity for row in tracker(1)}


def test_freezing_a_part_meanwhile_starts_anew():
    module = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
    tracker = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY)
    tracker(0)
    module[0].requires_grad_(False)
    tracker(1)
    weights, network = flatten(module)
    objective = Objective(network, cross_entropy, BATCHES)
    assert values(tracker, "sharpness")[1] == pytest.approx(
        float(top_eigenpairs(hessian(objective, weights)).values[0]), rel=1e-3
    )
    assert values(tracker, "sharpness_cold") == [1, 1]


def test_a_step_is_measured_once_and_the_last_one_when_asked_for():
    tracker = SharpnessTracker(nn.Linear(6, 3), cross_entropy, BATCHES, grid=StepGrid(every=10))
    assert tracker(0)
    assert not tracker(0)
    assert not tracker(7)
    assert tracker.measure(7)
    assert not tracker.measure(7)
    assert tracker(np.int64(10))
    assert sorted(set(tracker.table.step)) == [0, 7, 10]


def test_a_user_loss_gives_the_numbers_of_the_criterion():
    module = moving_parts()
    ours = SharpnessTracker(module, user_loss, as_mappings(), grid=EVERY)
    theirs = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY)
    ours(0), theirs(0)
    assert_close(values(ours, "sharpness"), values(theirs, "sharpness"))
