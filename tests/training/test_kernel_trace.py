import pytest
from torch.testing import assert_close

from spectra.training import Adam
from spectra.training.kernel_trace import KernelTrace
from tests.training.dense_members import GRID, TOKENS, members, specs, tables, values

FEW = 2
SETTINGS = {
    "classes": {},
    "tokens": TOKENS,
    "adam": {"optimizer": Adam(0.01)},
}


def dense_trace(member):
    return member.kernel(member.objective.batches[0][0][:FEW]).diagonal().mean()


@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_it_is_that_of_the_dense_kernel_where_every_direction_is_probed(changes):
    runs = specs(KernelTrace(GRID, FEW, tolerance=1e-9, max_matvecs=1000), **changes)
    for member, table in zip(members(runs), tables(runs), strict=True):
        assert_close(values(table, "kernel_trace")[0], dense_trace(member), rtol=1e-6, atol=0)
        assert values(table, "kernel_trace_standard_error")[0] < 1e-9 * values(table, "kernel_trace")[0]
        assert values(table, "kernel_trace_converged").tolist() == [1]


def test_few_probes_are_within_their_standard_errors():
    runs = specs(KernelTrace(GRID, FEW, tolerance=0.05, max_matvecs=16))
    for member, table in zip(members(runs), tables(runs), strict=True):
        found, error = (values(table, f"kernel_trace{name}")[0] for name in ("", "_standard_error"))
        assert error > 0
        assert (found - dense_trace(member)).abs() < 4 * error
