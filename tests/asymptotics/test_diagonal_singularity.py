import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.diagonal_singularity import (
    fourier_constant,
    jump_source_law,
    line_eigenvalue_law,
    line_source_law,
    weyl_law,
)
from spectra.asymptotics.laws import loss_law
from spectra.asymptotics.mode_laws import mode_source_law
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import sphere_eigenvalue_law, sphere_eigenvalues
from spectra.asymptotics.sphere_targets import Cap, HalfSpacePower, sphere_modes


def _area(n):
    """Area of S^n."""
    return 2 * mpmath.pi ** ((n + 1) / 2) / mpmath.gamma((n + 1) / 2)


def _density(angle):
    return (1 + 0.8 * mpmath.cos(angle)) / (2 * mpmath.pi)


def _symbol(angle):
    return 4 / mpmath.pi  # of the zero-bias kernel, -(2/pi) |angle| near the diagonal


def _tilted_operator(frequencies):
    """p^1/2 Theta p^1/2 on the circle in plane waves, for the density above and the zero-bias kernel."""
    waves = np.arange(-frequencies, frequencies + 1)
    angle = 2 * np.pi * np.arange(4 * frequencies) / (4 * frequencies)
    root = np.fft.fft(np.sqrt((1 + 0.8 * np.cos(angle)) / (2 * np.pi))).real / len(angle)
    mixing = root[(waves[:, None] - waves[None, :]) % len(angle)]
    eigenvalues = 2 * np.pi * sphere_eigenvalues(ShallowKernel(2, bias="zero"), frequencies + 1)[abs(waves)]
    return waves, np.linalg.eigh((mixing * eigenvalues) @ mixing.T)


def test_the_fourier_constant_of_a_distance_is_known():
    assert_allclose(fourier_constant(1, 1), -2.0, rtol=1e-15)
    # -|x| in n dimensions: 2^n pi^((n-1)/2) Gamma((n+1)/2).
    for n in (2, 3):
        wanted = 2**n * np.pi ** ((n - 1) / 2) * float(mpmath.gamma((n + 1) / 2))
        assert_allclose(-fourier_constant(1, n), wanted, rtol=1e-14)
    # |x|^3 / 12 is the fundamental solution of the fourth derivative.
    assert_allclose(fourier_constant(3, 1), 12.0, rtol=1e-14)


@pytest.mark.parametrize("dimension", [2, 3, 4, 6])
@pytest.mark.parametrize(
    "network",
    [
        {"bias": "zero"},
        {"bias": "normal"},
        {"power": 2, "bias": "zero", "layers": "hidden"},
        {"power": 3, "bias": "normal", "variance": "standard"},
        {"power": 0, "bias": "normal", "layers": "output"},
        {"power": 2, "bias": "normal", "layers": "output"},
    ],
    ids=str,
)
def test_on_the_sphere_weyls_law_is_the_closed_form(dimension, network):
    kernel = ShallowKernel(dimension, **network)
    n, alpha = dimension - 1, kernel.singularity
    symbol = kernel.strength() * fourier_constant(alpha, n)
    integral = float(_area(n)) * (symbol / float(_area(n))) ** (n / (n + alpha))
    law = weyl_law(integral, dimension=n, singularity=alpha)
    wanted = sphere_eigenvalue_law(kernel)
    assert_allclose([law.exponent, law.scale], [wanted.exponent, wanted.scale], rtol=1e-13)


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize(("target", "order", "angle"), [(HalfSpacePower(0), 0, np.pi / 2), (Cap(1.0), 0, 1.0)], ids=str)
def test_on_the_sphere_jumps_have_the_sources_of_the_closed_form(dimension, target, order, angle):
    n = dimension - 1
    edge = float(_area(n - 1)) * np.sin(angle) ** (n - 1)
    density, symbol = 1 / float(_area(n)), -2 / np.pi * fourier_constant(1, n)
    integral = edge * density * (density * symbol) ** (-1 / dimension)
    law = jump_source_law(integral, dimension=n, singularity=1, order=order)
    wanted = mode_source_law(sphere_modes(ShallowKernel(dimension, bias="zero"), target))
    assert_allclose([law.exponent, law.scale], [wanted.exponent, wanted.scale], rtol=1e-13)


def test_a_kink_on_the_sphere_has_the_source_of_a_neuron():
    density, symbol = 1 / (4 * np.pi), -2 / np.pi * fourier_constant(1, 2)
    law = jump_source_law(2 * np.pi * density * (density * symbol) ** -1.0, dimension=2, singularity=1, order=1)
    wanted = mode_source_law(sphere_modes(ShallowKernel(3, bias="zero"), HalfSpacePower(1)))
    assert_allclose([law.exponent, law.scale], [wanted.exponent, wanted.scale], rtol=1e-13)


def test_an_uneven_density_on_the_circle_enters_as_weyl_says():
    law = line_eigenvalue_law(_density, _symbol, interval=(0, 2 * mpmath.pi))
    assert_allclose([law.exponent, law.scale], [2.0, 0.733485422770], rtol=1e-11)
    waves, (eigenvalues, vectors) = _tilted_operator(250)
    assert_allclose(eigenvalues[::-1][149], law(150), rtol=6e-4)

    source = line_source_law(_density, _symbol, jumps=[(0.5, 1), (2.6, -1)])
    loss = loss_law(source)
    assert_allclose([source.scale, loss.constant], [0.209934151553, 0.065778360012], rtol=1e-11)
    angle = 2 * np.pi * (np.arange(2**14) + 0.5) / 2**14
    target = np.where((angle > 0.5) & (angle < 2.6), np.sqrt((1 + 0.8 * np.cos(angle)) / (2 * np.pi)), 0.0)
    coefficients = vectors.T @ (np.exp(-1j * np.outer(waves, angle)) @ target * np.sqrt(2 * np.pi) / 2**14)
    squares = abs(coefficients) ** 2
    rest = np.sum(target**2) * 2 * np.pi / 2**14 - squares.sum()
    curve = (np.sum(squares * np.exp(-2e3 * eigenvalues)) + rest) / 2
    assert_allclose(curve / loss(1e3), 0.995, atol=2e-3)  # 0.995012, computed with 500 frequencies


def test_an_interval_has_the_law_of_its_network():
    law = line_eigenvalue_law(lambda x: mpmath.mpf(1) / 2, lambda x: 1 / mpmath.pi, interval=(-1, 1), digits=30)
    with mpmath.workdps(30):
        assert abs(law.scale - 2 / mpmath.pi**3) < mpmath.mpf(10) ** -29

    def eigenvalues(nodes):
        x, weights = np.polynomial.legendre.leggauss(nodes)
        angle = abs(np.arctan(x)[:, None] - np.arctan(x)[None, :])
        lengths = np.sqrt(1 + x * x)
        kernel = np.outer(lengths, lengths) / (2 * np.pi) * (np.sin(angle) + 2 * (np.pi - angle) * np.cos(angle))
        root = np.sqrt(weights / 2)
        return np.linalg.eigvalsh(root[:, None] * kernel * root)[::-1]

    coarse, fine = eigenvalues(200), eigenvalues(400)
    found = (4 * fine[:200] - coarse) / 3  # the diagonal kink costs an error of order nodes^-2
    # Computed by the same extrapolation from 400 and 800 nodes.
    assert_allclose(found[:3], [0.9625778727, 0.3090465997, 0.0332068632], rtol=3e-7)
    assert_allclose(found[39], law(39).__float__(), rtol=2e-3)


def test_smooth_kernels_and_impossible_jumps_are_refused():
    for wrong in (0, -1, 2, 4):
        with pytest.raises(ValueError, match=r"2, 4, 6, \.\.\. left out"):
            fourier_constant(wrong, 1)
    with pytest.raises(ValueError, match="order is -1"):
        jump_source_law(1.0, dimension=1, singularity=1, order=-1)
    with pytest.raises(ValueError, match="positive kernel"):
        weyl_law(-1.0, dimension=1, singularity=1)
    with pytest.raises(ValueError, match="at least 1"):
        weyl_law(1.0, dimension=0, singularity=1)
    with pytest.raises(ValueError, match="must be positive"):
        line_source_law(_density, _symbol, jumps=[])
