"""Kernels with a normal bias where their factors leave the range of a double."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.gap_powers import gap_eigenvalue_series
from spectra.asymptotics.precision import positions, working_precision
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import sphere_eigenvalues


def test_high_degrees_on_large_spheres_keep_their_digits():
    kernel = ShallowKernel(100, bias="normal")
    found = sphere_eigenvalues(kernel, 3001)[1000::500]
    with working_precision(20):
        x = (positions(3001, 49, 20))[1000::500]
        exact = gap_eigenvalue_series(kernel, 20)(x)
    assert_allclose(found, exact.astype(float), rtol=1e-14)


@pytest.mark.parametrize(("dimension", "power"), [(2, 57), (60, 28), (100, 8)])
def test_up_to_the_largest_power_double_precision_keeps_its_promise(dimension, power):
    kernel = ShallowKernel(dimension, power=power, bias="normal")
    exact = np.asarray([float(value) for value in sphere_eigenvalues(kernel, 12, digits=16)])
    assert_allclose(sphere_eigenvalues(kernel, 12), exact, rtol=1e-14)


def test_larger_powers_need_digits():
    with pytest.raises(ValueError, match="dimension 100 with power 10 leaves the range of a double"):
        sphere_eigenvalues(ShallowKernel(100, power=10, bias="normal"), 3)
