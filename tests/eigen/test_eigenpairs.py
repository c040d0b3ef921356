import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch.testing import assert_close

from spectra.eigen import lanczos, top_eigenpairs
from spectra.operators import SymmetricOperator
from tests.references import symmetric_matrix

SPECTRA = {
    "spread": torch.linspace(-1, 3, 40),
    "negative": torch.linspace(-9, -1, 40),
    "indefinite and symmetric": torch.cat([torch.linspace(1, 2, 20), -torch.linspace(1, 2, 20)]),
    "clustered at the top": torch.cat([torch.linspace(0, 1, 37), torch.tensor([4.999, 5.0, 5.001])]),
    "power law": torch.arange(1, 41) ** -1.5,
    "one outlier": torch.cat([torch.full((39,), 0.1), torch.tensor([7.0])]),
}


def operator_of(matrix: torch.Tensor) -> SymmetricOperator:
    return SymmetricOperator(len(matrix), lambda block: matrix @ block, matrix.dtype, matrix.device)


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


@pytest.mark.parametrize("name", SPECTRA)
def test_the_residual_is_the_true_one_and_bounds_the_error(name):
    matrix = symmetric_matrix(SPECTRA[name])
    pairs = top_eigenpairs(operator_of(matrix), tolerance=1e-3)
    true = (matrix @ pairs.vectors - pairs.vectors * pairs.values).norm(dim=0)
    assert_close(pairs.residuals, true, rtol=1e-6, atol=1e-12)
    distance = (torch.linalg.eigvalsh(matrix) - pairs.values).abs().min()
    assert distance <= pairs.residuals[0] + 1e-12


def test_values_agree_with_scipy():
    matrix = symmetric_matrix(torch.randn(60))
    products = LinearOperator((60, 60), matvec=lambda vector: matrix.numpy() @ vector, dtype="float64")
    expected = torch.as_tensor(eigsh(products, 4, which="LA", return_eigenvectors=False)).sort(descending=True).values
    assert_close(top_eigenpairs(operator_of(matrix), 4, tolerance=1e-10).values, expected)


def test_repeated_eigenvalues_are_found_each():
    matrix = symmetric_matrix(torch.tensor([3.0, 3.0, 3.0, 1.0, 0.0, -2.0]))
    assert_close(top_eigenpairs(operator_of(matrix), 4, tolerance=1e-12).values, torch.tensor([3.0, 3.0, 3.0, 1.0]))


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


def test_products_are_counted():
    matrix, calls = symmetric_matrix(torch.linspace(0, 1, 50)), []
    operator = SymmetricOperator(50, lambda block: calls.append(1) or matrix @ block, matrix.dtype, matrix.device)
    assert top_eigenpairs(operator).matvecs == len(calls)


def test_a_warm_start_saves_products():
    matrix = symmetric_matrix(torch.linspace(0, 1, 200))
    cold = top_eigenpairs(operator_of(matrix), generator=torch.Generator().manual_seed(1))
    warm = top_eigenpairs(operator_of(matrix), start=cold.vectors, generator=torch.Generator().manual_seed(2))
    assert warm.matvecs < cold.matvecs


def test_a_warm_start_in_the_wrong_eigenvector_still_finds_the_top():
    matrix = torch.diag(torch.linspace(0, 1, 100))
    start = torch.eye(100)[:, 50]
    pairs = top_eigenpairs(operator_of(matrix), start=start)
    assert pairs.converged
    assert_close(pairs.values[0], torch.tensor(1.0), rtol=1e-3, atol=0)


def test_the_basis_is_orthonormal_and_the_recurrence_holds():
    matrix = symmetric_matrix(torch.randn(50))
    space = lanczos(operator_of(matrix), torch.randn(50), 30)
    assert_close(space.basis.T @ space.basis, torch.eye(30), rtol=0, atol=1e-12)
    remainder = matrix @ space.basis - space.basis @ space.tridiagonal
    assert_close(remainder[:, :-1], torch.zeros(50, 29), rtol=0, atol=1e-12)
    assert_close(remainder[:, -1].norm(), torch.tensor(space.residual_norm))


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
        ({"count": 3, "max_matvecs": 2}, "at most 2 products"),
        ({"which": "both"}, "'largest' and 'smallest'"),
        ({"start": torch.zeros(8)}, "zero or are undefined"),
        ({"start": torch.ones(7)}, "do not fit"),
    ],
)
def test_bad_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        top_eigenpairs(operator_of(torch.eye(8)), **arguments)


@pytest.mark.parametrize("steps", [0, 9])
def test_spaces_larger_than_the_operator_are_refused(steps):
    with pytest.raises(ValueError, match="Lanczos steps"):
        lanczos(operator_of(torch.eye(8)), torch.ones(8), steps)


def test_products_that_are_not_finite_stop_at_once():
    with pytest.raises(FloatingPointError, match="product 1"):
        top_eigenpairs(operator_of(torch.full((5, 5), float("nan"))))
