import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.eigen import diagonal, frobenius_norm, lanczos, spectral_density, top_eigenpairs, trace
from spectra.objectives import Objective, cross_entropy, flatten, gradient, mean_loss
from spectra.operators import (
    SymmetricOperator,
    batch_sharpness,
    critical_sharpness,
    directional_sharpness,
    effective_curvature,
    gauss_newton,
    hessian,
    preconditioned,
    restricted,
)
from spectra.operators.asymmetry import asymmetry
from spectra.operators.stack import stacked
from tests.references import operator_of, symmetric_matrix

_, NETWORK = flatten(nn.Linear(8, 1))


def test_operators_combine_like_matrices():
    a, b = symmetric_matrix(torch.randn(5)), symmetric_matrix(torch.randn(5))
    combined = 2 * operator_of(a) - operator_of(b).shifted(0.5) + operator_of(b) * 3
    assert_close(combined.dense(), 2 * a - b - 0.5 * torch.eye(5) + 3 * b)


def test_a_block_is_its_columns():
    matrix = symmetric_matrix(torch.randn(5))
    block = torch.randn(5, 3)
    columns = torch.stack([operator_of(matrix) @ column for column in block.T], 1)
    assert_close(operator_of(matrix) @ block, columns)


def test_a_block_without_columns_has_no_product():
    weights, network = flatten(nn.Linear(3, 2))
    operator = hessian(Objective(network, cross_entropy, [(torch.randn(4, 3), torch.zeros(4).long())]), weights)
    assert (operator @ torch.zeros(8, 0)).shape == (8, 0)


@pytest.mark.parametrize("block", [torch.zeros(4), torch.zeros(5, 2, 2), torch.zeros(5).float()])
def test_blocks_that_do_not_fit_are_refused(block):
    with pytest.raises(ValueError, match="multiplied by an operator"):
        operator_of(torch.eye(5)) @ block


def test_operators_of_unequal_size_do_not_add():
    with pytest.raises(ValueError, match="cannot be combined"):
        operator_of(torch.eye(5)) + operator_of(torch.eye(4))


def test_how_products_are_made_and_how_wrong_they_are_stays_with_what_is_made_of_them():
    exact = operator_of(torch.eye(4))
    rough = operator_of(torch.eye(4), method="finite_difference", error=1e-3)
    assert (exact.method, exact.error) == ("exact", 0.0)
    for made in (3 * rough, rough * 3, rough.shifted(1.0), exact + rough, rough - exact):
        assert (made.method, made.error) == ("finite_difference", 1e-3)
    assert (rough + rough).error == 2e-3
    assert ((2 * exact - exact).method, (2 * exact - exact).error) == ("exact", 0.0)


def test_a_block_of_parameters_keeps_how_its_operator_is_made():
    _, network = flatten(nn.Linear(3, 1))
    rough = operator_of(torch.eye(4), method="finite_difference", error=1e-3)
    part = restricted(rough, network, "weight")
    assert (part.dim, part.method, part.error) == (3, "finite_difference", 1e-3)


def test_asymmetry_is_that_of_its_definition():
    matrix = torch.randn(6, 6)
    u, v = (torch.randn(6, generator=generator) for generator in [torch.Generator().manual_seed(3)] for _ in range(2))
    expected = abs(u @ matrix @ v - v @ matrix @ u) / (u.norm() * (matrix @ v).norm() + v.norm() * (matrix @ u).norm())
    measured = asymmetry(operator_of(matrix), generator=torch.Generator().manual_seed(3))
    assert measured == pytest.approx(float(expected))


def test_only_matrices_that_are_not_symmetric_are_asymmetric():
    assert asymmetry(operator_of(symmetric_matrix(torch.randn(20)))) < 1e-15
    assert asymmetry(operator_of(torch.zeros(5, 5))) == 0
    assert asymmetry(operator_of(torch.eye(20) + 0.1 * torch.ones(20, 20).triu(1))) > 1e-3


def test_asymmetry_leaves_torchs_generator_alone():
    before = torch.get_rng_state()
    assert asymmetry(operator_of(torch.eye(3))) == asymmetry(operator_of(torch.eye(3)))
    assert torch.equal(torch.get_rng_state(), before)


def test_operators_over_weights_have_their_dtype_and_device():
    weights, network = flatten(nn.Linear(3, 2).float())
    objective = Objective(network, cross_entropy, [(torch.randn(4, 3).float(), torch.zeros(4).long())])
    operator = gauss_newton(objective, weights)
    assert (operator.dim, operator.dtype, operator.device) == (8, torch.float32, weights.device)


def test_operators_divide_and_change_sign_like_matrices():
    matrix = torch.randn(4, 4)
    operator = SymmetricOperator(4, lambda block: matrix @ block, matrix.dtype, "cpu")
    assert operator.device == torch.device("cpu")
    assert_close((-operator / 2).dense(), -matrix / 2)


@pytest.mark.parametrize("wrong", [lambda block: block[:2], lambda block: block.float()])
def test_a_product_of_another_kind_is_refused(wrong):
    operator = SymmetricOperator(4, wrong, torch.float64, torch.device("cpu"))
    with pytest.raises(ValueError, match="its matmat must keep both"):
        operator @ torch.ones(4)


def test_asymmetry_of_undefined_products_is_refused():
    operator = SymmetricOperator(4, lambda block: block * torch.nan, torch.float64, torch.device("cpu"))
    with pytest.raises(FloatingPointError, match="not finite"):
        asymmetry(operator)


def test_a_matrix_is_no_operator():
    with pytest.raises(TypeError, match="SymmetricOperator"):
        stacked([torch.eye(3)])


@pytest.mark.parametrize("dtype", [torch.complex64, torch.int64])
def test_operators_of_other_than_real_numbers_are_refused(dtype):
    with pytest.raises(TypeError, match="must be real numbers"):
        SymmetricOperator(3, lambda block: block, dtype, torch.device("cpu"))


@pytest.mark.parametrize(("product", "dtype"), [(torch.eye(3), torch.float64), (lambda block: block, "float64")])
def test_an_operator_is_made_of_a_function_and_a_dtype(product, dtype):
    with pytest.raises(TypeError, match="for a matrix A pass SymmetricOperator"):
        SymmetricOperator(3, product, dtype, torch.device("cpu"))


def test_an_operator_without_rows_is_refused():
    with pytest.raises(ValueError, match="dimension 0"):
        SymmetricOperator(0, lambda block: block, torch.float64, torch.device("cpu"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda A: A + 1.0, r"A\.shifted\(c\)"),
        (lambda A: A * A, "no number"),
        (lambda A: torch.arange(3.0) * A, "preconditioned"),  # scaled the columns alone, and was not symmetric
        (lambda A: np.arange(3.0) * A, "preconditioned"),  # was an array of operators
        (lambda A: A * [1.0, 2.0, 3.0], "preconditioned"),
        (lambda A: A.shifted(torch.arange(3.0)), "A plus a diagonal d is A"),  # each column by another number
        (lambda A: trace(A, generator=0), r"0 was given as the generator; pass torch\.Generator\(\)"),
        (lambda A: top_eigenpairs(A, generator=0), "0 was given as the generator"),
        (lambda A: restricted(A, nn.Linear(2, 1), "bias"), "a Linear was given as the network; pass what flatten"),
        (lambda A: A @ [1.0, 2.0, 3.0], "multiplied by a list"),
    ],
)
def test_what_operators_cannot_do_is_refused(wrong, words):
    with pytest.raises(TypeError, match=words):
        wrong(operator_of(torch.eye(3)))


def test_scalars_of_torch_and_numpy_are_numbers():
    for two in (torch.tensor(2.0), np.float32(2)):
        assert_close((two * operator_of(torch.eye(3)).shifted(two)).dense(), 6 * torch.eye(3))


def test_a_matrix_is_checked_as_its_products_are():
    rounding = SymmetricOperator(3, lambda block: block.float(), torch.float64, torch.device("cpu"))
    for measure in (SymmetricOperator.dense, asymmetry):
        with pytest.raises(ValueError, match="its matmat must keep both"):
            measure(rounding)


@pytest.mark.parametrize(
    "measure",
    [
        trace,
        frobenius_norm,
        diagonal,
        spectral_density,
        top_eigenpairs,
        asymmetry,
        lambda matrix: lanczos(matrix, torch.ones(9), 2),
        lambda matrix: directional_sharpness(matrix, torch.ones(9)),
        lambda matrix: preconditioned(matrix, torch.ones(9)),
        lambda matrix: restricted(matrix, NETWORK, "bias"),
        lambda matrix: effective_curvature(matrix, torch.optim.SGD(NETWORK.module.parameters()), NETWORK),
    ],
)
def test_a_matrix_in_place_of_an_operator_is_refused(measure):
    with pytest.raises(TypeError, match="a Tensor was given in place of an operator; make one"):
        measure(torch.eye(9))


@pytest.mark.parametrize(
    "measure", [hessian, gradient, mean_loss, batch_sharpness, lambda *given: critical_sharpness(*given, given[1])]
)
def test_a_module_in_place_of_an_objective_is_refused(measure):
    module = nn.Linear(3, 2)
    with pytest.raises(TypeError, match="a Linear was given as the objective; pass Objective"):
        measure(module, flatten(module)[0])
