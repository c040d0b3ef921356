"""A regime by its name, richness and depth exponent."""

import pytest
import torch
from torch.testing import assert_close

from spectra.scaling import Role, Size, regime
from tests.scaling.small_runs import BASE, DATA, losses, network, update

OPTIMIZERS = ["sgd", "adam"]


@pytest.mark.parametrize(
    ("optimizer", "alpha", "rate", "epsilon"),
    [("sgd", 0.5, 0, 0), ("sgd", 0.75, 0.5, 0), ("sgd", 1, 1, 0), ("adam", 0.5, -0.5, -0.5), ("adam", 1, 0, -1)],
)
def test_branches_scale_with_the_depth_exponent(optimizer, alpha, rate, epsilon):
    branch = regime("mup", optimizer=optimizer, base=BASE, depth_exponent=alpha).branch
    assert (branch.multiplier.depth, branch.rate.depth, branch.epsilon.depth) == (-alpha, rate, epsilon)
    assert (branch.rate.depth + branch.decay.depth == 0) == (optimizer == "sgd" or alpha == 1)


def test_the_named_depth_regimes_have_their_exponents():
    for name, alpha in (("depth_mup", 0.5), ("completep", 1.0)):
        for optimizer in OPTIMIZERS:
            named = regime(name, optimizer=optimizer, base=BASE)
            assert named.branch == regime("mup", optimizer=optimizer, base=BASE, depth_exponent=alpha).branch


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("richness", [0.25, 2.0])
def test_richness_divides_the_readout_and_keeps_the_change_of_the_output(richness, optimizer):
    """f = network / gamma, and the first small update changes the loss alike, up to what a larger f changes.

    With rates left as they are, it would change it by gamma_0^-2 (SGD) or gamma_0^-1 (Adam).
    """
    changes = []
    for each in (1.0, richness):
        plain = regime("mup", optimizer=optimizer, base=BASE, richness=each)
        assert plain.rules[Role.OUTPUT].multiplier.factor == pytest.approx(1 / (each * 4))
        trace = losses(plain, BASE, 2, rate=1e-5)
        changes.append(float(trace[1] - trace[0]))
    assert 0.5 < changes[1] / changes[0] < 2


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("richness", [0.25, 4.0])
def test_from_a_zero_readout_the_first_change_of_the_output_does_not_depend_on_the_richness(richness, optimizer):
    changes = []
    for each in (1.0, richness):
        plain = regime("mup", optimizer=optimizer, base=BASE, richness=each)
        model, steps = network(plain, BASE, rate=1e-3, epsilon=1e-9)
        torch.nn.init.zeros_(model.readout.weight)
        update(model, steps)
        changes.append(model(DATA[0]).detach())
    assert_close(changes[1], changes[0], rtol=1e-9, atol=0)


@pytest.mark.parametrize("richness", [0.0, -1.0, 1e-320, 1e200, float("nan"), float("inf")])
def test_a_richness_whose_powers_are_no_numbers_is_refused(richness):
    with pytest.raises(ValueError, match=r"must be positive .* and between 1e-100 and 1e"):
        regime("mup", optimizer="sgd", base=Size(8, 2), richness=richness)


def test_a_base_that_is_no_size_is_refused():
    with pytest.raises(TypeError, match=r"64 was given as the base; pass Size\(width, depth\)"):
        regime("mup", base=64)
