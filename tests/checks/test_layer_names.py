import pytest
import torch
from torch import nn

from spectra.checks.layer_names import comparable_names, structure
from spectra.checks.layer_places import layer_places, parameter_roles
from spectra.models import ConvResNet, ResidualMLP


def names(modules):
    structures = {size: structure(module) for size, module in modules.items()}
    return comparable_names(structures, {size: list(found) for size, found in structures.items()})


def test_networks_of_equal_depth_keep_their_names():
    found = names({width: nn.Sequential(nn.Linear(3, width), nn.Linear(width, 2)) for width in (4, 8)})
    assert found[8] == {"output": ["output"], "0": ["0"], "1": ["1"]}


def chain(depth):
    return nn.Sequential(
        nn.Linear(3, 4),
        nn.Tanh(),
        *(layer for _ in range(depth) for layer in (nn.Linear(4, 4), nn.Tanh())),
        nn.Linear(4, 2),
    )


def test_a_chain_is_compared_by_its_first_middle_and_last_layer():
    found = names({depth: chain(depth) for depth in (2, 5)})
    run = {"2": ["first"], "4": [], "6": ["middle"], "8": [], "10": ["last"]}
    assert found[5] == {"output": ["output"], "0": ["0"], **run, "12": ["-1"]}
    assert found[2] == {"output": ["output"], "0": ["0"], "2": ["first", "middle"], "4": ["last"], "6": ["-1"]}


def test_blocks_are_compared_with_all_that_is_inside():
    found = names({depth: ResidualMLP(4, depth=depth).build(3, 2) for depth in (1, 2, 4)})
    assert found[4]["blocks.3.branch.layer_1"] == ["blocks.last.branch.layer_1"]
    assert found[1]["blocks.0"] == ["blocks.first", "blocks.middle", "blocks.last"]


def test_stages_are_compared_each_by_itself():
    found = names({depth: ConvResNet(4, depth=depth).build((1, 8, 8), 2) for depth in (3, 9)})
    assert found[9]["stages.2.blocks.1.branch.layer_1"] == ["stages.2.blocks.middle.branch.layer_1"]


def test_networks_without_a_common_layer_are_refused():
    modules = {1: nn.Sequential(), 2: nn.Sequential()}
    modules[1].add_module("one", nn.Linear(2, 2))
    modules[2].add_module("two", nn.Linear(2, 2))
    with pytest.raises(ValueError, match="no layer in common"):
        names(modules)


def shapes(**layers):
    return {name: tuple(map(torch.Size, both)) for name, both in layers.items()}


def test_places_follow_what_grows():
    small = shapes(embed=((9, 3), (9, 4)), block=((9, 4), (9, 4)), readout=((9, 4), (9, 2)), scale=((9, 2), (9, 2)))
    large = shapes(embed=((9, 3), (9, 8)), block=((9, 8), (9, 8)), readout=((9, 8), (9, 2)), scale=((9, 2), (9, 2)))
    found = layer_places(small, large, list(small), scale="width")
    assert list(found.values()) == ["input", "hidden", "output", "fixed"]


def test_roles_follow_what_grows():
    small = {"embed.weight": (4, 3), "block.weight": (4, 4), "block.bias": (4,), "readout.weight": (2, 4), "bias": (2,)}
    large = {"embed.weight": (8, 3), "block.weight": (8, 8), "block.bias": (8,), "readout.weight": (2, 8), "bias": (2,)}
    places = {"embed": "input", "block": "hidden", "readout": "output"}
    assert list(parameter_roles(small, large, places).values()) == ["input", "hidden", "vector", "output", "fixed"]
