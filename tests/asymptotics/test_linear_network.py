"""The closed recursion is the training of the network that it stands for, and has the limits of infinite width."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from spectra.asymptotics.linear_network import LinearTask, linear_state, stacked_states
from spectra.asymptotics.linear_network_curvature import linear_curvature
from spectra.asymptotics.linear_network_start import linear_limit, linear_start, output_scale
from spectra.asymptotics.linear_network_training import linear_descent, linear_flow
from tests.asymptotics.dense_linear_network import WRITINGS, drawn_weights, slope, task, torch_network


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("width", [1, 3, 12])
def test_the_recursion_is_gradient_descent_on_the_network(width, writing):
    examples, (multiplier, first, second), rate = task(), WRITINGS[writing], 0.3
    hidden, readout = drawn_weights(width, 5)
    start = linear_state(hidden, readout, multiplier=multiplier, hidden_rate=first, readout_rate=second)
    path = linear_descent(examples, start, rate=rate, steps=range(41))
    flat, loss = torch_network((hidden, readout), multiplier, examples)
    rates = rate * torch.cat([torch.full((width * 5,), first), torch.full((width,), second)])
    for step in range(41):
        assert_allclose(examples.loss(path.weights[step]), loss(flat.detach()), rtol=1e-11)
        parts = flat.detach()[: width * 5].reshape(width, 5), flat.detach()[width * 5 :]
        now = linear_state(*parts, multiplier=multiplier, hidden_rate=first, readout_rate=second)
        for name in ("hidden", "readout", "weights", "coupling"):
            assert_allclose(getattr(path[step], name), getattr(now, name), atol=1e-12)
        flat = flat.detach() - rates * slope(loss, flat)


def test_other_writings_of_a_network_have_one_state():
    """A factor moved from the multiplier into weights and learning rates."""
    hidden, readout = drawn_weights(9, 5)
    plain = linear_state(hidden, readout, multiplier=0.2, hidden_rate=3.0, readout_rate=2.0)
    shifted = linear_state(7 * hidden, readout / 4, multiplier=0.2 * 4 / 7, hidden_rate=3.0 * 49, readout_rate=2.0 / 16)
    for name in ("hidden", "readout", "weights", "coupling"):
        assert_allclose(getattr(plain, name), getattr(shifted, name), rtol=1e-13)


def test_many_networks_train_as_each_alone():
    examples = task()
    states = [linear_start(5, width, 1, scale=width**0.5) for width in (8, 16, 32)]
    rates = np.array([0.1, 0.2, 0.3])
    together = linear_descent(examples, stacked_states(states), rate=rates, steps=[0, 7])
    curvature = linear_curvature(examples, together)
    assert together.hidden.shape == (2, 3, 5, 5)
    assert curvature.largest.shape == (2, 3)
    for place, (state, rate) in enumerate(zip(states, rates, strict=True)):
        alone = linear_descent(examples, state, rate=rate, steps=[0, 7])
        assert_allclose(together.weights[:, place], alone.weights, rtol=1e-12)
        assert_allclose(curvature.largest[:, place], linear_curvature(examples, alone).largest, rtol=1e-12)


def test_gradient_flow_is_the_limit_of_small_rates_and_conserves():
    examples, start = task(), linear_start(5, 16, 0, scale=4.0)
    flow = linear_flow(examples, start, [0.0, 1.0, 3.0])
    coarse, fine = (
        linear_descent(examples, start, rate=1 / count, steps=[0, count, 3 * count]).weights for count in (1000, 2000)
    )
    assert_allclose(flow.weights, 2 * fine - coarse, atol=3e-6)  # the first order in the rate cancels
    conserved = np.trace(flow.hidden, axis1=1, axis2=2) - flow.readout
    assert_allclose(conserved, conserved[0], rtol=1e-9)


def test_seed_deviations_fall_as_the_root_of_the_width_and_the_mean_as_the_width():
    """Towards the limit A = I, v = 1, w = 0, within the error of 400 draws."""
    widths, draws = (16, 64, 256), 400
    for width in widths:
        states = stacked_states([linear_start(3, width, seed, scale=width**0.5) for seed in range(draws)])
        assert_allclose(states.readout.std(), np.sqrt(2 / width), rtol=4 / np.sqrt(2 * draws))
        assert_allclose(states.weights.std(), width**-0.5, rtol=4 / np.sqrt(6 * draws))
        assert abs(states.readout.mean() - 1) < 4 * np.sqrt(2 / width / draws)
        assert abs(states.hidden.mean(0) - np.eye(3)).max() < 5 * np.sqrt(2 / width / draws)


def test_a_wide_network_under_mup_follows_the_limit():
    examples, steps = task(), [0, 10, 40]
    limit = linear_descent(examples, linear_limit(5, coupling=1.0), rate=0.3, steps=steps)
    wanted, gaps = linear_curvature(examples, limit).largest, []
    for width in (2**10, 2**14):
        scale = output_scale("mup", width)
        states = stacked_states([linear_start(5, width, seed, scale=scale) for seed in range(30)])
        found = linear_curvature(examples, linear_descent(examples, states, rate=0.3, steps=steps)).largest
        gaps.append(np.abs(np.log(found / wanted[:, None])).mean(1))
    assert_allclose(gaps[0] / gaps[1], 4, rtol=0.6)  # 16 times the width; 30 draws each tell a mean to 15 percent
    assert (gaps[1] < 0.02).all()


def test_without_coupling_training_is_linear_regression():
    """Residual weights shrink by I - 2 eta 2 M a step, and by exp(-4 M t) in the flow."""
    examples, start = task(), linear_limit(5, coupling=0.0, weights=np.linspace(-1, 1, 5))
    solution = np.linalg.lstsq(examples.features / 5**0.5, examples.targets, rcond=None)[0]
    values, vectors = np.linalg.eigh(4 * examples.second_moment)
    modes = vectors.T @ (start.weights - solution)
    path = linear_descent(examples, start, rate=0.3, steps=[0, 1, 50])
    wanted = [solution + vectors @ ((1 - 0.3 * values) ** step * modes) for step in (0, 1, 50)]
    assert_allclose(path.weights, wanted, atol=1e-13)
    flow = linear_flow(examples, start, [0.0, 2.0])
    assert_allclose(flow.weights[1], solution + vectors @ (np.exp(-2 * values) * modes), atol=1e-8)


@pytest.mark.parametrize("regime", ["ntk", "ntk_matched"])
def test_a_wide_network_under_ntk_keeps_its_kernel(regime):
    """Growth of the curvature falls as 1 / width, to none in the limit, whose curvature is that of the kernel 2 I."""
    examples, growth = task(), []
    for width in (2**10, 2**12):
        states = stacked_states(
            [linear_start(5, width, seed, scale=output_scale(regime, width, base=4)) for seed in range(20)]
        )
        found = linear_curvature(examples, linear_descent(examples, states, rate=0.3, steps=[0, 60])).gauss_newton
        growth.append((found[1] - found[0]).mean())
    limit = linear_descent(examples, linear_limit(5, coupling=0.0), rate=0.3, steps=[0, 60])
    largest = linear_curvature(examples, limit).largest
    assert_allclose(largest, 4 * np.linalg.eigvalsh(examples.second_moment)[-1], rtol=1e-12)
    assert_allclose(growth[0] / growth[1], 4, rtol=0.25)


def test_regimes_agree_where_they_are_matched():
    assert output_scale("mup", 64, richness=2) == output_scale("ntk_matched", 64, base=64, richness=2)
    assert output_scale("ntk_matched", 64, base=1, richness=3) == output_scale("ntk", 64, richness=3) == 3


def test_divergence_is_a_result():
    examples = task()
    path = linear_descent(examples, linear_limit(5, coupling=1.0), rate=50.0, steps=[0, 30])
    curvature = linear_curvature(examples, path)
    assert not np.isfinite(path.weights[1]).any()
    assert np.isfinite(curvature.largest[0])
    assert np.isnan([curvature.largest[1], curvature.gauss_newton[1], curvature.residual[1]]).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: LinearTask(np.ones((3, 2)), np.ones(2)), r"features of shape \(3, 2\)"),
        (lambda: LinearTask(np.full((3, 2), np.nan), np.ones(3)), "not finite"),
        (lambda: linear_state(np.ones((3, 2)), np.ones(2), multiplier=1, hidden_rate=1, readout_rate=1), "must be"),
        (lambda: linear_state(np.ones((3, 2)), np.ones(3), multiplier=1, hidden_rate=-1, readout_rate=1), "-1 and 1"),
        (lambda: task().loss(np.ones(4)), r"shape \(4,\) were given for 5 features"),
        (lambda: linear_start(5, 0, 1, scale=1.0), "width is 0; it is at least 1"),
        (lambda: linear_limit(5, coupling=-1.0), "coupling of -1"),
        (lambda: linear_limit(5, coupling=1.0, weights=np.ones(4)), r"weights of shape \(4,\)"),
        (lambda: output_scale("standard", 8), "mup, ntk_matched, ntk"),
        (lambda: output_scale("ntk_matched", 8, base=16), "base is 16; it is at most 8"),
        (lambda: linear_descent(task(), linear_limit(5, coupling=1.0), rate=0.1, steps=[3, 2]), "ascending"),
        (lambda: linear_descent(task(), linear_limit(5, coupling=1.0), rate=[0.1, 0.0], steps=[3]), "rates of"),
        (lambda: linear_flow(task(), linear_limit(5, coupling=1.0), [1.0, 0.5]), "ascending"),
        (lambda: linear_flow(task(), stacked_states([linear_limit(5, coupling=1.0)] * 2), [1.0]), "one at a time"),
    ],
)
def test_impossible_requests_are_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
