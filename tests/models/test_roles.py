"""What the layers say of themselves is what is seen when two sizes are compared."""

from dataclasses import replace

import pytest
import torch

from spectra.scaling import Role, Size, declared_roles, parameterize, regime
from spectra.scaling.roles import roles
from tests.models.specs import FLAT, OUTPUTS, SMOOTH


def networks(name):
    """The network of a name at any size, and its size."""
    spec, shape = SMOOTH[name]

    def build(size):
        grown = {name: value for name, value in vars(size).items() if hasattr(spec, name)}
        module = replace(spec, **grown).build(shape, OUTPUTS)
        parameterize(module, regime("standard", base=spec.size), size, torch.default_generator)
        return module

    return build, spec.size


def in_branches(name):
    """Whether the network has residual branches; without them the depth alone does not show what lies in one."""
    spec, _ = SMOOTH[name]
    return spec.kind not in FLAT and getattr(spec, "skip", True)


@pytest.mark.parametrize("name", [name for name, (spec, _) in SMOOTH.items() if hasattr(spec, "width")])
def test_declared_roles_are_those_that_a_wider_network_shows(name):
    build, small = networks(name)
    seen = roles(build, small, Size(2 * small.width, small.depth))
    declared = declared_roles(build(small), small, small)
    assert {name: row.role for name, row in seen.rows.items()} == {
        name: row.role for name, row in declared.rows.items()
    }


@pytest.mark.parametrize("name", [name for name in SMOOTH if in_branches(name)])
def test_declared_branches_are_those_that_a_deeper_network_shows(name):
    build, small = networks(name)
    seen = roles(build, small, Size(2 * small.width, 2 * small.depth))
    declared = declared_roles(build(small), small, small)
    for parameter, row in declared.rows.items():
        assert (seen.row(parameter).role, seen.row(parameter).in_branch) == (row.role, row.in_branch)


def test_a_tied_readout_brings_its_own_multiplier():
    build, small = networks("gpt, tied")
    table = roles(build, small, Size(2 * small.width, small.depth))
    assert table.row("embed.weight").role is Role.INPUT
    assert not table.tied
    assert build(small).readout.multiplier == pytest.approx(small.width**-0.5)
