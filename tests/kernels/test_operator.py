"""Products with the tangent kernel against the kernel from single gradients."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from spectra.eigen import spectral_density, top_eigenpairs, trace
from spectra.kernels.jacobian import jacobian
from spectra.kernels.operator import tangent_kernel_operator
from spectra.objectives import Objective, flatten, squared_error
from spectra.operators import gauss_newton, preconditioned
from tests.kernels.dense_kernels import attention, bag, dense_jacobian, dense_kernel, normalised, recurrent
from tests.networks import Transformer, convolutional, mlp, tokens

ZOO = {
    "mlp": lambda: (mlp(), torch.randn(5, 4)),
    "convolutional": lambda: (convolutional(), torch.randn(5, 2, 6, 6)),
    "transformer": lambda: (nn.Sequential(Transformer(), nn.Flatten()), tokens(5, 3)[0]),
    "batch norm": lambda: (nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2)).eval(), torch.randn(5, 4)),
    "attention": lambda: (attention(), torch.randn(5, 3, 4)),
    "recurrent": lambda: (recurrent(), torch.randn(5, 3, 4)),
    "bag": lambda: (bag(), torch.randint(6, (5, 3))),
    "normalised": lambda: (normalised(), torch.randn(5, 4)),
}


@pytest.mark.parametrize("chunk", [None, 2])
@pytest.mark.parametrize("kind", ZOO)
def test_products_are_those_of_the_dense_kernel(kind: str, chunk: int | None):
    module, inputs = ZOO[kind]()
    assert_close(tangent_kernel_operator(module, inputs, chunk=chunk).dense(), dense_kernel(module, inputs))


@pytest.mark.parametrize("kind", ZOO)
def test_the_two_products_with_the_jacobian_are_adjoint(kind: str):
    module, inputs = ZOO[kind]()
    slopes = jacobian(module, inputs, chunk=2)
    directions, cotangents = torch.randn(3, len(slopes.point)), torch.randn(3, 5, slopes.outputs)
    assert_close(
        torch.einsum("kno,lno->kl", slopes.pushed(directions), cotangents), directions @ slopes.pulled(cotangents).T
    )


@pytest.mark.parametrize("kind", ZOO)
def test_single_precision_and_inference_mode_change_rounding_alone(kind: str):
    module, inputs = ZOO[kind]()
    module, inputs = module.float(), inputs.float() if inputs.is_floating_point() else inputs
    expected = dense_kernel(module, inputs)
    with torch.inference_mode():
        found = tangent_kernel_operator(module, inputs.clone(), chunk=2).dense()
    assert float((found - expected).norm() / expected.norm()) < 1e-6


def test_only_operations_without_a_second_derivative_are_taken_row_by_row():
    found = {kind for kind in ZOO if jacobian(*ZOO[kind]()).by_rows}
    assert found == {"bag"}


class _Wrong(torch.autograd.Function):
    """The square, with a backward pass whose own derivative is wrong."""

    @staticmethod
    def forward(ctx, inputs):
        ctx.save_for_backward(inputs)
        return inputs.square()

    @staticmethod
    def backward(ctx, cotangent):
        return 2 * ctx.saved_tensors[0] * (3 * cotangent - 2 * cotangent.detach())


class _Squared(nn.Module):
    def forward(self, inputs: Tensor) -> Tensor:
        return _Wrong.apply(inputs)


def test_a_wrong_second_derivative_is_seen_and_not_used():
    module, inputs = nn.Sequential(nn.Linear(4, 3), _Squared(), nn.Linear(3, 2)), torch.randn(5, 4)
    assert jacobian(module, inputs).by_rows
    assert_close(tangent_kernel_operator(module, inputs).dense(), dense_kernel(module, inputs))


@pytest.mark.parametrize("kind", ["mlp", "convolutional", "transformer"])
def test_the_nonzero_spectrum_is_that_of_the_gauss_newton_matrix(kind: str):
    module, inputs = ZOO[kind]()
    weights, network = flatten(module)
    sizes = torch.rand(len(weights))
    targets = network(weights, inputs)
    square = preconditioned(gauss_newton(Objective(network, squared_error, [(inputs, targets)]), weights), sizes)
    kernel = tangent_kernel_operator(module, inputs, weights=sizes, chunk=2)
    ours, theirs = (torch.linalg.eigvalsh(operator.dense()).flip(0) for operator in (kernel, square))
    shared = min(len(ours), len(theirs))
    assert_close(ours[:shared] * 2 / targets.numel(), theirs[:shared], rtol=1e-10, atol=1e-12)


def test_outputs_choose_blocks_sums_and_means_of_the_full_kernel():
    module, inputs = ZOO["mlp"]()
    full = dense_kernel(module, inputs).reshape(5, 3, 5, 3)
    expected = {
        1: full[:, 1, :, 1],
        "trace": torch.einsum("noMo->nM", full) / 3,
        "sum_of_logits": full.sum((1, 3)) / 3,
        "full": full.reshape(15, 15),
    }
    for outputs, kernel in expected.items():
        assert_close(tangent_kernel_operator(module, inputs, outputs=outputs, chunk=2).dense(), kernel)


def test_parameter_weights_by_name_are_those_of_the_flat_vector():
    module, inputs = ZOO["mlp"]()
    named = {name: float(place) for place, (name, _) in enumerate(module.named_parameters())}
    named["0.weight"] = torch.rand(6, 4)
    flat = torch.cat([torch.as_tensor(named[name]).expand(p.shape).flatten() for name, p in module.named_parameters()])
    slopes = dense_jacobian(module, inputs)
    for weights in (named, flat):
        assert_close(tangent_kernel_operator(module, inputs, weights=weights).dense(), slopes * flat @ slopes.T)


def test_solvers_work_on_it():
    module, inputs = mlp(), torch.randn(20, 4)
    operator, values = tangent_kernel_operator(module, inputs, chunk=8), dense_kernel(module, inputs)
    exact = torch.linalg.eigvalsh(values).flip(0)
    assert_close(top_eigenpairs(operator, 3, tolerance=1e-8).values, exact[:3])
    assert abs(trace(operator).value / float(exact.sum()) - 1) < 0.1
    mean, error = spectral_density(operator).moment(1)
    assert abs(mean - float(exact.mean())) < 4 * error


def test_wide_blocks_are_cut():
    module, inputs = mlp(), torch.randn(9, 4)
    block = torch.randn(27, 40)
    assert_close(tangent_kernel_operator(module, inputs) @ block, dense_kernel(module, inputs) @ block)


def test_weights_are_a_snapshot_and_the_caller_s_mode_does_not_matter():
    module, inputs = mlp(), torch.randn(4, 4)
    before, operator = dense_kernel(module, inputs), tangent_kernel_operator(module, inputs, chunk=3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        assert_close(operator.dense(), before)


MEASURED = """
import sys, torch
from torch import nn
from spectra.eigen import top_eigenpairs
from spectra.kernels.operator import tangent_kernel_operator
from spectra.store.provenance import peak_memory
torch.set_num_threads(1)
module = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1))
def peak(examples):
    inputs = torch.randn(examples, 32)
    pairs = top_eigenpairs(tangent_kernel_operator(module, inputs), 5)
    assert pairs.converged
    return peak_memory("cpu") / 2**20
first = peak(1000)
print(peak(50000) - first)
"""


@pytest.mark.slow
def test_the_spectrum_of_50_000_examples_takes_the_memory_of_the_vectors():
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    # 30 vectors of Lanczos in single precision and as many copies are 12 MB, inputs 6 MB; the Jacobian would be 4 GB.
    assert float(done.stdout) < 60


class _Halved(nn.Module):
    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.mul_(0.5)


@pytest.mark.parametrize(
    ("module", "inputs", "options", "message"),
    [
        (nn.Linear(4, 2), torch.zeros(0, 4), {}, r"shape \(0, 4\)"),
        (nn.Linear(4, 2), torch.zeros(3, 4, dtype=torch.float32), {}, "inputs are torch.float32"),
        (nn.Linear(4, 2), torch.zeros(3, 4, device="meta"), {}, "on meta"),
        (nn.Linear(4, 2), torch.zeros(3, 4), {"outputs": 2}, "output 2 .* with 2 outputs; use 0 to 1"),
        (nn.Linear(4, 2), torch.zeros(3, 4), {"outputs": "diagonal"}, "'diagonal' was asked for; possible"),
        (nn.Linear(4, 2), torch.zeros(3, 4), {"weights": torch.ones(9)}, r"shape \(9,\) .* 10 parameters"),
        (nn.Sequential(_Halved(), nn.Linear(4, 2)), torch.randn(3, 4), {}, "changes its inputs in place"),
        (nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2)), torch.randn(3, 4), {}, "BatchNorm1d"),
        (nn.Sequential(nn.Linear(4, 2), nn.Dropout()), torch.randn(3, 4), {}, "Dropout"),
        (nn.Linear(4, 2), torch.randn(3, 5, 4), {}, "nn.Flatten"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(module: nn.Module, inputs: Tensor, options, message: str):
    with pytest.raises(ValueError, match=message):
        tangent_kernel_operator(module, inputs, **options)
