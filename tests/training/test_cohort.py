"""A member of a cohort is the same run alone, and the same run in a plain training loop."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from spectra.data import Digits, MarkovText
from spectra.models import GPT, MLP, ConvResNet, ResidualMLP, VisionTransformer
from spectra.objectives import Objective, flatten
from spectra.operators import effective_curvature, hessian
from spectra.scaling import parameter_groups, parameterize
from spectra.training import SGD, Adam, AdamW, Loss, RegimeSpec, RunSpec, Sharpness, StepGrid, alone, run, run_cohort
from spectra.training.data_order import DataOrder, stream

MODELS = {
    "residual_mlp": ResidualMLP(8, depth=2, norm="layer", bias=True, readout_bias=True),
    "mlp": MLP(12, activation="gelu"),
    "vision_transformer": VisionTransformer(8, depth=2, heads=2, pooling="class"),
    "gpt": GPT(8, depth=2, heads=2),
    "tied gpt": GPT(8, depth=2, heads=2, tied=True),
    "conv_resnet": ConvResNet(4),
}
TEXT = MarkovText(vocabulary=11, context=6, train_examples=40, test_examples=10)


def spec(**changes) -> RunSpec:
    settings = {
        "model": ResidualMLP(8, depth=1),
        "data": Digits(200),
        "optimizer": SGD(rate=0.1, batch_size=16),
        "regime": RegimeSpec("mup", 4, 1),
        "measurements": (
            Loss(StepGrid(every=3)),
            Sharpness("effective_sharpness", StepGrid(every=3), examples=32, tolerance=1e-8),
        ),
        "steps": 6,
        "seed": 3,
        "precision": "float64",
    }
    return RunSpec(**(settings | changes))


def of_model(name: str, **changes) -> RunSpec:
    model = MODELS[name]
    return spec(
        model=model,
        data=TEXT if "gpt" in name else Digits(200),
        regime=RegimeSpec("mup", 4, 1 if model.depth < 3 else 3),
        **changes,
    )


def varied(settings: RunSpec) -> list[RunSpec]:
    """Runs of one shape that differ in everything that a cohort allows."""
    base = settings.regime.base_depth
    regimes = [RegimeSpec("mup", 4, base), RegimeSpec("ntk", 4, base, 0.5), RegimeSpec("standard", 4, base)]
    return [
        replace(
            settings, seed=3 + k % 2, regime=regime, optimizer=replace(settings.optimizer, rate=rate), temperature=t
        )
        for k, (regime, rate, t) in enumerate(zip(regimes, (0.02, 0.01, 0.005), (1.0, 2.0, 0.5), strict=True))
    ]


OPTIMIZERS = [
    SGD(0.1, batch_size=16),
    SGD(0.1, momentum=0.9, decay=0.01),
    Adam(0.1, batch_size=16),
    AdamW(0.1, decay=0.1, beta1=0.8, batch_size=16),
]


def plain_loop(settings: RunSpec, *, curvature: bool = True) -> tuple[list[float], list[float]]:
    """Losses at all steps, and effective sharpness at the steps of the grid, with torch.optim and a dense Hessian."""
    dataset = settings.data.load().to("cpu", getattr(torch, settings.precision))
    regime, size = settings.regime.build(settings.optimizer.kind), settings.model.size
    model = settings.model.build(tuple(dataset.inputs.shape[1:]), dataset.outputs).to(
        getattr(torch, settings.precision)
    )
    parameterize(model, regime, size, stream(settings.seed, 0))
    optimizer = settings.optimizer.build(parameter_groups(model, regime, size, **settings.optimizer.base_values()))
    order = DataOrder(len(dataset.inputs), settings.optimizer.batch_size, [settings.seed])
    losses, sharpness = [], []
    for step in range(settings.steps + 1):
        with torch.no_grad():
            whole = model(dataset.inputs) / settings.temperature
            losses.append(float(dataset.criterion.losses(whole, dataset.targets).mean()))
        if curvature and step % 3 == 0 and not (step == 0 and settings.optimizer.kind != "sgd"):
            sharpness.append(effective_sharpness(model, optimizer, dataset, settings.temperature))
        batch = order.batch(step)
        places = slice(None) if batch is None else batch[0]
        optimizer.zero_grad()
        outputs = model(dataset.inputs[places]) / settings.temperature
        dataset.criterion.losses(outputs, dataset.targets[places]).mean().backward()
        optimizer.step()
    return losses, sharpness


def effective_sharpness(model, optimizer, dataset, temperature) -> float:
    weights, network = flatten(model)
    cooled = replace(dataset.criterion, losses=lambda f, y: dataset.criterion.losses(f / temperature, y))
    raw = hessian(Objective(network, cooled, [(dataset.inputs[:32], dataset.targets[:32])]), weights)
    return float(torch.linalg.eigvalsh(effective_curvature(raw, optimizer, network).dense())[-1])


def values(table: pd.DataFrame, quantity: str) -> list[float]:
    return table.loc[table.quantity == quantity, "value"].tolist()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: f"{optimizer.kind} {optimizer.batch_size}")
def test_members_train_as_torch_trains_them_and_have_its_hessian(optimizer):
    members = varied(spec(optimizer=optimizer))
    for one, table in zip(members, run_cohort(members), strict=True):
        losses, sharpness = plain_loop(one)
        assert values(table, "loss") == pytest.approx(losses[::3], rel=1e-10)
        assert values(table, "effective_sharpness") == pytest.approx(sharpness, rel=1e-7)


@pytest.mark.parametrize("name", MODELS)
def test_runs_of_every_model_train_as_torch_trains_them(name):
    one = varied(of_model(name, measurements=(Loss(StepGrid(every=1)),)))[1]
    assert values(run(one), "loss") == pytest.approx(plain_loop(one, curvature=False)[0], rel=1e-10)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in MODELS if name != "conv_resnet"])
def test_a_member_has_the_same_bits_as_the_run_alone(name, precision):
    members = varied(of_model(name, precision=precision, optimizer=AdamW(0.1, batch_size=16)))
    assert alone(members[0]) is None
    for one, table in zip(members, run_cohort(members), strict=True):
        pd.testing.assert_frame_equal(table, run(one), check_exact=True)


@pytest.mark.parametrize("width", [32, 100])
def test_the_bits_of_a_member_do_not_depend_on_how_many_there_are(width):
    measurements = (Sharpness("sharpness", StepGrid(every=4), examples=50),)
    settings = spec(model=ResidualMLP(width, depth=1), precision="float32", steps=4, measurements=measurements)
    members = [replace(settings, seed=seed) for seed in range(17)]
    whole = run_cohort(members)
    for part in (slice(0, 1), slice(1, 3), slice(3, 17)):
        for table, expected in zip(run_cohort(members[part]), whole[part], strict=True):
            pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_single_precision_agrees_with_torch_too():
    for one, table in zip(members := varied(spec(precision="float32")), run_cohort(members), strict=True):
        losses, sharpness = plain_loop(one)
        assert values(table, "loss") == pytest.approx(losses[::3], rel=1e-5)
        assert values(table, "effective_sharpness") == pytest.approx(sharpness, rel=1e-3)


def test_a_diverged_member_is_frozen_and_the_others_go_on_untouched():
    rates = [0.1, 1e4, 0.2, 1e5]
    members = [spec(optimizer=SGD(rate, batch_size=16), steps=30, seed=seed) for seed, rate in enumerate(rates)]
    tables = run_cohort(members)
    assert [values(table, "diverged") for table in tables] == [[0.0], [1.0], [0.0], [1.0]]
    for one, table in zip(members, tables, strict=True):
        pd.testing.assert_frame_equal(table, run(one), check_exact=True)
        assert table.step.max() == table.loc[table.quantity == "diverged", "step"].item()


def test_a_cohort_in_which_all_diverge_ends():
    tables = run_cohort([spec(optimizer=SGD(1e5, batch_size=16), seed=seed, steps=1000) for seed in range(3)])
    assert all(table.step.max() < 1000 for table in tables)


def test_convolutions_run_alone_and_say_why():
    members = [of_model("conv_resnet", seed=seed) for seed in range(2)]
    assert "convolutions" in alone(members[0])
    with pytest.raises(ValueError, match="conv_resnet cannot share a cohort: convolutions"):
        run_cohort(members)


def test_runs_of_two_shapes_are_no_cohort():
    with pytest.raises(ValueError, match="2 runs of 2 shapes"):
        run_cohort([spec(), spec(steps=7)])
    with pytest.raises(ValueError, match="0 runs of 0 shapes"):
        run_cohort([])


@pytest.mark.parametrize("batch_size", [7, 16])
def test_the_order_is_a_function_of_seed_and_step(batch_size):
    order = DataOrder(50, batch_size, [1, 2])
    batches = [order.batch(step) for step in range(12)]
    assert torch.equal(
        torch.stack(batches), torch.stack([DataOrder(50, batch_size, [1, 2]).batch(s) for s in range(12)])
    )
    assert torch.equal(order.batch(2), batches[2])
    epoch = torch.cat(batches[: 50 // batch_size], 1)
    assert all(len(set(row.tolist())) == epoch.shape[1] for row in epoch)
