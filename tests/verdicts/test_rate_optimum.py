import numpy as np
import pytest

from spectra.verdicts.rate_optimum import criterion_at, optima

GRID = np.arange(-2, 4.1, 0.5)


@pytest.mark.parametrize(
    "grid", [GRID, np.arange(-2.0, 4.1, 1.0), np.arange(-2, 4.1, 0.1), np.array([-2, 0.3, 0.9, 2.5])]
)
def test_the_minimum_of_a_parabola_is_found_between_grid_points(grid):
    places = np.linspace(0.2, 1.1, 7)
    found = optima(grid, 0.3 * np.square(grid[None, :] - places[:, None]) - 1)
    np.testing.assert_allclose(found.position, places, atol=1e-9)
    np.testing.assert_allclose(found.value, -1, atol=1e-9)
    assert found.interpolated.all()


def test_a_fine_grid_averages_noise():
    generator, grid = np.random.default_rng(0), np.arange(-2, 4.01, 0.05)
    curves = 0.3 * np.square(grid - 1.03) + 0.01 * generator.standard_normal((400, grid.size))
    found = optima(grid, curves)
    assert np.std(found.position) < 0.7 * np.std(grid[found.place])


def test_a_grid_point_beside_divergence_is_not_interpolated():
    curve = np.where(GRID > 1.2, np.inf, np.square(GRID - 3))
    found = optima(GRID, curve[None])
    assert found.position[0] == 1.0
    assert not found.interpolated[0]


def test_ends_of_the_grid_and_all_diverged_are_not_interpolated():
    found = optima(GRID, np.stack([GRID, -GRID, np.full(GRID.size, np.inf)]))
    np.testing.assert_array_equal(found.position, [GRID[0], GRID[-1], np.nan])
    assert not found.interpolated.any()


def test_criterion_is_the_parabola_near_the_optimum_and_lines_elsewhere():
    curve = np.where(GRID > 3, np.inf, np.square(GRID - 1.1))
    best = optima(GRID, curve[None])
    places = np.array([1.3, -1.75, 2.5, 3.2, 9.0])
    np.testing.assert_allclose(
        [criterion_at(np.array([place]), GRID, curve[None], best)[0] for place in places],
        [0.04, (curve[0] + curve[1]) / 2, 1.96, np.inf, np.nan],
        atol=1e-12,
    )


def test_many_curves_are_read_at_once():
    curves = np.square(GRID[None, :] - np.array([0.3, 1.1])[:, None])
    found = criterion_at(np.array([0.5, 3.0]), GRID, curves, optima(GRID, curves))
    np.testing.assert_allclose(found, [0.04, 3.61], atol=1e-9)


def test_a_grid_with_a_gap_bears_a_parabola_everywhere():
    grid = np.array([-2, 0, 0.5, 1, 1.5, 2, 2.5, 3])
    places = np.linspace(0.1, 2.4, 24)
    found = optima(grid, np.square(grid[None, :] - places[:, None]))
    np.testing.assert_allclose(found.position, places, atol=1e-9)
    noisy = np.random.default_rng(0).standard_normal((2000, grid.size))
    assert np.isfinite(optima(grid, noisy).position).all()
