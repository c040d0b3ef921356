"""What is no tensor, no operator, no Jacobian or no whole number is refused at the door, by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spectra.kernels import (
    alignment,
    centred_kernel_alignment,
    conjugate_gradients,
    effective_rank,
    effective_ranks,
    eigenfunction_targets,
    estimated_drift,
    flow_ensemble,
    jacobian,
    kernel_alignment,
    kernel_columns,
    kernel_drift,
    kernel_regression,
    least_squares,
    loss_flow,
    nystrom,
    optimal_stopping_time,
    posterior,
    pseudo_kernel,
    random_features,
    relative_ridge,
    tangent_kernel_operator,
)
from spectra.kernels.alignment_spectrum import alignment_spectrum
from spectra.kernels.anisotropy import anisotropy_directions
from spectra.kernels.anisotropy_data import anisotropy_data
from spectra.kernels.arguments import whole_number
from spectra.kernels.landmarks import kernel_landmarks
from spectra.kernels.sketched_features import sketched_features
from tests.networks import mlp

KERNEL, LINE, TARGETS = 2 * torch.eye(5) + 1, torch.ones(2, 5), torch.arange(1.0, 6)
NNGP = 2 * torch.eye(7) + 1

TENSORS = {
    "least_squares kernel": lambda wrap: least_squares(wrap(KERNEL), TARGETS),
    "least_squares targets": lambda wrap: least_squares(KERNEL, wrap(TARGETS)),
    "least_squares start": lambda wrap: least_squares(KERNEL, TARGETS, start=wrap(TARGETS)),
    "least_squares cross": lambda wrap: least_squares(KERNEL, TARGETS, cross=wrap(LINE)),
    "kernel_regression": lambda wrap: kernel_regression(wrap(KERNEL), LINE, TARGETS),
    "kernel_regression cross": lambda wrap: kernel_regression(KERNEL, wrap(LINE), TARGETS),
    "relative_ridge": lambda wrap: relative_ridge(wrap(KERNEL), 0.1),
    "loss_flow": lambda wrap: loss_flow(wrap(KERNEL), lambda f: f, TARGETS[:, None], times=[1.0]),
    "loss_flow start": lambda wrap: loss_flow(KERNEL, lambda f: f, wrap(TARGETS[:, None]), times=[1.0]),
    "flow_ensemble": lambda wrap: flow_ensemble(least_squares(KERNEL, TARGETS, cross=LINE), wrap(NNGP), 1.0),
    "posterior": lambda wrap: posterior(wrap(NNGP), TARGETS),
    "posterior targets": lambda wrap: posterior(NNGP, wrap(TARGETS)),
    "kernel_alignment": lambda wrap: kernel_alignment(wrap(KERNEL), TARGETS),
    "kernel_alignment targets": lambda wrap: kernel_alignment(KERNEL, wrap(TARGETS)),
    "kernel_drift": lambda wrap: kernel_drift(wrap(KERNEL), KERNEL),
    "centred_kernel_alignment": lambda wrap: centred_kernel_alignment(KERNEL, wrap(KERNEL)),
    "nystrom": lambda wrap: nystrom(wrap(KERNEL), KERNEL),
    "nystrom landmarks": lambda wrap: nystrom(KERNEL, wrap(KERNEL)),
    "pseudo_kernel": lambda wrap: pseudo_kernel(wrap(torch.ones(2, 2, 3, 3))),
    "effective_ranks": lambda wrap: effective_ranks(wrap(TARGETS)),
    "optimal_stopping_time": lambda wrap: optimal_stopping_time(wrap(TARGETS), TARGETS, 0.1, entries=5),
    "anisotropy_data": lambda wrap: anisotropy_data(wrap(TARGETS), 3),
}


@pytest.mark.parametrize("name", TENSORS)
def test_arrays_lists_and_complex_numbers_are_no_tensors_of_real_numbers(name: str):
    TENSORS[name](lambda tensor: tensor)
    with pytest.raises(TypeError, match=r"a numpy\.ndarray was given where a tensor is needed"):
        TENSORS[name](torch.Tensor.numpy)
    with pytest.raises(TypeError, match="a list was given where a tensor is needed"):
        TENSORS[name](torch.Tensor.tolist)
    with pytest.raises(ValueError, match="complex"):
        TENSORS[name](lambda tensor: tensor + 0j)
    with pytest.raises(ValueError, match="meta"):
        TENSORS[name](lambda tensor: tensor.to("meta"))


OPERATORS = {
    "conjugate_gradients": lambda given: conjugate_gradients(given, TARGETS),
    "effective_rank": effective_rank,
    "eigenfunction_targets": lambda given: eigenfunction_targets(given, 2),
    "alignment_spectrum": lambda given: alignment_spectrum(given, TARGETS, 2),
    "estimated_drift": lambda given: estimated_drift(given, given),
    "kernel_columns": lambda given: kernel_columns(given, torch.tensor([1])),
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("given", [KERNEL, mlp()], ids=["matrix", "module"])
def test_a_matrix_or_a_module_is_no_operator(name: str, given):
    with pytest.raises(TypeError, match=r"in place of an operator; make one of a module with tangent_kernel_operator"):
        OPERATORS[name](given)


def test_an_operator_is_no_matrix_and_a_module_no_kernel():
    operator = tangent_kernel_operator(mlp(), torch.randn(5, 4), outputs=0)
    with pytest.raises(TypeError, match=r"operator\.dense\(\)"):
        kernel_alignment(operator, TARGETS)
    with pytest.raises(TypeError, match="in place of an operator"):
        kernel_landmarks(mlp(), 2)


@pytest.mark.parametrize("measure", [lambda given: alignment(given, TARGETS), lambda given: random_features(given, 5)])
def test_an_operator_or_a_module_is_no_jacobian(measure):
    for given in (tangent_kernel_operator(mlp(), torch.randn(5, 4), outputs=0), mlp()):
        with pytest.raises(TypeError, match=r"in place of a Jacobian; make one with jacobian\(module, inputs\)"):
            measure(given)


COUNTS = {
    "eigenfunction_targets": lambda count: eigenfunction_targets(_operator(), count),
    "alignment_spectrum": lambda count: alignment_spectrum(_operator(), TARGETS, count),
    "anisotropy_directions": lambda count: anisotropy_directions(mlp(), torch.randn(5, 4), count),
    "anisotropy_data": lambda count: anisotropy_data(TARGETS, count),
    "random_features": lambda count: random_features(jacobian(mlp(), torch.randn(5, 4)), count),
    "sketched_features": lambda count: sketched_features(mlp(), torch.randn(5, 4), count),
    "kernel_landmarks": lambda count: kernel_landmarks(KERNEL, count),
}


def _operator():
    return tangent_kernel_operator(mlp(), torch.randn(5, 4), outputs=0)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_whole_numbers_of_any_library(name: str):
    COUNTS[name](np.int64(2))
    for odd in (1.5, True, 0, -1, "2", None):
        with pytest.raises(ValueError, match="count is"):
            COUNTS[name](odd)


def test_a_whole_number_is_one_of_python():
    found = [whole_number("rank", given) for given in (3, np.int64(3), torch.tensor(3))]
    assert [type(one) for one in found] == [int] * 3
    assert found == [3] * 3
