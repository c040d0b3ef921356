import torch
from numpy.testing import assert_allclose

from spectra.training import SpectralDensity, run
from tests.training.dense_members import EXAMPLES, GRID, members, specs, tables, values


def test_point_masses_have_the_moments_of_the_dense_eigenvalues():
    runs = specs(SpectralDensity(GRID, EXAMPLES, probes=20, lanczos_steps=4))
    for member, table in zip(members(runs), tables(runs), strict=True):
        eigenvalues = torch.linalg.eigvalsh(member.effective_hessian())
        nodes, weights = (values(table, f"spectral_density{name}") for name in ("", "_weight"))
        assert_allclose(weights.sum(), 1)
        assert values(table, "spectral_density_dimension").tolist() == [len(eigenvalues)]
        for power in (1, 2):
            # A probe of signs has a variance of at most 2 |A^p|^2 / P^2 in the mean of the p-th powers.
            error = float((2 * eigenvalues.pow(2 * power).sum() / 20).sqrt() / len(eigenvalues))
            assert abs(float(weights @ nodes**power) - float(eigenvalues.pow(power).mean())) < 4 * error


def test_the_largest_mass_is_the_largest_eigenvalue_and_narrow():
    runs = specs(SpectralDensity(GRID, EXAMPLES, probes=2, lanczos_steps=60))
    for member, table in zip(members(runs), tables(runs), strict=True):
        top = float(torch.linalg.eigvalsh(member.effective_hessian())[-1])
        nodes, widths = (values(table, f"spectral_density{name}") for name in ("", "_width"))
        assert_allclose(nodes.max(), top, rtol=1e-5)
        assert 0 < widths[nodes.argmax()] < 0.02 * top


def test_the_index_counts_on_from_probe_to_probe():
    table = run(specs(SpectralDensity(GRID, EXAMPLES, probes=3, lanczos_steps=8))[0])
    last = table[(table["quantity"] == "spectral_density") & (table["step"] == table["step"].max())]
    assert last["index"].tolist() == list(range(len(last)))
    falls = last["value"].diff().gt(0).sum()
    assert (falls, len(last) % 3) == (2, 0)
    assert float(values(table, "spectral_density_matvecs")) <= 24
