"""Eigenpairs of several operators at once are those of each."""

import pytest
import torch
from torch.testing import assert_close

from spectra.eigen import stacked_eigenpairs, top_eigenpairs
from spectra.operators.stack import OperatorStack, stacked
from tests.eigen.spectra import SPECTRA
from tests.references import operator_of, symmetric_matrix


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


def test_generators_of_members_are_generators():
    with pytest.raises(TypeError, match="1 was given as the generator"):
        stacked_eigenpairs(stacked([operator_of(torch.eye(4))] * 2), generator=[torch.Generator(), 1])


def test_a_member_that_is_not_finite_is_named():
    with pytest.raises(FloatingPointError, match="product 1 of member 1"):
        stacked_eigenpairs(stacked([operator_of(torch.eye(4)), operator_of(torch.full((4, 4), float("inf")))]))
