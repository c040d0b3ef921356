from dataclasses import replace
from functools import partial

import pytest
import torch
from scipy.optimize import brentq
from torch import nn
from torch.optim import SGD, Adam, AdamW
from torch.testing import assert_close

from spectra.models import ResidualMLP
from spectra.objectives import Objective, cross_entropy, flatten
from spectra.operators import hessian
from spectra.operators.optimizers import effective_curvature, has_step_sizes, stability_threshold, step_sizes
from spectra.scaling import Role, Size, parameter_groups, parameterize, regime, shift
from tests.references import operator_of, symmetric_matrix

KINDS = {
    "plain": (partial(SGD, lr=0.3), 2.0),
    "coupled decay": (partial(SGD, lr=0.3, weight_decay=0.8), 2.0),
    "ignored dampening": (partial(SGD, lr=0.3, dampening=0.4), 2.0),
    "heavy ball": (partial(SGD, lr=0.3, momentum=0.9), 3.8),
    "dampened": (partial(SGD, lr=0.3, momentum=0.9, dampening=0.5), 7.6),
    "nesterov": (partial(SGD, lr=0.3, momentum=0.9, nesterov=True, weight_decay=0.1), 3.8 / 2.8),
    "adam": (partial(Adam, lr=0.1), 38.0),
    "adam, other beta": (partial(Adam, lr=0.1, betas=(0.5, 0.999)), 6.0),
    "adam, coupled decay": (partial(Adam, lr=0.1, weight_decay=0.5), 38.0),
    "amsgrad": (partial(Adam, lr=0.1, amsgrad=True), 38.0),
    "adamw": (partial(AdamW, lr=0.5, weight_decay=0.5), 1.75 * 19),
}


def trained(build, steps: int = 0, rates: tuple[float, float] | None = None):
    """A linear module, its network, and an optimizer, after some updates by random gradients."""
    module = nn.Linear(5, 1)
    groups = list(module.parameters())
    if rates is not None:
        groups = [{"params": [tensor], "lr": rate} for tensor, rate in zip(groups, rates, strict=True)]
    optimizer = build(groups)
    for _ in range(steps):
        update(module, optimizer, torch.randn(6))
    return module, flatten(module)[1], optimizer


def update(module: nn.Module, optimizer: torch.optim.Optimizer, gradient: torch.Tensor) -> None:
    for tensor, piece in zip(module.parameters(), gradient.split([5, 1]), strict=True):
        tensor.grad = piece.view(tensor.shape).clone()
    optimizer.step()


def freeze_moments(optimizer: torch.optim.Optimizer) -> None:
    """Second moments that stay as they are: no bias left to correct, and a memory of 1e13 updates."""
    for group in optimizer.param_groups:
        group["betas"] = (group["betas"][0], 1 - 1e-13)
        for tensor in group["params"]:
            optimizer.state[tensor]["step"].fill_(1e15)


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_threshold_parts_the_stable_from_the_unstable(kind, rotated):
    build, expected = KINDS[kind]
    eigenvalues = torch.linspace(0.1, 1, 6)
    matrix = symmetric_matrix(eigenvalues) if rotated else torch.diag(eigenvalues)
    for factor in (0.99, 1.01):
        module, network, optimizer = trained(build, steps=3)
        if "betas" in optimizer.param_groups[0]:
            freeze_moments(optimizer)
        threshold = stability_threshold(optimizer)
        assert threshold == pytest.approx(expected)

        def excess(scale, network=network, optimizer=optimizer, aim=factor * threshold):
            curvature = effective_curvature(operator_of(scale * matrix), optimizer, network)
            return float(torch.linalg.eigvalsh(curvature.dense())[-1]) - aim

        scaled = brentq(excess, 0, 1e6, xtol=1e-14) * matrix
        start = length(module)
        steps = 0
        while steps < 1000 and length(module) < 100 * start:
            update(module, optimizer, scaled @ torch.cat([t.detach().flatten() for t in module.parameters()]))
            steps += 1
        assert (steps < 1000) if factor > 1 else (steps == 1000 and length(module) < 0.01 * start)


def length(module) -> float:
    return float(sum(tensor.detach().square().sum() for tensor in module.parameters())) ** 0.5


@pytest.mark.parametrize("switches", [{}, {"foreach": True}, {"foreach": False}, {"fused": True}])
@pytest.mark.parametrize(
    "build", [SGD, Adam, AdamW, partial(Adam, amsgrad=True), partial(SGD, momentum=0.9, nesterov=False)]
)
def test_step_sizes_are_those_of_the_real_update(build, switches):
    module, network, optimizer = trained(partial(build, **switches), steps=3, rates=(0.1, 0.02))
    before = flatten(module)[0]
    gradient = torch.randn(6)
    update(module, optimizer, gradient)
    moments = {
        name: optimizer.state[tensor].get("exp_avg", optimizer.state[tensor].get("momentum_buffer"))
        for name, tensor in module.named_parameters()
    }
    direction = gradient if None in moments.values() else network.flat(moments)
    rates = network.flat({"weight": torch.tensor(0.1), "bias": torch.tensor(0.02)})
    kept = 1 - 0.01 * rates if isinstance(optimizer, AdamW) else 1.0  # 0.01 is AdamW's default decay
    assert_close(flatten(module)[0], kept * before - step_sizes(optimizer, network) * direction)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="capturable optimizers need a GPU")
@pytest.mark.parametrize("build", [Adam, AdamW])
def test_capturable_optimizers_on_a_gpu_have_the_step_sizes_of_plain_ones_on_the_cpu(build):
    found = []
    for device, switches in (("cpu", {}), ("cuda", {"capturable": True, "lr": torch.tensor(0.01, device="cuda")})):
        torch.manual_seed(0)
        module = nn.Linear(5, 1).to(device)
        optimizer = build(module.parameters(), **({"lr": 0.01} | switches))
        for gradient in torch.randn(3, 6):
            update(module, optimizer, gradient.to(device))
        found.append(step_sizes(optimizer, flatten(module)[1]).cpu())
    assert_close(*found)


def test_a_rate_may_be_a_tensor():
    _, network, optimizer = trained(partial(Adam, lr=torch.tensor(0.1), foreach=False), steps=2)
    _, twin, plain = trained(partial(Adam, lr=0.1), steps=0)
    optimizer_state = optimizer.state_dict() | {"param_groups": plain.state_dict()["param_groups"]}
    plain.load_state_dict(optimizer_state)
    assert_close(step_sizes(optimizer, network), step_sizes(plain, twin))
    assert stability_threshold(optimizer) == pytest.approx(38.0)


@pytest.mark.parametrize("kind", KINDS)
def test_effective_curvature_is_the_dense_matrix_and_has_the_eigenvalues_of_rate_times_curvature(kind):
    build, _ = KINDS[kind]
    _, network, optimizer = trained(build, steps=4, rates=(0.2, 0.7))
    matrix = symmetric_matrix(torch.randn(6))
    decay = 0.0 if isinstance(optimizer, AdamW) else optimizer.param_groups[0]["weight_decay"]
    whole = matrix + decay * torch.eye(6)
    sizes = step_sizes(optimizer, network)
    measured = effective_curvature(operator_of(matrix), optimizer, network).dense()
    assert_close(measured, sizes.sqrt()[:, None] * whole * sizes.sqrt())
    products = torch.linalg.eigvals(sizes[:, None] * whole)
    assert_close(torch.linalg.eigvalsh(measured), products.real.sort().values, rtol=1e-9, atol=1e-9)


def test_groups_may_decay_differently():
    module = nn.Linear(5, 1)
    groups = [{"params": module.weight, "weight_decay": 0.5}, {"params": module.bias, "weight_decay": 0.0}]
    _, network = flatten(module)
    zero = operator_of(torch.zeros(6, 6))
    measured = effective_curvature(zero, SGD(groups, lr=0.2), network).dense()
    assert_close(measured, torch.diag(torch.tensor([0.1] * 5 + [0.0])))


@pytest.mark.parametrize("seed", range(5))
def test_effective_curvature_does_not_change_under_random_rewritings_of_the_training(seed):
    torch.manual_seed(seed)
    plain = regime("mup", base=Size(4, 2), richness=1.0)
    rewritten = plain
    for role, theta in zip((Role.INPUT, Role.HIDDEN, Role.OUTPUT), torch.randn(3).exp().tolist(), strict=True):
        rewritten = shift(rewritten, {role: theta})
    ours, theirs = effective_spectrum(plain), effective_spectrum(rewritten)
    assert_close(ours, theirs, rtol=1e-6, atol=1e-9)


def effective_spectrum(written) -> torch.Tensor:
    """All eigenvalues after two updates."""
    model = ResidualMLP(8, depth=2, bias=True).build(4, 3)
    parameterize(model, written, Size(8, 2), torch.Generator().manual_seed(0))
    optimizer = SGD(parameter_groups(model, written, Size(8, 2), rate=0.1, decay=0.05), momentum=0.5)
    batch = torch.randn(10, 4, generator=torch.Generator().manual_seed(1)), torch.arange(10) % 3
    for _ in range(2):
        optimizer.zero_grad()
        cross_entropy.losses(model(batch[0]), batch[1]).mean().backward()
        optimizer.step()
    weights, network = flatten(model)
    raw = hessian(Objective(network, cross_entropy, [batch]), weights)
    return torch.linalg.eigvalsh(effective_curvature(raw, optimizer, network).dense())


def test_a_weight_that_adam_never_updated_has_no_step_size():
    module, network, optimizer = trained(Adam)
    module.weight.grad = torch.ones(1, 5)
    optimizer.step()
    assert (step_sizes(optimizer, network) > 0).tolist() == [True] * 5 + [False]
    assert module.bias not in optimizer.state


def test_step_sizes_of_adam_exist_after_its_first_update():
    for build, at_start in ((SGD, True), (Adam, False), (AdamW, False)):
        assert has_step_sizes(trained(build)[2]) is at_start
        assert has_step_sizes(trained(build, steps=1)[2])


def test_a_wrapper_counts_as_the_optimizer_inside():
    class Wrapper(torch.optim.Optimizer):
        def __init__(self, optimizer):
            self.optimizer = optimizer

    _, network, optimizer = trained(Adam, steps=1)
    assert_close(step_sizes(Wrapper(optimizer), network), step_sizes(optimizer, network))
    assert stability_threshold(Wrapper(optimizer)) == pytest.approx(38.0)


def test_thresholds_of_decayed_and_undecayed_groups_count_as_one_when_they_nearly_agree():
    def decayed(rate):
        return [{"params": [nn.Parameter(torch.ones(1))], "weight_decay": decay, "lr": rate} for decay in (0.1, 0.0)]

    assert stability_threshold(AdamW(decayed(1e-3))) == pytest.approx(38.0 * (1 - 5e-5))
    with pytest.raises(ValueError, match="different thresholds"):
        stability_threshold(AdamW(decayed(0.1)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, n: step_sizes(Adam(m.parameters()), n), ValueError, "before its first update"),
        (lambda m, n: step_sizes(torch.optim.RMSprop(m.parameters()), n), TypeError, "known are SGD, Adam and AdamW"),
        (lambda m, n: stability_threshold(torch.optim.Adagrad(m.parameters())), TypeError, "is a Adagrad"),
        (lambda m, n: stability_threshold("sgd"), TypeError, "is a str"),
        (lambda m, n: step_sizes(SGD(m.parameters()), m), TypeError, "a Linear was given as the network"),
        (lambda m, n: step_sizes(SGD([m.weight]), n), ValueError, r"\['bias'\] are in no group"),
        (lambda m, n: step_sizes(SGD(m.parameters(), maximize=True), n), ValueError, "maximize=True"),
        (lambda m, n: stability_threshold(SGD(m.parameters(), momentum=0.9, dampening=1)), ValueError, "below 1"),
        (
            lambda m, n: effective_curvature(operator_of(torch.eye(3)), SGD(m.parameters()), n),
            ValueError,
            "dimension 3, and the network has 6",
        ),
        (
            lambda m, n: effective_curvature(operator_of(torch.eye(6)), n, SGD(m.parameters())),
            TypeError,
            r"pass \(operator, optimizer, network\)",
        ),
        (
            lambda m, n: stability_threshold(SGD([{"params": m.weight}, {"params": m.bias, "momentum": 0.9}])),
            ValueError,
            r"different thresholds, \[2.0, 3.8\]",
        ),
    ],
)
def test_bad_requests_are_refused(call, error, message):
    module = nn.Linear(5, 1)
    with pytest.raises(error, match=message):
        call(module, flatten(module)[1])


def test_the_method_of_the_products_is_passed_on():
    _, network, optimizer = trained(partial(SGD, lr=0.1, weight_decay=0.1))
    measured = replace(operator_of(torch.eye(6)), method="finite_difference", error=1e-4)
    effective = effective_curvature(measured, optimizer, network)
    assert (effective.method, effective.error) == ("finite_difference", 1e-4)
