from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close
from torch.utils.data import DataLoader, TensorDataset

from spectra.eigen import top_eigenpairs
from spectra.fitting import fit_law
from spectra.objectives import Objective, cross_entropy, flatten, squared_error
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

DATA = torch.randn(40, 6, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 3
BATCHES = [(DATA[0][:25], DATA[1][:25]), (DATA[0][25:], DATA[1][25:])]
EVERY = StepGrid(every=1)
LINEAR_SGD = {"lr": 0.2, "momentum": 0.5}


def moving_parts():
    """A module with dropout and batch statistics, one part of which is frozen in evaluation mode."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 3))
    module.train()
    module[1].eval()
    return module


def train(module, optimizer, steps: int, tracker=None) -> list[float]:
    losses = []
    for step in range(steps):
        if tracker is not None:
            tracker(step)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(module(DATA[0]), DATA[1])
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def user_loss(module, batch):
    return nn.functional.cross_entropy(module(batch["inputs"]), batch["labels"], reduction="sum"), len(batch["labels"])


def values(tracker, quantity) -> list[float]:
    table = tracker.table
    return table[table.quantity == quantity].value.tolist()


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


def as_mappings() -> list[dict[str, torch.Tensor]]:
    return [{"inputs": inputs, "labels": labels} for inputs, labels in BATCHES]


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


def test_open_ended_grids_hold_every_nth_step_or_equal_ratios():
    assert [step for step in range(10) if StepGrid(every=4).due(step)] == [0, 4, 8]
    steps = [step for step in range(1001) if StepGrid(points=3).due(step)]
    assert steps == [0, 1, 2, 5, 10, 22, 46, 100, 215, 464, 1000]
    assert {step for step in range(101) if StepGrid(points=50).due(step)} >= set(range(1, 20))


def test_a_user_loss_gives_the_numbers_of_the_criterion():
    module = moving_parts()
    ours = SharpnessTracker(module, user_loss, as_mappings(), grid=EVERY)
    theirs = SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY)
    ours(0), theirs(0)
    assert_close(values(ours, "sharpness"), values(theirs, "sharpness"))


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


def test_autocast_around_the_call_does_not_round_a_measurement():
    module = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    plain, inside = (SharpnessTracker(module, cross_entropy, BATCHES, grid=EVERY) for _ in range(2))
    expected = plain(0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert inside(0) == expected
        assert torch.is_autocast_enabled("cpu")


def test_a_step_that_falls_is_refused():
    tracker = SharpnessTracker(nn.Linear(6, 3), cross_entropy, BATCHES, grid=StepGrid(every=5))
    tracker(10)
    with pytest.raises(ValueError, match=r"step 0 was given after step 10; .* count on from epoch to epoch"):
        tracker(0)
    assert tracker(7) == []


def test_a_grid_is_a_step_grid():
    with pytest.raises(TypeError, match=r"the grid is 10; pass StepGrid\(every=n\) or StepGrid\(points=n\)"):
        SharpnessTracker(nn.Linear(6, 3), cross_entropy, BATCHES, grid=10)
