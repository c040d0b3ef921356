from dataclasses import replace

import pandas as pd
import pytest
import torch
from torch.testing import assert_close

from spectra.training import Adam, Sharpness, run
from tests.references import dense_hessian
from tests.training.dense_members import EXAMPLES, GRID, members, specs, tables, values

TIGHT = {"examples": EXAMPLES, "tolerance": 1e-9}


@pytest.mark.parametrize("optimizer", [None, Adam(0.01)], ids=["sgd", "adam"])
def test_the_largest_eigenvalues_are_those_of_the_dense_hessians(optimizer):
    measured = Sharpness("sharpness", GRID, count=4, **TIGHT), Sharpness("effective_sharpness", GRID, count=4, **TIGHT)
    runs = specs(*measured, **({} if optimizer is None else {"optimizer": optimizer}))
    for member, table in zip(members(runs), tables(runs), strict=True):
        for quantity, matrix in (
            ("sharpness", dense_hessian(member.objective, member.weights)),
            ("effective_sharpness", member.effective_hessian()),
        ):
            assert_close(values(table, quantity), torch.linalg.eigvalsh(matrix).flip(0)[:4], rtol=1e-7, atol=0)
            assert len(values(table, f"{quantity}_residual")) == len(values(table, f"{quantity}_error")) == 4
            assert values(table, f"{quantity}_converged").tolist() == [1]


def test_one_is_the_default_and_the_first_of_several():
    one, several = (
        run(specs(Sharpness("sharpness", GRID, EXAMPLES, tolerance=1e-9, count=count))[0]) for count in (1, 3)
    )
    assert_close(values(one, "sharpness"), values(several, "sharpness")[:1])
    pd.testing.assert_frame_equal(
        one, run(specs(Sharpness("sharpness", GRID, EXAMPLES, tolerance=1e-9))[0]), check_exact=True
    )


def test_the_number_asked_for_belongs_to_the_identity():
    one, three = (specs(Sharpness("sharpness", GRID, EXAMPLES, count=count))[0] for count in (1, 3))
    assert one.identity != three.identity
    assert replace(three, measurements=one.measurements).identity == one.identity
