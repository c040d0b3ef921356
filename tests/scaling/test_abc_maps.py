"""Shifts change the writing and nothing else."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.objectives import Objective, cross_entropy, flatten
from spectra.operators import hessian
from spectra.scaling import CATALOG, ONE, Power, Role, Size, differences, equivalent, regime, shift
from spectra.scaling.abc_maps import without_multiplier
from tests.scaling.small_runs import BASE, DATA, losses, network

SIZE = Size(32, 4)
MATRICES = [Role.INPUT, Role.HIDDEN, Role.OUTPUT]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", CATALOG)
@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_a_shift_leaves_training_unchanged(name, optimizer, decay):
    plain = regime(name, optimizer=optimizer, base=BASE, richness=1.5)
    theta = {Role.INPUT: 2.7, Role.HIDDEN: Power(1 / 2, -1, 0.3), Role.OUTPUT: Power(-1)}
    ours, theirs = (losses(each, SIZE, rate=0.01, decay=decay) for each in (plain, shift(plain, theta)))
    assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("role", MATRICES)
def test_a_shift_moves_adams_epsilon_with_the_gradient(role):
    plain = regime("mup", optimizer="adam", base=BASE)
    ours, theirs = (losses(each, SIZE, rate=0.01, epsilon=1e-2) for each in (plain, shift(plain, {role: 3.0})))
    assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(ours, losses(plain, SIZE, rate=0.01, epsilon=0.0), rtol=1e-3)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_three_writings_of_mup_train_alike(optimizer):
    writings = [regime(name, optimizer=optimizer, base=BASE) for name in ("mup", "mean_field", "spectral")]
    traces = [losses(each, SIZE, rate=0.01, decay=0.01, epsilon=1e-3) for each in writings]
    for trace in traces[1:]:
        assert_close(trace, traces[0], rtol=1e-12, atol=1e-12)
    assert all(equivalent(writings[0], each) for each in writings)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", CATALOG)
def test_equivalence_survives_shifts_and_notices_a_change_of_any_power(name, optimizer):
    plain = regime(name, optimizer=optimizer, base=BASE)
    assert equivalent(plain, shift(plain, {Role.HIDDEN: Power(0.3, 0.1, 2.0), Role.VECTOR: 0.1}))
    for field in ("multiplier", "init", "rate", "decay", *(["epsilon"] if optimizer == "adam" else [])):
        hidden = plain.rules[Role.HIDDEN]
        changed = replace(hidden, **{field: getattr(hidden, field) * Power(0.5)})
        assert not equivalent(plain, replace(plain, rules={**plain.rules, Role.HIDDEN: changed}))
    assert not equivalent(plain, replace(plain, branch=replace(plain.branch, multiplier=Power(depth=-0.3))))
    assert not equivalent(plain, replace(plain, attention=replace(plain.attention, multiplier=Power(-0.3))))


def test_differences_name_what_no_shift_reconciles():
    mup, standard = (regime(name, base=BASE) for name in ("mup", "standard"))
    assert "output, initial scale: m^-1 against m^-1/2" in differences(mup, standard)
    assert not any(line.startswith("hidden") for line in differences(mup, standard))
    assert differences(mup, regime("mup", optimizer="adam", base=BASE))[0] == "optimizer: sgd against adam"


def test_raw_curvature_is_divided_by_the_square_of_the_shift():
    plain, theta = regime("mup", base=BASE), 3.0
    blocks = []
    for each in (plain, shift(plain, dict.fromkeys(Role, theta))):
        model, _ = network(replace(each, rules={**each.rules, Role.VECTOR: plain.rules[Role.VECTOR]}), SIZE)
        model.requires_grad_(False)
        model.readout.requires_grad_(True)
        weights, function = flatten(model)
        blocks.append(hessian(Objective(function, cross_entropy, [DATA]), weights).dense())
    assert_close(blocks[1] * theta**2, blocks[0])


@pytest.mark.parametrize("theta", [0.0, -1.0, Power(1, factor=-2.0)])
def test_a_shift_must_be_positive(theta):
    with pytest.raises(ValueError, match="must be positive"):
        shift(regime("mup", base=BASE), {Role.INPUT: theta})


def test_regimes_of_different_bases_are_not_compared():
    with pytest.raises(ValueError, match="same base"):
        differences(regime("mup", base=BASE), regime("mup", base=Size(32, 2)))


def test_the_name_of_a_regime_is_not_compared():
    mup = regime("mup", base=BASE)
    for asked in (lambda: differences("mup", mup), lambda: equivalent(mup, "ntk"), lambda: shift("mup", {})):
        with pytest.raises(TypeError, match=r"was given as a regime; pass one, as of regime\("):
            asked()


def test_an_absorbed_multiplier_is_one():
    rule = without_multiplier(regime("mup", optimizer="adam", base=BASE).rules[Role.OUTPUT], "adam")
    assert rule.multiplier == ONE
    assert str(rule.init) == str(rule.rate) == "m^-1"
