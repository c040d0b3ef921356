import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch.testing import assert_close

from spectra.eigen import lanczos, stacked_eigenpairs, top_eigenpairs
from spectra.operators import SymmetricOperator
from spectra.operators.stack import OperatorStack, stacked
from tests.references import operator_of, symmetric_matrix

SPECTRA = {
    "spread": torch.linspace(-1, 3, 40),
    "negative": torch.linspace(-9, -1, 40),
    "indefinite and symmetric": torch.cat([torch.linspace(1, 2, 20), -torch.linspace(1, 2, 20)]),
    "clustered at the top": torch.cat([torch.linspace(0, 1, 37), torch.tensor([4.999, 5.0, 5.001])]),
    "power law": torch.arange(1, 41) ** -1.5,
    "one outlier": torch.cat([torch.full((39,), 0.1), torch.tensor([7.0])]),
}


def operator_of_diagonal(diagonal: torch.Tensor) -> SymmetricOperator:
    return SymmetricOperator(len(diagonal), lambda block: diagonal[:, None] * block, diagonal.dtype, diagonal.device)


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


def test_error_bars_hold_the_true_errors():
    exact = torch.cat([torch.linspace(0, 0.7, 500), torch.tensor([0.8, 0.9, 1.0])])
    operator = operator_of(torch.diag(exact))
    for seed in range(20):
        pairs = top_eigenpairs(operator, 3, tolerance=1e-2, generator=torch.Generator().manual_seed(seed))
        assert pairs.converged
        assert ((pairs.values - exact.flip(0)[:3]).abs() <= pairs.errors + 1e-14).all()
        assert (pairs.errors <= pairs.residuals).all()
        assert (pairs.errors < 1e-2).all()


def test_the_strict_rule_asks_for_small_residuals():
    operator = operator_of(symmetric_matrix(torch.linspace(0, 1, 200) ** 4))
    quick, strict = (top_eigenpairs(operator, strict=strict, tolerance=1e-4) for strict in (False, True))
    assert strict.residuals[0] <= 1e-4 * strict.values[0] < quick.residuals[0]
    assert quick.matvecs < strict.matvecs


@pytest.mark.parametrize("count", [1, 5])
def test_close_eigenvalues_are_not_missed(count):
    torch.manual_seed(3)
    exact = torch.cat([14 * torch.rand(2000) ** 3, torch.tensor([761.0, 788.3, 852.8, 878.5, 958.7])])
    missed = 0
    for seed in range(60):
        pairs = top_eigenpairs(operator_of_diagonal(exact), count, generator=torch.Generator().manual_seed(seed))
        missed += bool(((pairs.values - exact.flip(0)[:count]).abs() > 1e-3 * 958.7).any())
    assert missed <= (0 if count == 1 else 1)


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True])
def test_the_top_of_random_matrices_is_found_though_it_crowds(strict):
    draw = torch.randn(300, 300, generator=torch.Generator().manual_seed(0))
    exact = torch.linalg.eigvalsh(draw + draw.T)
    missed = 0
    for seed in [*range(40), 1032]:  # from the last one a looser rule returned the second eigenvalue
        pairs = top_eigenpairs(
            operator_of_diagonal(exact), strict=strict, generator=torch.Generator().manual_seed(seed)
        )
        missed += bool((pairs.values[0] - exact[-1]).abs() > 1e-3 * exact[-1])
    assert missed <= (0 if strict else 1)


def test_both_ends_have_their_own_scale():
    exact = torch.cat([torch.tensor([50.0, 30.0, 20.0]), 0.1 * torch.rand(297) - 0.05]).sort(descending=True).values
    for seed in range(12):
        pairs = top_eigenpairs(
            operator_of_diagonal(exact), 2, which="both", generator=torch.Generator().manual_seed(seed)
        )
        # Among 297 values in [-0.05, 0.05] the second smallest may be taken for the third.
        assert (pairs.values[2:] - exact[-2:]).abs().max() <= 1e-2 * 0.05
        assert pairs.values[0] == pytest.approx(50.0)


@pytest.mark.parametrize("products", [1, 2, 4, 8])
def test_an_error_bar_is_the_residual_where_no_gap_is_known(products):
    draw = torch.randn(300, 300)
    pairs = top_eigenpairs(operator_of(draw + draw.T), max_matvecs=products)
    assert not pairs.converged
    assert pairs.errors[0] > 0.3 * pairs.residuals[0]


@pytest.mark.parametrize("count", [1, 3, 5, 8])
def test_starting_from_the_answer_ends_at_once(count):
    operator = operator_of(symmetric_matrix(torch.randn(200)))
    exact = torch.linalg.eigh(operator.dense())
    first = top_eigenpairs(operator, count)
    for start in (first.start, exact.eigenvectors[:, -count - 1 :].flip(1)):
        again = top_eigenpairs(operator, count, start=start)
        assert again.converged
        assert again.matvecs <= count + 8
        assert_close(again.values, exact.eigenvalues.flip(0)[:count], rtol=1e-3, atol=0)


def test_half_precision_products_have_honest_error_bars():
    matrix = symmetric_matrix(torch.linspace(0, 1, 60) ** 6).bfloat16()
    matrix = (matrix + matrix.T) / 2
    pairs = top_eigenpairs(operator_of(matrix), 2)
    assert pairs.vectors.dtype == torch.float32
    assert ((pairs.values - torch.linalg.eigvalsh(matrix.double()).flip(0)[:2]).abs() <= pairs.errors).all()


def test_noise_of_the_products_widens_the_certificate():
    matrix = symmetric_matrix(torch.linspace(0, 1, 100) ** 8)
    skewed = matrix + 1e-3 * torch.randn(100, 100) / 10
    pairs = top_eigenpairs(operator_of(skewed), tolerance=1e-9, max_matvecs=100)
    assert not pairs.converged
    assert (pairs.values[0] - 1).abs() <= pairs.errors[0]
    stated = SymmetricOperator(100, lambda block: matrix @ block, matrix.dtype, matrix.device, error=1e-2)
    found = top_eigenpairs(stated)
    assert found.errors[0] >= 1e-2 * 0.9
    assert not found.converged
    assert found.matvecs == top_eigenpairs(operator_of(matrix)).matvecs  # more of them would not have helped


def test_members_of_a_stack_agree_with_each_alone():
    matrices = [symmetric_matrix(spectrum) for spectrum in SPECTRA.values()]
    together = stacked_eigenpairs(stacked([operator_of(matrix) for matrix in matrices]), 2, tolerance=1e-8)
    for matrix, pairs in zip(matrices, together, strict=True):
        alone = top_eigenpairs(operator_of(matrix), 2, tolerance=1e-8)
        assert pairs.matvecs == alone.matvecs
        assert_close(pairs.values, alone.values, rtol=0, atol=1e-10)
        assert_close(pairs.residuals, alone.residuals, rtol=1e-3, atol=1e-10)


def test_a_stack_costs_one_product_for_all_of_its_members():
    spectra, calls = torch.stack(list(SPECTRA.values())), []
    stack = OperatorStack(6, 40, lambda rows: calls.append(1) or spectra * rows, spectra.dtype, spectra.device)
    pairs = stacked_eigenpairs(stack, tolerance=1e-6, max_basis=12)
    assert len(calls) == max(each.matvecs for each in pairs)
    assert_close(torch.cat([each.values for each in pairs]), spectra.amax(1), rtol=1e-6, atol=1e-6)
    again = stacked_eigenpairs(stack, tolerance=1e-6, starts=[each.start for each in pairs])
    assert sum(each.matvecs for each in again) < sum(each.matvecs for each in pairs) / 2


def test_one_start_is_needed_for_each_member():
    with pytest.raises(ValueError, match="do not fit 2 operator"):
        stacked_eigenpairs(stacked([operator_of(torch.eye(4))] * 2), starts=[torch.ones(4)])


def test_a_member_that_is_not_finite_is_named():
    with pytest.raises(FloatingPointError, match="product 1 of member 1"):
        stacked_eigenpairs(stacked([operator_of(torch.eye(4)), operator_of(torch.full((4, 4), float("inf")))]))


def test_products_are_counted():
    matrix, calls = symmetric_matrix(torch.linspace(0, 1, 50)), []
    operator = SymmetricOperator(50, lambda block: calls.append(1) or matrix @ block, matrix.dtype, matrix.device)
    assert top_eigenpairs(operator).matvecs == len(calls)


def test_a_warm_start_saves_products():
    matrix = symmetric_matrix(torch.linspace(0, 1, 200))
    cold = top_eigenpairs(operator_of(matrix), generator=torch.Generator().manual_seed(1))
    warm = top_eigenpairs(operator_of(matrix), start=cold.start, generator=torch.Generator().manual_seed(2))
    assert warm.matvecs < cold.matvecs / 2


@pytest.mark.parametrize("which", ["largest", "smallest", "both"])
def test_a_warm_start_follows_a_matrix_that_turns(which):
    spectrum = torch.cat([torch.linspace(-0.5, 0.5, 300), torch.tensor([-2.0, -1.8, -1.5, 1.4, 1.9, 2.0])])
    matrix, turn = symmetric_matrix(spectrum), torch.randn(306, 306)
    rotation = torch.linalg.matrix_exp(0.0005 * (turn - turn.T))
    first = top_eigenpairs(operator_of(matrix), 2, which=which)
    turned = operator_of(rotation @ matrix @ rotation.T)
    warm, cold = top_eigenpairs(turned, 2, which=which, start=first.start), top_eigenpairs(turned, 2, which=which)
    assert_close(warm.values, cold.values, rtol=2e-3, atol=0)
    assert warm.matvecs <= cold.matvecs


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


@pytest.mark.parametrize("steps", [0, 9])
def test_spaces_larger_than_the_operator_are_refused(steps):
    with pytest.raises(ValueError, match="Lanczos steps"):
        lanczos(operator_of(torch.eye(8)), torch.ones(8), steps)


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
