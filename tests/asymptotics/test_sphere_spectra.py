import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.harmonics import multiplicities
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import eigenvalue_series, sphere_eigenvalue_law, sphere_eigenvalues
from tests.asymptotics.sphere_quadrature import coefficient, exact_coefficient

# Computed with 40 digits by quadrature over the polar angle and by the closed forms; He variance.
EIGENVALUES = {
    ("none", 2, 0): "0.607927101854026628663276779258",
    ("none", 2, 1): "0.5",
    ("none", 2, 2): "0.157610730110303200023812498326",
    ("none", 2, 4): "0.0171120221262614902882996426754",
    ("none", 2, 6): "0.00645147128498150707969191684111",
    ("none", 3, 0): "0.5",
    ("none", 3, 1): "0.333333333333333333333333333333",
    ("none", 3, 2): "0.078125",
    ("none", 3, 4): "0.00520833333333333333333333333333",
    ("none", 3, 6): "0.00140380859375",
    ("none", 3, 8): "0.000579833984375",
    ("none", 3, 10): "0.000295956929524739583333333333333",
    ("none", 4, 0): "0.450316371743723428639464280932",
    ("none", 4, 1): "0.25",
    ("none", 4, 2): "0.0468329026613472365785042852169",
    ("none", 4, 4): "0.00213211016825599664172154516686",
    ("none", 4, 3): "0",
    ("none", 4, 5): "0",
    ("zero", 2, 0): "1.10792710185402662866327677926",
    ("zero", 2, 1): "0.702642367284675542887758926419",
    ("zero", 2, 3): "0.0225158185871861714319732140466",
    ("zero", 2, 5): "0.00810569469138702171551035705678",
    ("zero", 3, 0): "1",
    ("zero", 3, 1): "0.458333333333333333333333333333",
    ("zero", 3, 3): "0.0078125",
    ("zero", 3, 5): "0.001953125",
    ("zero", 3, 7): "0.000762939453125",
    ("zero", 3, 9): "0.00037384033203125",
    ("zero", 4, 0): "0.950316371743723428639464280932",
    ("zero", 4, 1): "0.340063274348744685727892856186",
    ("zero", 4, 3): "0.00360253097394978742911571424746",
    ("zero", 4, 5): "0.000661689362562205854327376086268",
    ("normal", 2, 0): "2.068263832840197787369601",
    ("normal", 2, 1): "0.8015403092894967388367287",
    ("normal", 2, 2): "0.0996763366910457913750162",
    ("normal", 3, 0): "2",
    ("normal", 3, 1): "0.5251956061405374793165478",
    ("normal", 3, 2): "0.0494131815783875620503567",
    ("normal", 4, 0): "1.968587496149151995994585",
    ("normal", 4, 1): "0.3903652846057512234856199",
    ("normal", 4, 2): "0.02965508258870421477244766",
    ("normal", 4, 21): "0.000002483847822787530523507673",
}
# Leading terms lambda_k ~ a k^-d and lambda_n ~ Lambda n^-nu, same origin.
LEADING = {
    ("zero", 2): ("0.2026423672846755428877589", "0.8105694691387021715510357"),
    ("zero", 3): ("0.3183098861837906715377675", "0.3183098861837906715377675"),
    ("zero", 4): ("0.8105694691387021715510357", "0.1873391600239093356465581"),
    ("none", 2): ("0.2026423672846755428877589", "0.2026423672846755428877589"),
    ("none", 3): ("0.3183098861837906715377675", "0.1125395395196382586943999"),
    ("none", 4): ("0.8105694691387021715510357", "0.0743455949241981352174082"),
    ("normal", 2): ("0.1432897920626890657164735", None),
    ("normal", 3): ("0.2250790790392765173887998", None),
    ("normal", 4): ("0.5731591682507562628658941", None),
}
KERNELS = [
    ShallowKernel(2),
    ShallowKernel(3, bias="zero"),
    ShallowKernel(4, bias="normal"),
    ShallowKernel(5, power=2, bias="zero", output_bias=True),
    ShallowKernel(2, power=3, variance="standard"),
    ShallowKernel(3, power=2, bias="normal"),
    ShallowKernel(3, power=3, bias="normal", layers="output"),
    ShallowKernel(6, power=1, layers="hidden"),
    ShallowKernel(3, power=0, layers="output"),
]
WIDE = [ShallowKernel(100, bias="zero"), ShallowKernel(100, power=2, bias="normal")]


@pytest.mark.parametrize(("case", "value"), EIGENVALUES.items())
def test_eigenvalues_have_all_digits(case, value):
    bias, dimension, degree = case
    kernel = ShallowKernel(dimension, bias=bias)
    assert_allclose(sphere_eigenvalues(kernel, degree + 1)[degree], float(value), rtol=1e-14, atol=0)
    with mpmath.workdps(30):
        wanted = mpmath.mpf(value)
        found = sphere_eigenvalues(kernel, degree + 1, digits=30)[degree]
        assert abs(found - wanted) <= abs(wanted) * mpmath.mpf(10) ** (-24 if bias == "normal" else -29)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_closed_forms_agree_with_quadrature(kernel):
    found = sphere_eigenvalues(kernel, 9)
    assert_allclose(found, [coefficient(kernel, kernel.dimension, k) for k in range(9)], atol=1e-13 * kernel.trace())


def test_closed_forms_agree_with_quadrature_of_thirty_digits():
    with mpmath.workdps(30):
        for kernel, degree in ((KERNELS[4], 6), (KERNELS[5], 3)):
            found = sphere_eigenvalues(kernel, degree + 1, digits=30)[degree]
            assert abs(found - exact_coefficient(kernel, kernel.dimension, degree)) < mpmath.mpf(10) ** -27


@pytest.mark.parametrize("kernel", KERNELS + WIDE, ids=str)
def test_double_precision_agrees_with_thirty_digits_to_its_promise(kernel):
    count = 50 if kernel in WIDE else 150
    exact = sphere_eigenvalues(kernel, count, digits=20)
    assert_allclose(sphere_eigenvalues(kernel, count), exact.astype(float), rtol=1e-14, atol=0)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_eigenvalues_with_their_multiplicities_sum_to_the_trace(kernel):
    # The rest after degree K falls as K^-alpha; two sums remove its leading term.
    counts, alpha = (501, 1001), kernel.singularity
    terms = multiplicities(kernel.dimension, counts[1]) * sphere_eigenvalues(kernel, counts[1])
    few, many = (terms[:count].sum() for count in counts)
    shifted = [count - 0.5 + kernel.dimension / 2 - 1 for count in counts]
    ratio = (shifted[1] / shifted[0]) ** alpha
    assert_allclose((ratio * many - few) / (ratio - 1), kernel.trace(), rtol=2e-6)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_the_series_holds_far_out(kernel):
    found = sphere_eigenvalues(kernel, 162, digits=20)
    for parity, series in enumerate(eigenvalue_series(kernel, 20)):
        degree = 160 + parity
        with mpmath.workdps(30):
            wanted = 0 if series is None else series(mpmath.mpf(degree) + mpmath.mpf(kernel.dimension) / 2 - 1)
            assert abs(found[degree] - wanted) <= mpmath.mpf(10) ** -22 * abs(wanted)


@pytest.mark.parametrize(("case", "values"), LEADING.items())
def test_leading_terms_of_relu_tangent_kernels(case, values):
    bias, dimension = case
    kernel = ShallowKernel(dimension, bias=bias)
    law = sphere_eigenvalue_law(kernel, digits=25)
    even, _ = eigenvalue_series(kernel, 25)
    with mpmath.workdps(25):
        assert abs(even.coefficients[0] / mpmath.mpf(values[0]) - 1) < mpmath.mpf(10) ** -23
        assert values[1] is None or abs(law.scale / mpmath.mpf(values[1]) - 1) < mpmath.mpf(10) ** -23
        assert abs(law.exponent - mpmath.mpf(dimension) / (dimension - 1)) < mpmath.mpf(10) ** -24
    assert_allclose(sphere_eigenvalue_law(kernel).scale, float(law.scale), rtol=1e-14)


def test_the_law_counts_eigenvalues_with_multiplicity():
    kernel = ShallowKernel(3, bias="normal")
    ordered = np.repeat(sphere_eigenvalues(kernel, 301), multiplicities(3, 301).astype(int))
    # In the middle of degree k the count n is near (k + 1/2)^2 on S^2, so the law holds to order 1/n.
    n = 300**2 + 300
    assert_allclose(ordered[n - 1], sphere_eigenvalue_law(kernel)(n), rtol=1e-4)


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize("power", [1, 2, 3])
def test_powers_of_relu_fall_with_their_singularity(dimension, power):
    kernel = ShallowKernel(dimension, power=power)
    k = np.array([1000, 2000]) + (power + 1) % 2
    first, second = sphere_eigenvalues(kernel, 2002)[k]
    slope = np.log(first / second) / np.log((k[1] + dimension / 2 - 1) / (k[0] + dimension / 2 - 1))
    assert_allclose(slope, dimension - 1 + 2 * power - 1, rtol=2e-5)
    assert_allclose(sphere_eigenvalue_law(kernel).exponent, 1 + (2 * power - 1) / (dimension - 1), rtol=1e-15)


def test_on_the_circle_the_parity_gap_closes_as_known():
    k = np.arange(2, 60, 2)
    zero = sphere_eigenvalues(ShallowKernel(2, bias="zero"), 60)
    assert_allclose(zero[k], 2 * (k**2 + 3) / (np.pi**2 * (k**2 - 1.0) ** 2), rtol=1e-14)
    assert_allclose(zero[k + 1], 2 / (np.pi**2 * (k + 1.0) ** 2), rtol=1e-14)


def test_large_spheres_need_digits():
    with pytest.raises(ValueError, match="pass digits=20"):
        sphere_eigenvalues(ShallowKernel(784), 3)
    found = sphere_eigenvalues(ShallowKernel(784), 3, digits=20)
    # In high dimension the kernel is nearly its Taylor polynomial: 1/pi + u + 3 u^2 / (2 pi), with E[u^2] = 1/784.
    assert_allclose(float(found[0]), (1 + 1.5 / 784) / np.pi, rtol=1e-5)
    assert_allclose(float(found[1] * 784), 1.0, rtol=1e-12)


def test_at_least_one_degree_is_asked():
    with pytest.raises(ValueError, match="it is at least 1"):
        sphere_eigenvalues(ShallowKernel(3), 0)
    with pytest.raises(ValueError, match="None for double precision"):
        sphere_eigenvalues(ShallowKernel(3), 3, digits=0)


def test_the_precision_of_mpmath_is_put_back():
    before = mpmath.mp.dps
    sphere_eigenvalues(ShallowKernel(3), 3, digits=50)
    assert mpmath.mp.dps == before


def test_multiplicities_are_dimensions_of_harmonics():
    assert multiplicities(2, 4).tolist() == [1, 2, 2, 2]
    assert multiplicities(3, 4).tolist() == [1, 3, 5, 7]
    assert multiplicities(4, 4).tolist() == [1, 4, 9, 16]
    assert multiplicities(5, 4).tolist() == [1, 5, 14, 30]
