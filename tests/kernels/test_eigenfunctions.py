"""Targets made of eigenvectors, and directions of the inputs that move the gradient."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, jacrev
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.testing import assert_close

from spectra.kernels.alignment import alignment
from spectra.kernels.anisotropy import anisotropy_directions
from spectra.kernels.eigenfunctions import eigenfunction_targets
from spectra.kernels.jacobian import jacobian
from spectra.kernels.operator import kernel_operator
from tests.kernels.dense_kernels import dense_kernel
from tests.networks import convolutional, mlp


def test_targets_are_the_leading_eigenvectors_and_their_signs():
    module, inputs = mlp(nn.ReLU, 12), torch.randn(60, 4)
    kernel = dense_kernel(module, inputs)[::3, ::3]
    found = eigenfunction_targets(kernel_operator(jacobian(module, inputs, outputs=0)), 4)
    values, vectors = (part.flip(-1) for part in torch.linalg.eigh(kernel))
    assert found.converged
    assert_close(found.values, values[:4], rtol=1e-6, atol=0)
    assert_close((found.vectors * vectors[:, :4]).sum(0).abs(), torch.ones(4), rtol=1e-6, atol=0)
    assert torch.equal(found.labels, (found.vectors > 0).long())
    assert (found.vectors.abs().amax(0) == found.vectors.amax(0)).all()


def test_alignment_falls_along_the_eigenfunctions():
    slopes = jacobian(mlp(nn.ReLU, 12), torch.randn(60, 4), outputs=0)
    found = eigenfunction_targets(kernel_operator(slopes), 3)
    assert_close(alignment(slopes, found.vectors).values, found.values, rtol=1e-6, atol=0)


def test_the_kernel_of_a_trained_network_turns_to_its_target():
    inputs = torch.randn(60, 2)
    module = nn.Sequential(nn.Linear(2, 48), nn.Tanh(), nn.Linear(48, 1))
    targets = eigenfunction_targets(kernel_operator(jacobian(module, inputs)), 6).labels[:, 5:].double()
    before = _aligned(module, inputs, targets)
    optimizer = torch.optim.Adam(module.parameters(), 0.02)
    for _ in range(200):
        optimizer.zero_grad()
        binary_cross_entropy_with_logits(module(inputs), targets).backward()
        optimizer.step()
    after = _aligned(module, inputs, targets)
    assert after > 2 * before


def _aligned(module: nn.Module, inputs: Tensor, targets: Tensor) -> float:
    """Energy of the target with signs over the mean eigenvalue."""
    slopes = jacobian(module, inputs)
    mean = kernel_operator(slopes).dense().diagonal().mean()
    return float(alignment(slopes, 2 * targets - 1).values[0] / mean)


def test_entries_that_are_zero_are_announced_and_in_class_zero():
    inputs = torch.randn(20, 4)
    inputs[7] = 0
    with pytest.warns(UserWarning, match="2 of 40 entries"):
        found = eigenfunction_targets(kernel_operator(jacobian(nn.Linear(4, 1, bias=False), inputs)), 2)
    assert not found.labels[7].any()


class _Square(nn.Module):
    """(w . x)^2."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3))

    def forward(self, inputs: Tensor) -> Tensor:
        return (inputs @ self.weight).square()


def test_directions_of_a_squared_projection_are_those_of_its_closed_form():
    module, inputs = _Square(), torch.randn(1, 3)
    found, w, x = anisotropy_directions(module, inputs, 3), module.weight.detach(), inputs[0]
    _, singular, right = torch.linalg.svd(2 * torch.outer(x, w) + 2 * (w @ x) * torch.eye(3))
    assert found.converged
    assert_close(found.singular_values, singular)
    assert_close(found.energies, singular.square())
    assert_close((found.directions * right).sum(1).abs(), torch.ones(3))


@pytest.mark.parametrize("chunk", [None, 2])
@pytest.mark.parametrize("kind", ["mlp", "convolutional"])
def test_directions_are_singular_vectors_of_the_dense_mixed_derivative(kind: str, chunk: int | None):
    module = mlp() if kind == "mlp" else convolutional()
    inputs = torch.randn(3, 4) if kind == "mlp" else torch.randn(3, 2, 6, 6)
    found = anisotropy_directions(module, inputs, 2, outputs=1, chunk=chunk, tolerance=1e-10)
    _, singular, right = torch.linalg.svd(_mixed(module, inputs, 1))
    assert_close(found.singular_values, singular[:2])
    assert_close((found.directions.flatten(1) * right[:2]).sum(1).abs(), torch.ones(2))


def test_a_derivative_in_tokens_is_refused():
    module = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 2))
    with pytest.raises(TypeError, match="int64"):
        anisotropy_directions(module, torch.zeros(1, 2, dtype=torch.int64), 1)
    with pytest.raises(ValueError, match="output 7"):
        anisotropy_directions(mlp(), torch.zeros(1, 4), 1, outputs=7)
    with pytest.raises(ValueError, match="'full' was asked for"):
        anisotropy_directions(mlp(), torch.zeros(1, 4), 1, outputs="full")


def test_a_gradient_that_does_not_depend_on_the_inputs_has_no_directions():
    module = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(-parameter.abs())  # no unit is active at zero
    with pytest.raises(ValueError, match=r"mixed derivative .* is zero"):
        anisotropy_directions(module, torch.zeros(1, 4), 1)


def test_directions_of_the_sum_of_outputs_are_those_of_its_mixed_derivative():
    module, inputs = mlp(), torch.randn(3, 4)
    found = anisotropy_directions(module, inputs, 2, outputs="sum_of_logits", tolerance=1e-10)
    mixed = torch.stack([_mixed(module, inputs, output) for output in range(3)]).sum(0) / 3**0.5
    assert_close(found.singular_values, torch.linalg.svdvals(mixed)[:2])


def _mixed(module: nn.Module, inputs: Tensor, output: int) -> Tensor:
    """d_theta d_x of the mean output over the examples, (P, d), by nested Jacobians."""
    named = {name: value.detach() for name, value in module.named_parameters()}

    def mean_output(parameters: dict[str, Tensor], shift: Tensor) -> Tensor:
        return functional_call(module, parameters, (inputs + shift,))[:, output].mean()

    mixed = jacrev(jacrev(mean_output, argnums=1), argnums=0)(named, torch.zeros_like(inputs[0]))
    return torch.cat([part.reshape(inputs[0].numel(), -1).T for part in mixed.values()])
