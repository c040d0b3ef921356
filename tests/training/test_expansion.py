"""Runs that train the Taylor expansion of their network."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, product

import pandas as pd
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels import empirical_ntk, gradient_descent, least_squares
from spectra.models import MLP, LinearModel, LinearNetwork, Shallow
from spectra.sweeps import read_experiment
from spectra.training import SGD, Adam, AdamW, RegimeSpec, alone, rehearse, run, run_cohort
from spectra.training.initial_cohort import cohort
from tests.sweeps.written_recipe import recipe, refusal
from tests.training.dense_members import values
from tests.training.expanded_runs import EXPANSIONS, LOSSES, POINTS, members, of_the_start
from tests.training.test_cohort import MODELS, of_model, spec
from tests.training.test_cohort import values as column


@pytest.mark.parametrize("momentum", [0.0, 0.6])
@pytest.mark.parametrize("expansion", EXPANSIONS)
def test_least_squares_is_that_of_the_empirical_kernel(expansion, momentum):
    one = replace(POINTS, expansion=expansion, optimizer=SGD(0.3, momentum=momentum))
    data, begun = one.data.load().to("cpu", torch.float64), cohort([one], "cpu")
    network, sizes = begun.stack.module(0, begun.weights[0]), begun.step_sizes()[0]
    with torch.no_grad():
        start, later = ((expansion == "taylor") * network(x) for x in (data.inputs, data.test_inputs))
    kernels = [empirical_ntk(network, x, data.inputs, weights=sizes) for x in (data.inputs, data.test_inputs)]
    problem = least_squares(kernels[0], data.targets, start=start, cross=kernels[1], cross_start=later)
    table = run(one)
    for step in (0, 1, 7, 20):
        # The loss here is the mean of squares and not half of it.
        outputs = gradient_descent(problem, step, 2.0, momentum=momentum)
        expected = [(outputs.train - data.targets).square().mean(), (outputs.test - data.test_targets).square().mean()]
        found = [values(table, name, step)[0] for name in ("loss", "test_loss")]
        assert_close(torch.stack(found), torch.stack(expected), rtol=1e-10, atol=0)


OPTIMIZERS = [SGD(0.1, momentum=0.5, decay=0.1), SGD(0.1, batch_size=16), Adam(0.02), AdamW(0.02, decay=0.5)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda one: f"{one.kind} {one.batch_size}")
def test_weights_move_and_decay_as_those_of_a_dense_linear_model(optimizer):
    """The weights that decay are those of the network, and not their way from the start."""
    one = spec(model=MLP(6, activation="gelu"), optimizer=optimizer, measurements=LOSSES, temperature=2.0)
    one = replace(one, expansion="taylor", regime=RegimeSpec("standard", 6, 1))
    together = cohort([one], "cpu")
    inputs, targets = together.dataset.inputs, together.dataset.targets
    start, outputs, slopes = of_the_start(one, inputs)
    model = nn.ParameterList([start.clone()])
    torch_kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer.kind]
    settings = {"weight_decay": getattr(optimizer, "decay", 0.0), "lr": optimizer.rate}
    if optimizer.kind == "sgd":
        settings["momentum"] = optimizer.momentum
    expected, mover = [], torch_kind(model.parameters(), **settings)
    for step in range(one.steps + 1):
        moved = outputs + slopes @ (model[0] - start)
        losses = together.dataset.criterion.losses(moved / 2.0, targets)
        expected.append(float(losses.detach().mean()))
        places = together.order.batch(step)
        mover.zero_grad()
        losses[slice(None) if places is None else places[0]].mean().backward()
        mover.step()
    assert column(run(one), "loss") == pytest.approx(expected, rel=1e-9)


def test_at_small_rates_the_network_moves_like_its_expansion():
    runs = [[replace(POINTS, optimizer=SGD(rate), expansion=e) for e in ("network", "taylor")] for rate in (1e-3, 1e-4)]
    gaps = []
    for pair in runs:
        network, expanded = (column(run(one), "loss") for one in pair)
        assert network[-1] == pytest.approx(expanded[-1], rel=0.02)
        gaps.append(abs(network[-1] - expanded[-1]))
    assert gaps[1] / gaps[0] == pytest.approx(1e-2, rel=0.2)  # of second order in the way


@pytest.mark.parametrize("expansion", EXPANSIONS)
def test_the_start_has_the_outputs_of_the_network_or_none(expansion):
    one = replace(POINTS, expansion=expansion)
    module, network = (cohort([which], "cpu").module(0) for which in (one, replace(one, expansion="network")))
    inputs = one.data.load().inputs
    assert_close(module(inputs), (expansion == "taylor") * network(inputs), rtol=0, atol=1e-15)


def test_a_model_that_is_linear_is_its_own_expansion():
    one = replace(POINTS, model=LinearModel(), measurements=LOSSES)
    one = replace(one, optimizer=SGD(0.2, momentum=0.3, decay=0.1), regime=RegimeSpec("standard", 1, 1))
    network, expanded = run(one), run(replace(one, expansion="taylor"))
    pd.testing.assert_series_equal(network["value"], expanded["value"], rtol=1e-12)


EVERY_MODEL = [*MODELS, "shallow", "centered", "linear_network"]


@pytest.mark.parametrize(("name", "expansion"), [*zip(EVERY_MODEL, cycle(EXPANSIONS), strict=False)])
def test_every_model_has_an_expansion_whose_outputs_and_kernel_are_those_of_its_start(name, expansion):
    shallow = {"shallow": Shallow(6), "centered": Shallow(6, centered=True), "linear_network": LinearNetwork(5)}
    one = replace(POINTS, model=shallow[name]) if name in shallow else of_model(name, measurements=LOSSES)
    one = replace(one, expansion=expansion, steps=2)
    together = cohort([one], "cpu")
    inputs = together.dataset.inputs[:2]
    start, outputs, slopes = of_the_start(one, inputs)
    together.advance(2)
    expected = slopes @ (together.weights[0] - start) + (expansion == "taylor") * outputs
    assert_close(together.stack(together.weights, inputs[None])[0], expected)
    module = together.module(0)
    assert_close(module(inputs), expected)
    flat, rows = nn.Sequential(module, nn.Flatten()), slopes.flatten(0, -2)
    kernel = empirical_ntk(flat, inputs, weights=(sizes := together.step_sizes()[0]))
    assert_close(kernel.transpose(1, 2).reshape(len(rows), -1), (rows * sizes) @ rows.T)
    assert torch.isfinite(torch.tensor(column(run(one), "loss"))).all()


@pytest.mark.parametrize("name", ["residual_mlp", "vision_transformer", "tied gpt"])
def test_a_member_has_the_same_bits_as_the_run_alone(name):
    runs = members(of_model(name, precision="float32", expansion="taylor", pretraining=2, steps=3))
    assert alone(runs[0]) is None
    for one, table in zip(runs, run_cohort(runs), strict=True):
        pd.testing.assert_frame_equal(table, run(one), check_exact=True)


def test_settings_that_are_not_used_leave_the_identity_what_it_was():
    assert spec().identity == "9facbd1524ef6b85"  # before there were these settings
    others = [spec(expansion="taylor"), spec(expansion="features"), spec(pretraining=1), spec()]
    assert len({one.identity for one in others}) == 4
    assert (spec().columns()["expansion"], spec().columns()["pretraining"]) == ("network", 0)
    with pytest.raises(ValueError, match="of 4 shapes"):
        run_cohort(others)


def test_a_recipe_sweeps_them_and_refuses_others(tmp_path):
    axes = 'seed = [1, 2, 3]\nexpansion = ["network", "taylor"]\npretraining = [0, 5]'
    found = read_experiment(recipe(tmp_path, "seed = [1, 2, 3]", axes)).specs
    assert len(found) == 4 * 24
    assert {(one.expansion, one.pretraining) for one in found} == set(product(("network", "taylor"), (0, 5)))
    message = refusal(recipe(tmp_path, "steps = 12", 'steps = 12\nexpansion = "tailor"\npretraining = -1'))
    assert "expansion: must be 'network', 'taylor' or 'features', and 'tailor' was given" in message
    assert "pretraining: must be" in message


class Bagged(nn.Module):
    """Without a forward derivative."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(inputs, outputs)

    def forward(self, inputs):
        return self.bag(inputs.flatten(1).long())


class BaggedModel:
    kind, size = "bagged", MLP(8).size

    def build(self, inputs, outputs):
        return Bagged(64, outputs)


def test_a_model_without_a_forward_derivative_is_refused_before_the_run(monkeypatch):
    monkeypatch.setattr("spectra.training.rehearsal.asdict", lambda model: {"kind": model.kind})
    one = spec()
    object.__setattr__(one, "model", BaggedModel())
    rehearse([one])
    object.__setattr__(one, "expansion", "taylor")
    with pytest.raises(ValueError, match=r"model bagged on data digits: .*without a forward derivative"):
        rehearse([one])


def test_a_member_that_diverges_leaves_the_others_their_starts():
    base = spec(expansion="taylor", measurements=LOSSES, steps=20)
    runs = [replace(base, optimizer=SGD(rate, batch_size=16), seed=seed) for seed, rate in enumerate((0.05, 1e4, 0.02))]
    tables = run_cohort(runs)
    assert [column(table, "diverged")[0] for table in tables] == [0.0, 1.0, 0.0]
    for one, table in zip(runs, tables, strict=True):
        pd.testing.assert_frame_equal(table, run(one), check_exact=True)
