"""Powers counted by hand for a few regimes, and their measured counterparts."""

import pytest

from spectra.scaling import CATALOG, Exponents, Power, Role, Size, predicted_exponents, regime, shift

BASE = Size(64, 4)
MUP = {
    "input": Exponents(0, 0),
    "hidden": Exponents(0, 0),
    "output": Exponents(-0.5, 0),
    "attention": Exponents(-0.5, 0),
}
LAZY = {
    "input": Exponents(0, -0.5),
    "hidden": Exponents(0, -0.5),
    "output": Exponents(0, 0),
    "attention": Exponents(0, 0),
}


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", ["mup", "mean_field", "spectral", "depth_mup", "completep"])
def test_under_mup_every_change_keeps_its_size(name, optimizer):
    assert predicted_exponents(regime(name, optimizer=optimizer, base=BASE), "width") == MUP


@pytest.mark.parametrize("name", ["ntk", "ntk_matched"])
def test_under_ntk_hidden_changes_vanish(name):
    assert predicted_exponents(regime(name, base=BASE), "width") == LAZY


def test_with_a_zero_readout_gradients_have_the_size_of_its_updates():
    lazy = predicted_exponents(regime("ntk", base=BASE), zero_readout=True)
    assert (lazy["input"].change, lazy["hidden"].change, lazy["output"].change) == (-1, -1, 0)
    assert predicted_exponents(regime("mup", base=BASE), zero_readout=True) == MUP


def test_where_heads_multiply_their_logits_keep_their_size():
    for name in ("mup", "ntk"):
        logits = predicted_exponents(regime(name, base=BASE), head_dimension=0.0)["attention"]
        assert logits == Exponents(0, 0 if name == "mup" else -0.5)


def test_standard_rates_blow_up():
    for optimizer in ("sgd", "adam"):
        output = predicted_exponents(regime("standard", optimizer=optimizer, base=BASE), "width")["output"]
        assert output.change > 0
        assert not output.stable


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("scale", ["width", "depth"])
@pytest.mark.parametrize("name", CATALOG)
def test_predictions_do_not_depend_on_the_writing(name, optimizer, scale):
    plain = regime(name, optimizer=optimizer, base=BASE)
    written = shift(plain, {Role.INPUT: Power(0.3), Role.HIDDEN: Power(-0.7), Role.OUTPUT: Power(0.2)})
    for place, exponents in predicted_exponents(written, scale).items():
        expected = predicted_exponents(plain, scale)[place]
        assert (exponents.initial, exponents.change) == pytest.approx((expected.initial, expected.change), abs=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("alpha", [0.5, 0.75, 1.0])
def test_scaled_branches_keep_their_size_across_depth(alpha, optimizer):
    deep = regime("mup", optimizer=optimizer, base=BASE, depth_exponent=alpha)
    assert all(each == Exponents(0, 0) for each in predicted_exponents(deep, "depth").values())


def test_unscaled_branches_do_not():
    hidden = predicted_exponents(regime("mup", base=BASE), "depth")["hidden"]
    assert hidden == Exponents(0.5, 1.0, stable=False)


def test_the_name_of_a_regime_is_none():
    with pytest.raises(TypeError, match="'mup' was given as a regime; pass one"):
        predicted_exponents("mup")


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="'width' or 'depth'"):
        predicted_exponents(regime("mup", base=BASE), "heads")
