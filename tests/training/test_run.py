from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
import torch

from spectra.data import Digits
from spectra.models import ResidualMLP
from spectra.objectives import Objective, flatten
from spectra.operators import hessian, preconditioned
from spectra.scaling import CATALOG
from spectra.training import (
    SGD,
    Loss,
    RegimeSpec,
    RunSpec,
    Sharpness,
    StepGrid,
    run,
)


def spec(**changes) -> RunSpec:
    settings = {
        "model": ResidualMLP(8, depth=1),
        "data": Digits(200),
        "optimizer": SGD(rate=0.1, batch_size=32),
        "regime": RegimeSpec("mup", 8, 1, 1.0),
        "measurements": (
            Loss(StepGrid(every=4)),
            Loss(StepGrid(every=10), split="test"),
            Sharpness("sharpness", StepGrid(every=5), examples=50),
            Sharpness("effective_sharpness", StepGrid(every=5), examples=50),
        ),
        "steps": 10,
        "seed": 3,
        "precision": "float64",
    }
    return RunSpec(**(settings | changes))


def quantity(table: pd.DataFrame, name: str) -> pd.Series:
    return table[table.quantity == name].set_index("step").value


def test_the_same_spec_gives_the_same_numbers():
    pd.testing.assert_frame_equal(run(spec()), run(spec()), check_exact=True)


def test_the_table_is_long_and_carries_its_settings():
    table = run(spec())
    assert list(table.columns)[-5:] == ["run", "step", "quantity", "index", "value"]
    assert set(table.run) == {spec().identity}
    assert set(table.width) == {8}
    assert quantity(table, "loss").index.tolist() == [0, 4, 8, 10]
    assert quantity(table, "test_loss").index.tolist() == [0, 10]
    assert quantity(table, "diverged").to_dict() == {10: 0.0}


def test_measuring_more_does_not_change_the_training():
    few = run(spec(measurements=(Loss(StepGrid(every=10)),)))
    assert quantity(few, "loss").loc[10] == quantity(run(spec()), "loss").loc[10]


def test_loss_is_that_of_a_plain_training_loop():
    settings = spec(optimizer=SGD(rate=0.1), regime=RegimeSpec("standard", 8, 1), steps=4)
    measured = quantity(run(settings), "loss").loc[4]
    dataset = settings.data.load()
    model = _initial_model(settings)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(dataset.inputs), dataset.targets).backward()
        optimizer.step()
    with torch.no_grad():
        expected = float(torch.nn.functional.cross_entropy(model(dataset.inputs), dataset.targets))
    assert measured == pytest.approx(expected)


CAUGHT: list[torch.nn.Module] = []


@dataclass(frozen=True)
class Catch:
    """A measurement of one's own: it keeps a copy of the module."""

    grid: StepGrid
    kind: str = "catch"
    quantity: str = "nothing"

    def measure(self, cohort, memory, generators):
        CAUGHT.append(cohort.module(0))
        return [()]


def _initial_model(settings: RunSpec) -> torch.nn.Module:
    """The module of a run before its first step."""
    CAUGHT.clear()
    run(replace(settings, measurements=(Catch(StepGrid(every=settings.steps)),)))
    return CAUGHT[0]


def test_sharpness_is_the_top_of_the_dense_hessian():
    settings = spec(steps=1, measurements=(), regime=RegimeSpec("mup", 4, 1, 1.0))
    table = run(replace(settings, measurements=spec().measurements))
    model, dataset = _initial_model(settings), settings.data.load()
    weights, network = flatten(model)
    raw = hessian(Objective(network, dataset.criterion, [(dataset.inputs[:50], dataset.targets[:50])]), weights)
    assert quantity(table, "sharpness").loc[0] == pytest.approx(float(torch.linalg.eigvalsh(raw.dense())[-1]), rel=1e-3)
    # muP at width ratio 2, gamma_0 = 1: input and readout learn twice as fast as the hidden matrix.
    factors = {"embed.weight": 2.0, "blocks.0.branch.layer_1.weight": 1.0, "readout.weight": 2.0}
    rates = network.flat({name: torch.tensor(0.1 * factor) for name, factor in factors.items()})
    exact = torch.linalg.eigvalsh(preconditioned(raw, rates).dense())[-1]
    assert quantity(table, "effective_sharpness").loc[0] == pytest.approx(float(exact), rel=1e-3)


def test_every_eigenvalue_carries_its_residual_cost_and_convergence():
    table = run(spec())
    for name in ("sharpness", "effective_sharpness"):
        values, errors = quantity(table, name), quantity(table, f"{name}_error")
        assert (errors <= 1e-3 * values.abs()).all()
        assert (errors <= quantity(table, f"{name}_residual")).all()
        assert (quantity(table, f"{name}_matvecs") >= 4).all()
        assert (quantity(table, f"{name}_converged") == 1).all()


def test_not_converging_is_recorded():
    table = run(spec(measurements=(Sharpness("sharpness", StepGrid(every=10), 50, tolerance=1e-13, max_matvecs=4),)))
    assert (quantity(table, "sharpness_converged") == 0).all()
    assert (quantity(table, "sharpness_matvecs") == 4).all()


def test_a_diverged_run_stops_and_says_when():
    table = run(spec(optimizer=SGD(rate=1e4, batch_size=32), steps=50))
    diverged = quantity(table, "diverged")
    assert diverged.tolist() == [1.0]
    assert 0 < diverged.index[0] < 50
    assert table.step.max() == diverged.index[0]
    assert np.isfinite(table.value).all()


def test_seeds_differ_in_weights_and_widths_share_the_data_order():
    one, other = (quantity(run(spec(seed=seed)), "loss") for seed in (3, 4))
    assert (one != other).all()


@pytest.mark.parametrize("settings", [{"threads": 1}, {"precision": "float32"}])
def test_a_run_puts_global_settings_back(settings):
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    run(spec(**settings))
    assert (torch.get_num_threads(), torch.get_default_dtype()) == (threads, dtype)


def test_more_examples_than_there_are_are_refused():
    with pytest.raises(ValueError, match="loss asks for 300 examples, and there are 200"):
        spec(measurements=(Loss(StepGrid(every=1), examples=300),))
    with pytest.raises(ValueError, match="a batch asks for 300 examples"):
        spec(optimizer=SGD(rate=0.1, batch_size=300))
    with pytest.raises(ValueError, match="there are 1597"):
        run(spec(measurements=(Loss(StepGrid(every=1), split="test", examples=1600),)))


@pytest.mark.parametrize(
    "other",
    [
        spec(seed=4),
        spec(steps=11),
        spec(precision="float32"),
        spec(threads=2),
        spec(model=ResidualMLP(9, depth=1)),
        spec(optimizer=SGD(rate=0.2, batch_size=32)),
        spec(regime=RegimeSpec("ntk", 8, 1, 1.0)),
        spec(measurements=()),
    ],
)
def test_every_setting_is_part_of_the_identity(other):
    assert other.identity != spec().identity
    assert spec().identity == spec().identity


def test_the_regimes_of_the_spec_are_those_of_the_catalog():
    for name in CATALOG:
        assert RegimeSpec(name, 8, 1).build("sgd").name == name


@pytest.mark.parametrize(
    "around", [torch.no_grad, torch.inference_mode, lambda: torch.autocast("cpu", dtype=torch.bfloat16)]
)
def test_what_the_caller_has_switched_on_changes_no_bit(around):
    expected = run(spec())
    with around():
        pd.testing.assert_frame_equal(run(spec()), expected, check_exact=True)
