from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import PowerLawStream
from spectra.models import LinearModel
from spectra.training import SGD, Adam, RegimeSpec, Sharpness, run
from spectra.training.curvature_part import CurvaturePart
from tests.references import dense_gauss_newton, dense_hessian
from tests.training.dense_members import EXAMPLES, GRID, TOKENS, members, specs, tables, values

TIGHT = {"examples": EXAMPLES, "tolerance": 1e-9, "count": 3}
BOTH = CurvaturePart("gauss_newton", GRID, **TIGHT), CurvaturePart("residual_part", GRID, **TIGHT)


def parts(member):
    """The dense G and H - G of a member, as its optimizer sees them."""
    gauss_newton = dense_gauss_newton(member.objective, member.weights)
    return member.seen(gauss_newton), member.seen(dense_hessian(member.objective, member.weights) - gauss_newton)


@pytest.mark.parametrize("optimizer", [SGD(0.2, batch_size=20, decay=0.01), Adam(0.01)], ids=["sgd", "adam"])
def test_both_parts_have_the_eigenvalues_of_the_dense_matrices(optimizer):
    runs = specs(*BOTH, optimizer=optimizer)
    for member, table in zip(members(runs), tables(runs), strict=True):
        first, rest = (torch.linalg.eigvalsh(matrix) for matrix in parts(member))
        assert_close(values(table, "gauss_newton"), first.flip(0)[:3], rtol=1e-7, atol=0)
        assert_close(values(table, "residual_part"), rest.abs().sort(descending=True).values[:3], rtol=1e-7, atol=0)
        for kind in ("gauss_newton", "residual_part"):
            assert values(table, f"{kind}_converged").tolist() == [1]
            assert len(values(table, f"{kind}_error")) == len(values(table, f"{kind}_residual")) == 3


def test_tokens_are_examples():
    runs = specs(*BOTH, **TOKENS)[:1]
    first, _ = parts(members(runs)[0])
    assert_close(values(run(runs[0]), "gauss_newton"), torch.linalg.eigvalsh(first).flip(0)[:3], rtol=1e-6, atol=0)


def test_of_a_linear_model_nothing_is_left():
    spec = specs(*BOTH, Sharpness("effective_sharpness", GRID, EXAMPLES, count=3, tolerance=1e-9))[0]
    spec = replace(
        spec,
        model=LinearModel(),
        data=PowerLawStream(1.0, 1.0, dimension=6, train_examples=12),
        optimizer=SGD(0.2),
        regime=RegimeSpec("standard", 1, 1),
    )
    table = run(spec)
    assert values(table, "residual_part").abs().max() < 1e-12
    assert_close(values(table, "gauss_newton"), values(table, "effective_sharpness"), rtol=1e-7, atol=0)
