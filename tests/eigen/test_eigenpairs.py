import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch.testing import assert_close

from spectra.eigen import top_eigenpairs
from spectra.operators import SymmetricOperator
from tests.eigen.spectra import SPECTRA, operator_of_diagonal
from tests.references import operator_of, symmetric_matrix


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("which", ["largest", "smallest"])
def test_eigenpairs_are_those_of_the_dense_matrix(name, which):
    matrix = symmetric_matrix(SPECTRA[name])
    pairs = top_eigenpairs(operator_of(matrix), 3, which=which, tolerance=1e-10)
    exact = torch.linalg.eigvalsh(matrix)
    expected = exact[-3:].flip(0) if which == "largest" else exact[:3].flip(0)
    assert pairs.converged
    assert_close(pairs.values, expected, rtol=0, atol=1e-9)
    assert_close(pairs.vectors.T @ pairs.vectors, torch.eye(3), rtol=0, atol=1e-10)


def test_values_agree_with_scipy():
    matrix = symmetric_matrix(torch.randn(60))
    products = LinearOperator((60, 60), matvec=lambda vector: matrix.numpy() @ vector, dtype="float64")
    expected = torch.as_tensor(eigsh(products, 4, which="LA", return_eigenvectors=False)).sort(descending=True).values
    assert_close(top_eigenpairs(operator_of(matrix), 4, tolerance=1e-10).values, expected)


def test_repeated_eigenvalues_are_found_each():
    matrix = symmetric_matrix(torch.tensor([3.0, 3.0, 3.0, 1.0, 0.0, -2.0]))
    assert_close(top_eigenpairs(operator_of(matrix), 4, tolerance=1e-12).values, torch.tensor([3.0, 3.0, 3.0, 1.0]))


@pytest.mark.parametrize("count", [2, 3, 5])
def test_copies_are_found_among_few_distinct_eigenvalues(count):
    exact = torch.cat([torch.full((4,), 3.0), torch.full((5,), 2.0), torch.full((50,), 0.5)])
    for seed in range(5):
        operator, generator = operator_of_diagonal(exact), torch.Generator().manual_seed(seed)
        assert_close(top_eigenpairs(operator, count, generator=generator).values, exact[:count], rtol=1e-6, atol=0)


def test_the_zero_matrix_has_eigenvalue_zero():
    pairs = top_eigenpairs(operator_of(torch.zeros(8, 8)), 2)
    assert pairs.converged
    assert_close(pairs.values, torch.zeros(2))


def test_one_by_one():
    pairs = top_eigenpairs(operator_of(torch.tensor([[-4.0]])))
    assert pairs.converged
    assert pairs.matvecs == 1
    assert_close(pairs.values, torch.tensor([-4.0]))


def test_running_out_of_products_is_a_result():
    pairs = top_eigenpairs(operator_of(symmetric_matrix(torch.linspace(0, 1, 80))), tolerance=1e-12, max_matvecs=6)
    assert not pairs.converged
    assert pairs.matvecs == 6
    assert pairs.residuals[0] > 1e-12


@pytest.mark.parametrize("name", SPECTRA)
def test_both_ends_are_found_at_once(name):
    matrix = symmetric_matrix(SPECTRA[name])
    pairs = top_eigenpairs(operator_of(matrix), 2, which="both", tolerance=1e-10)
    exact = torch.linalg.eigvalsh(matrix).flip(0)
    assert pairs.converged
    assert_close(pairs.values, torch.cat([exact[:2], exact[-2:]]), rtol=0, atol=1e-9)
    assert_close(pairs.vectors.T @ matrix @ pairs.vectors, torch.diag(pairs.values), rtol=0, atol=1e-9)


@pytest.mark.parametrize("which", ["largest", "smallest", "both"])
def test_restarts_change_the_cost_and_not_the_eigenpairs(which):
    matrix = symmetric_matrix(torch.linspace(-1, 1, 300))
    free = top_eigenpairs(operator_of(matrix), 2, which=which, tolerance=1e-8, max_basis=300)
    capped = top_eigenpairs(operator_of(matrix), 2, which=which, tolerance=1e-8, max_basis=12, max_matvecs=1000)
    assert free.converged
    assert capped.converged
    assert free.matvecs > 30  # more than the cap: restarts have happened
    assert_close(capped.values, free.values, rtol=0, atol=1e-7)
    true = (matrix @ capped.vectors - capped.vectors * capped.values).norm(dim=0)
    assert_close(capped.residuals, true, rtol=1e-6, atol=1e-12)


def test_the_strict_rule_asks_for_small_residuals():
    operator = operator_of(symmetric_matrix(torch.linspace(0, 1, 200) ** 4))
    quick, strict = (top_eigenpairs(operator, strict=strict, tolerance=1e-4) for strict in (False, True))
    assert strict.residuals[0] <= 1e-4 * strict.values[0] < quick.residuals[0]
    assert quick.matvecs < strict.matvecs


def test_products_are_counted():
    matrix, calls = symmetric_matrix(torch.linspace(0, 1, 50)), []
    operator = SymmetricOperator(50, lambda block: calls.append(1) or matrix @ block, matrix.dtype, matrix.device)
    assert top_eigenpairs(operator).matvecs == len(calls)


def test_single_precision_reaches_the_tolerance():
    matrix = symmetric_matrix(torch.linspace(0, 1, 300)).float()
    pairs = top_eigenpairs(operator_of(matrix), 3, tolerance=1e-4)
    assert pairs.converged
    assert_close(pairs.values, torch.linalg.eigvalsh(matrix.double())[-3:].flip(0), rtol=1e-4, atol=0)


def test_equal_generators_give_equal_numbers():
    operator = operator_of(symmetric_matrix(torch.randn(30)))
    one, two = (top_eigenpairs(operator, generator=torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one.vectors, two.vectors)


def test_without_a_generator_torchs_own_stays_where_it_was():
    operator, before = operator_of(symmetric_matrix(torch.randn(9))), torch.random.get_rng_state()
    one, two = top_eigenpairs(operator), top_eigenpairs(operator)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(one.vectors, two.vectors)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "0 eigenpairs"),
        ({"count": 9}, "dimension 8"),
        ({"count": 1.5}, "1.5 eigenpairs were asked"),
        ({"count": 3, "max_matvecs": 2}, "at most 2 products; ask for 1 to 2"),
        ({"count": 5, "which": "both"}, "10 eigenpairs"),
        ({"which": "magnitude"}, "'largest', 'smallest', 'both'"),
        ({"tolerance": 0.0}, "must be positive"),
        ({"count": 2, "max_basis": 3}, "need 7 vectors"),
        ({"start": torch.zeros(8)}, "zero or undefined"),
        ({"start": torch.eye(8)[:, :2] * torch.tensor([1.0, 0.0])}, "zero or undefined"),
        ({"start": torch.ones(7)}, "do not fit"),
    ],
)
def test_bad_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        top_eigenpairs(operator_of(torch.eye(8)), **arguments)


def test_the_product_that_is_not_finite_is_named():
    matrix, calls = symmetric_matrix(torch.linspace(0, 1, 50)), []

    def matmat(block):
        calls.append(1)
        return matrix @ block * (float("inf") if len(calls) == 7 else 1.0)

    with pytest.raises(FloatingPointError, match="product 7 is not finite"):
        top_eigenpairs(SymmetricOperator(50, matmat, matrix.dtype, matrix.device))
    assert len(calls) == 7


def test_products_that_are_not_finite_stop_at_once():
    with pytest.raises(FloatingPointError, match="product 1"):
        top_eigenpairs(operator_of(torch.full((5, 5), float("nan"))))
