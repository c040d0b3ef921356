"""What roles cannot be inferred from, and what is said then."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from spectra.scaling import Role, Size, roles
from tests.scaling.foreign_networks import (
    BASE,
    GPT,
    LARGE,
    MLP,
    Adapted,
    GroupedQueries,
    Mixture,
    found,
    refusal,
    single,
)

INPUT, HIDDEN, OUTPUT, VECTOR, FIXED = Role.INPUT, Role.HIDDEN, Role.OUTPUT, Role.VECTOR, Role.FIXED


def test_ties_between_unlike_places_are_refused_with_both():
    def build(size: Size) -> nn.Module:
        network = nn.ModuleDict({"a": nn.Linear(size.width, size.width), "b": nn.Bilinear(size.width, 1, size.width)})
        network.b.bias = network.a.bias
        return network

    message = refusal(build, BASE, Size(16, 2))
    assert "a.bias (Linear) and b.bias (Bilinear)" in message
    assert found(build, BASE, Size(16, 2), overrides={"b.bias": VECTOR})["a.bias"] is VECTOR


def test_thin_matrices_in_blocks_are_refused_until_their_roles_are_given():
    for large in (LARGE, Size(16, 2)):
        message = refusal(Adapted, BASE, large)
        assert "layers.*.down.weight  (2, 8) -> (2, 16)" in message
        assert "lies in a block that is repeated" in message
        overrides = {"*.down.weight": OUTPUT}
        assert found(Adapted, BASE, large, overrides=overrides)["layers.1.down.weight"] is OUTPUT


def test_a_matrix_whose_few_outputs_go_on_is_no_readout():
    def build(size: Size) -> nn.Module:
        widths = [4, size.width, 2, size.width, 4]
        return nn.Sequential(*[nn.Linear(*pair) for pair in pairwise(widths)])

    assert "1.weight  (2, 8) -> (2, 16)  Linear, 2 outputs at every width, but no readout: 2.weight takes" in refusal(
        build, BASE, Size(16, 2)
    )


def test_a_router_is_refused_and_experts_are_hidden():
    message = refusal(Mixture)
    assert "routers.*.weight" in message
    assert "layers" not in message
    names = found(Mixture, overrides={"routers.*": OUTPUT})
    assert {names[f"layers.{index}.{way}"] for index in (0, 1) for way in ("inward", "outward")} == {HIDDEN}


def test_a_fixed_number_of_keys_is_refused():
    assert "blocks.*.key_value.weight  (4, 8) -> (4, 16)" in refusal(lambda size: GroupedQueries(size, keys=4))


def test_freezing_is_a_way_out():
    def build(size: Size) -> nn.Module:
        network = Adapted(size)
        for layer in network.layers:
            layer.down.requires_grad_(False)
        return network

    row = roles(build, BASE, LARGE).rows["layers.0.down.weight"]
    assert (row.deviation, row.reason) == (None, "frozen, left as made")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda width: nn.Linear(width, 12 * width // 8 + 4),
            "from 16 to 28 (x1.75) while the width goes from 8 to 16",
        ),
        (lambda width: nn.Linear(width, 6 * -(-width // 6)), "let dimensions grow exactly"),
        (lambda width: nn.Bilinear(width, width, 2), "2 inputs of Bilinear grow"),
        (lambda width: nn.Embedding(width, width), "number of entries grows"),
        (lambda width: nn.Conv1d(width, width, width), "a kernel grows"),
        (lambda width: nn.LayerNorm((width, width)), "2 dimensions of the weight of LayerNorm grow"),
        (lambda width: nn.ParameterList([torch.randn(width, 3)]), "two ways"),
        (lambda width: nn.ParameterList([torch.randn(4, 3, width)]), "two ways"),
        (lambda width: nn.ParameterList([torch.randn(width, width, width)]), "3 of its dimensions grow"),
        (lambda width: nn.utils.parametrizations.weight_norm(nn.Linear(width, width)), "without them"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(make, message):
    assert message.lower() in refusal(single(make), BASE, Size(16, 2)).lower()


def test_all_refusals_come_in_one_message():
    def build(size: Size) -> nn.Module:
        raw = nn.ParameterList([torch.randn(4, size.width), torch.randn(size.width, size.width, size.width)])
        return nn.ModuleDict({"layers": Adapted(size), "raw": raw})

    message = refusal(build)
    assert message.startswith("4 parameters have no role:")
    assert all(name in message for name in ("layers.layers.*.down.weight", "raw.0", "raw.1", "overrides="))


def sequential(size: Size) -> nn.Module:
    hidden = [nn.Linear(size.width, size.width) for _ in range(size.depth)]
    return nn.Sequential(nn.Linear(4, size.width), *hidden, nn.Linear(size.width, 3))


def first_differs(size: Size) -> nn.Module:
    return nn.ModuleList(nn.Linear(size.width if index else 3, size.width) for index in range(size.depth))


@pytest.mark.parametrize(
    ("build", "small", "large", "message"),
    [
        (MLP, BASE, Size(8, 4), "wider network"),
        (MLP, BASE, BASE, "wider network"),
        (MLP, LARGE, BASE, "wider network"),
        (MLP, BASE, Size(16, 1), "wider network"),
        (lambda size: nn.Linear(3, 4), BASE, LARGE, "no parameter grows with the width"),
        (lambda size: nn.Linear(3, size.width), BASE, LARGE, "no parameter is added with the depth"),
        (lambda size: nn.Linear(3, size.width, bias=size.width > 8), BASE, LARGE, "bias only in the wide network"),
        (lambda size: GPT(size, tied=size.width > 8), BASE, LARGE, "share tensors"),
        (sequential, BASE, LARGE, r"3\.weight goes from .* nn\.ModuleList"),
        (first_differs, Size(8, 1), Size(16, 2), "one block more"),
        (lambda size: nn.LSTM(2, size.width, size.depth), BASE, LARGE, "weight_ih_l2 continues no numbered block"),
        (lambda size: nn.LazyLinear(size.width), BASE, LARGE, "no shape before a first forward pass"),
        (lambda size: GPT(size).to("meta"), BASE, LARGE, "meta device at the base size"),
    ],
)
def test_networks_that_cannot_be_compared_are_refused(build, small, large, message):
    with pytest.raises(ValueError, match=message):
        roles(build, small, large)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"overrides": {"head.wieght": OUTPUT}}, "'head.wieght' matches no parameter; near it are .*head.weight"),
        ({"branches": ["layer.*"]}, "matches no module with parameters; near it are .*layers"),
        ({"branches": ["*.0.*"]}, "stands for one part between dots"),
    ],
)
def test_patterns_must_match(settings, message):
    with pytest.raises(ValueError, match=message):
        roles(MLP, BASE, LARGE, **settings)


def test_what_is_no_module_no_size_or_no_role_is_refused():
    with pytest.raises(TypeError, match=r"must return an nn\.Module"):
        roles(lambda size: 3, BASE, LARGE)
    with pytest.raises(TypeError, match="pass Size"):
        roles(MLP, 8, 16)
    with pytest.raises(TypeError, match="a role is one of"):
        roles(MLP, BASE, LARGE, overrides={"head.weight": "output"})


def test_a_structure_that_is_drawn_at_random_is_refused():
    def build(size):
        more = [nn.Linear(size.width, size.width)] if torch.rand(()) < 0.6 else []
        return nn.Sequential(nn.Linear(3, size.width), *more)

    with pytest.raises(ValueError, match="different parameters when it was called twice"):
        roles(build, Size(4, 1), Size(8, 1))
