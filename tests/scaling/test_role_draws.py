"""How the parameters of a base network were drawn, as measured."""

import pytest
import torch
from torch import nn

from spectra.scaling import ParameterRow, Role, Size, roles
from tests.scaling.foreign_networks import BASE, LARGE, MLP


def row_of(make) -> ParameterRow:
    """The row of one parameter of shape (width,) or (width, width), made by the width."""
    return roles(lambda size: nn.ParameterList([make(size.width), torch.randn(size.width)]), BASE, Size(16, 2)).row("0")


def test_deviations_are_those_of_the_entries():
    def build(size: Size) -> nn.Module:
        network = MLP(size)
        nn.init.normal_(network.stem.weight, std=0.3)
        nn.init.normal_(network.layers[0].weight, mean=0.1, std=0.02)
        nn.init.zeros_(network.layers[1].weight)
        return network

    rows = roles(build, Size(40, 2), Size(80, 2)).rows
    assert rows["stem.weight"].deviation == pytest.approx(0.3, rel=4 / (2 * 400) ** 0.5)
    assert (rows["layers.0.weight"].center, rows["layers.1.weight"].deviation) == (0.0, 0.0)
    assert rows["layers.0.weight"].deviation == pytest.approx((0.1**2 + 0.02**2) ** 0.5, rel=0.01)


def test_equal_entries_are_a_center_without_deviation():
    row = row_of(lambda width: torch.full((width,), 0.25))
    assert (row.center, row.deviation) == (0.25, 0.0)


def test_gains_drawn_about_one_have_their_center_there():
    row = row_of(lambda width: 1 + 0.02 * torch.randn(width))
    assert row.center == pytest.approx(1, abs=4 * 0.02 / 4)
    assert row.deviation == pytest.approx(0.02, rel=0.7)


def test_the_deviation_of_complex_entries_is_that_of_their_lengths():
    row = row_of(lambda width: torch.randn(width, 4 * width, dtype=torch.complex128))
    assert row.deviation == pytest.approx(1, rel=4 / (2 * 2 * 2 * 256) ** 0.5)


def test_entries_drawn_about_zero_have_their_center_there():
    assert row_of(torch.randn).center == 0.0


@pytest.mark.parametrize("make", [torch.eye, lambda width: torch.arange(width).to(torch.get_default_dtype())])
def test_patterns_that_no_draw_would_give_are_left_as_made(make):
    assert row_of(make).deviation is None


def test_a_build_that_sets_a_seed_is_measured_as_drawn():
    def build(size: Size) -> nn.Module:
        torch.manual_seed(3)
        return MLP(size)

    deviation = roles(build, BASE, LARGE).rows["layers.0.weight"].deviation
    assert deviation == pytest.approx(float(build(BASE).layers[0].weight.detach().square().mean().sqrt()))


def test_frozen_parameters_are_left_as_made():
    row = row_of(lambda width: nn.Parameter(torch.randn(width, width), requires_grad=False))
    assert (row.role, row.deviation, row.reason) == (Role.HIDDEN, None, "frozen, left as made")


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="0 holds numbers that are not finite"):
        row_of(lambda width: torch.full((width,), torch.nan))
