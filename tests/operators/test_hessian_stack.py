"""The Hessians of a stack are those of its members."""

import pytest
import torch
from torch import nn

from spectra.eigen import stacked_eigenpairs, top_eigenpairs
from spectra.objectives import Objective, criterion, cross_entropy, flatten, flatten_stack
from spectra.operators import hessian, hessian_stack, preconditioned, preconditioned_stack


def perceptrons(count: int) -> list[nn.Module]:
    return [nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)) for _ in range(count)]


@pytest.fixture(params=[True, False], ids=["batched", "one by one"])
def case(request):
    modules, inputs, targets = perceptrons(4), torch.randn(9, 4), torch.randint(3, (9,))
    weights, stack = flatten_stack(modules, batched=request.param)
    singles = []
    for module in modules:
        own, network = flatten(module)
        singles.append(hessian(Objective(network, cross_entropy, [(inputs, targets)]), own))
    return hessian_stack(stack, cross_entropy, weights, inputs, targets), singles


def test_one_product_serves_all_members(case):
    operators, singles = case
    rows = torch.randn(4, operators.dim)
    expected = torch.stack([single @ row for single, row in zip(singles, rows, strict=True)])
    torch.testing.assert_close(operators.product(rows), expected)
    some = operators.some([3, 1])
    torch.testing.assert_close(some.product(rows[[3, 1]]), expected[[3, 1]])


def test_preconditioning_acts_on_each_member(case):
    operators, singles = case
    diagonals, added = torch.rand(4, operators.dim), torch.rand(4, operators.dim)
    scaled = preconditioned_stack(operators, diagonals, added)
    rows = torch.randn(4, operators.dim)
    for one in (scaled, scaled.some([0, 1, 2, 3])):
        for k, product in enumerate(one.product(rows)):
            matrix = singles[k].dense() + added[k].diag()
            torch.testing.assert_close(product, diagonals[k].sqrt() * (matrix @ (diagonals[k].sqrt() * rows[k])))
    plain = preconditioned_stack(operators, diagonals)
    torch.testing.assert_close(plain.product(rows)[2], preconditioned(singles[2], diagonals[2]) @ rows[2])


def test_eigenvalues_of_members_are_those_of_each_alone(case):
    operators, singles = case
    generators = [torch.Generator().manual_seed(seed) for seed in range(4)]
    found = stacked_eigenpairs(operators, 2, tolerance=1e-10, generator=generators)
    for k, (pairs, single) in enumerate(zip(found, singles, strict=True)):
        exact = torch.linalg.eigvalsh(single.dense()).flip(0)[:2]
        torch.testing.assert_close(pairs.values, exact)
        alone = top_eigenpairs(single, 2, tolerance=1e-10, generator=torch.Generator().manual_seed(k))
        assert pairs.matvecs == alone.matvecs


def test_as_many_generators_as_members_are_needed(case):
    with pytest.raises(ValueError, match="2 generators were given for 4 operators"):
        stacked_eigenpairs(case[0], generator=[torch.Generator(), torch.Generator()])


def test_examples_that_do_not_count_are_refused():
    weights, stack = flatten_stack(perceptrons(2))
    with pytest.raises(ValueError, match="no example counts"):
        hessian_stack(stack, cross_entropy, weights, torch.randn(5, 4), torch.full((5,), -100))


def test_diagonals_that_are_no_rows_of_members_are_refused(case):
    operators, _ = case
    # One for all members was right at first, and wrong in silence when a single member was left.
    for wrong in (torch.ones(operators.dim), torch.ones(1, operators.dim), -torch.ones(4, operators.dim)):
        with pytest.raises(ValueError, match="diagonals"):
            preconditioned_stack(operators, wrong)
    with pytest.raises(ValueError, match="diagonals"):
        preconditioned_stack(operators, torch.ones(4, operators.dim), torch.ones(operators.dim))


def test_a_criterion_that_returns_one_number_is_refused():
    mean = criterion("mean", lambda outputs, targets: (outputs - targets).square().mean())
    weights, stack = flatten_stack(perceptrons(1))
    with pytest.raises(ValueError, match="one loss for each example"):
        hessian_stack(stack, mean, weights, torch.randn(9, 4), torch.randn(9, 3))
