"""Alignment without the kernel against alignment with it, and against reference numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from spectra.kernels.alignment import alignment, kernel_alignment
from spectra.kernels.drift import centred_kernel_alignment
from spectra.kernels.effective_rank import effective_rank, effective_ranks
from spectra.kernels.jacobian import jacobian
from spectra.kernels.operator import kernel_operator
from tests.kernels.dense_kernels import dense_jacobian, dense_kernel
from tests.networks import mlp

REFERENCE = json.loads((Path(__file__).parent / "alignment_reference.json").read_text())
FORMS = ("energy", "cosine", "centred")


def _reference(name: str) -> float:
    return float(REFERENCE["alignment"][name])


def _kernel() -> Tensor:
    return torch.tensor([[float(entry) for entry in row] for row in REFERENCE["kernel"]])


def test_alignments_are_those_of_the_reference():
    kernel, y = _kernel(), torch.tensor(REFERENCE["y"])
    found = [float(kernel_alignment(kernel, y, form=form)[0]) for form in FORMS]
    names = ("energy yTKy/|y|^2", "cosine <K,yyT>_F/(|K|_F |y|^2)", "CKA centred")
    assert found == pytest.approx([_reference(name) for name in names], rel=1e-12)
    assert centred_kernel_alignment(kernel, torch.outer(y, y)) == pytest.approx(found[2], rel=1e-12)


def test_effective_ranks_are_those_of_the_reference():
    ranks = effective_ranks(torch.linalg.eigvalsh(_kernel()))
    expected = [
        _reference(name) for name in ("stable_rank trace/lmax", "participation_ratio", "effective_rank exp(entropy)")
    ]
    assert [ranks.stable, ranks.participation, ranks.entropy] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("outputs", ["full", "trace", "sum_of_logits", 1])
def test_alignment_needs_no_kernel(form: str, outputs: str | int):
    module, inputs = mlp(), torch.randn(7, 4)
    slopes = jacobian(module, inputs, outputs=outputs, chunk=3)
    targets = torch.randn(slopes.dim, 20)
    kernel = kernel_operator(slopes).dense()
    if outputs == "full":
        kernel = kernel.reshape(7, 3, 7, 3).permute(0, 2, 1, 3)
    found = alignment(slopes, targets, form=form, tolerance=1e-12)
    assert_close(found.values, kernel_alignment(kernel, targets, form=form))
    assert (found.standard_errors <= 1e-12 * found.values).all()
    assert found.converged


def test_an_estimated_norm_comes_with_its_error():
    module, inputs = mlp(width=4), torch.randn(200, 4)
    slopes, targets = jacobian(module, inputs, outputs=0), torch.randn(200)
    kernel = dense_jacobian(module, inputs)[::3]
    exact = float(kernel_alignment(kernel @ kernel.T, targets, form="cosine")[0])
    found = alignment(slopes, targets, form="cosine", tolerance=0.03)
    assert 0 < found.matvecs < 200
    assert abs(float(found.values[0]) - exact) < 4 * float(found.standard_errors[0])


class _Tiny(nn.Module):
    """a . tanh(W x)."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(3, 5, bias=False), nn.Linear(5, 1, bias=False)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.last(self.first(inputs).tanh())[:, 0]


def test_the_alignment_of_an_eigenvector_is_its_eigenvalue():
    module, inputs = _Tiny(), torch.randn(30, 3)
    values, vectors = torch.linalg.eigh(dense_kernel(module, inputs))
    assert_close(alignment(jacobian(module, inputs), vectors).values, values)


def test_parameter_weights_enter_the_alignment():
    module, inputs, y = _Tiny(), torch.randn(30, 3), torch.randn(30)
    sizes = torch.rand(20)
    slopes = dense_jacobian(module, inputs)
    expected = y @ (slopes * sizes) @ slopes.T @ y / (y @ y)
    assert_close(alignment(jacobian(module, inputs, weights=sizes), y).values[0], expected)


def test_its_change_in_a_step_of_descent_is_that_of_the_kernel():
    module, inputs = _Tiny(), torch.randn(30, 3)
    y = inputs[:, 0] * inputs[:, 1]
    before, aligned = dense_kernel(module, inputs), alignment(jacobian(module, inputs), y).values[0]
    (0.05 * (module(inputs) - y).square().mean()).backward()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter -= parameter.grad
    change = y @ (dense_kernel(module, inputs) - before) @ y / (y @ y)
    assert change.abs() > 1e-4 * aligned
    assert_close(alignment(jacobian(module, inputs), y).values[0] - aligned, change)


def test_labels_are_targets_and_constant_ones_have_no_centred_alignment():
    slopes = jacobian(_Tiny(), torch.randn(6, 3))
    assert alignment(slopes, torch.tensor([0, 1, 0, 1, 1, 0])).values.shape == (1,)
    with pytest.raises(ValueError, match=r"targets \[1\] are zero, or constant"):
        alignment(slopes, torch.stack([torch.randn(6), torch.ones(6)], 1), form="centred")
    with pytest.raises(ValueError, match=r"shape \(5,\) .* \(6,\)"):
        alignment(slopes, torch.randn(5))
    with pytest.raises(ValueError, match="'raw' was asked for; possible"):
        alignment(slopes, torch.randn(6), form="raw")
    with pytest.raises(ValueError, match=r"shape \(6, 0\)"):
        alignment(slopes, torch.zeros(6, 0))
    with pytest.raises(ValueError, match="6 of the 6 numbers of the targets are not finite"):
        alignment(slopes, torch.full((6,), torch.nan))
    with pytest.raises(ValueError, match="differs from its transpose by up to 2"):
        kernel_alignment(torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.ones(2))
    with pytest.raises(ValueError, match=r"shape \(2, 3\); pass a square one"):
        kernel_alignment(torch.ones(2, 3), torch.ones(2))


def test_the_effective_rank_from_products_is_that_of_the_eigenvalues():
    module, inputs = mlp(), torch.randn(8, 4)
    operator = kernel_operator(jacobian(module, inputs))
    expected = effective_ranks(torch.linalg.eigvalsh(operator.dense())).participation
    for seed in range(3):
        found = effective_rank(operator, tolerance=1e-3, generator=torch.Generator().manual_seed(seed))
        assert abs(found.value - expected) <= 4 * found.standard_error + 1e-10 * expected


def test_ranks_of_a_kernel_with_negative_eigenvalues_are_refused():
    with pytest.raises(ValueError, match="eigenvalue -1 beside the largest, 2"):
        effective_ranks(torch.tensor([2.0, 1.0, -1.0]))
    with pytest.raises(ValueError, match=r"0 positive eigenvalues in the shape \(0,\)"):
        effective_ranks(torch.zeros(0))
    with pytest.raises(ValueError, match=r"shape \(2, 2\).*eigvalsh"):
        effective_ranks(torch.ones(2, 2))
    for odd in (torch.nan, torch.inf):
        with pytest.raises(ValueError, match="1 of the 2 numbers of the eigenvalues is not finite"):
            effective_ranks(torch.tensor([2.0, odd]))
