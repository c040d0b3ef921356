import torch

from spectra.training import run
from spectra.training.density_quantile import DensityQuantile
from tests.training.dense_members import EXAMPLES, GRID, members, specs, tables, values


def test_of_the_dense_eigenvalues_the_fraction_lies_below():
    measured = DensityQuantile(GRID, EXAMPLES, fractions=(0.99, 0.9, 0.2, 0.05))
    runs = specs(measured)
    for member, table in zip(members(runs), tables(runs), strict=True):
        eigenvalues = torch.linalg.eigvalsh(member.effective_hessian())
        aside = 1e-3 * (eigenvalues[-1] - eigenvalues[0])
        quantiles = values(table, "density_quantile")
        fractions = values(table, "density_quantile_fraction")
        assert fractions.tolist() == [0.99, 0.9, 0.2, 0.05]
        for quantile, fraction in zip(quantiles, fractions, strict=True):
            # Ten probes leave an error of sqrt(F (1 - F) / (5 P)) at most; three of it, and a thousandth of the range.
            slack = 3 * (fraction * (1 - fraction) / (5 * len(eigenvalues))) ** 0.5
            assert (eigenvalues < quantile - aside).double().mean() <= fraction + slack
            assert (eigenvalues < quantile + aside).double().mean() >= fraction - slack


def test_every_quantile_carries_its_error_and_all_the_cost():
    table = run(specs(DensityQuantile(GRID, EXAMPLES, probes=4, lanczos_steps=20))[0])
    assert len(values(table, "density_quantile")) == len(values(table, "density_quantile_standard_error")) == 5
    assert 8 <= float(values(table, "density_quantile_matvecs")) <= 80
