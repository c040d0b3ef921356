import pytest
from torch.testing import assert_close

from spectra.training import Adam, run
from spectra.training.curvature_trace import CurvatureTrace
from tests.training.dense_members import EXAMPLES, GRID, members, specs, tables, values


def test_with_a_product_for_every_weight_it_is_the_dense_trace():
    runs = specs(CurvatureTrace(GRID, EXAMPLES, tolerance=1e-12, max_matvecs=1000))
    for member, table in zip(members(runs), tables(runs), strict=True):
        assert_close(values(table, "curvature_trace")[0], member.effective_hessian().trace())
        assert values(table, "curvature_trace_standard_error").tolist() == [0]
        assert values(table, "curvature_trace_converged").tolist() == [1]


@pytest.mark.parametrize("optimizer", [None, Adam(0.01)], ids=["sgd", "adam"])
def test_an_estimate_lies_within_its_standard_errors(optimizer):
    changes = {} if optimizer is None else {"optimizer": optimizer}
    runs = specs(CurvatureTrace(GRID, EXAMPLES, max_matvecs=24), **changes)
    for member, table in zip(members(runs), tables(runs), strict=True):
        error = float(values(table, "curvature_trace_standard_error"))
        exact = member.effective_hessian().trace()
        converged = error <= 0.02 * float(values(table, "curvature_trace"))
        assert values(table, "curvature_trace_converged").tolist() == [converged]
        assert error > 0
        assert abs(values(table, "curvature_trace")[0] - exact) < 4 * error


def test_not_reaching_the_tolerance_is_stored():
    table = run(specs(CurvatureTrace(GRID, EXAMPLES, tolerance=1e-9, max_matvecs=20))[0])
    assert values(table, "curvature_trace_converged").tolist() == [0]
    assert values(table, "curvature_trace_matvecs").tolist() == [20]
