"""Inferred roles against tables that were written by hand."""

import pytest
import torch
from torch import nn

from spectra.scaling import Role, Size, roles
from tests.scaling.foreign_networks import (
    BASE,
    GPT,
    LARGE,
    MLP,
    Convolutions,
    GroupedQueries,
    ResNet,
    ReversedLinear,
    UNet,
    ViT,
    found,
    refusal,
    single,
)

INPUT, HIDDEN, OUTPUT, VECTOR, FIXED = Role.INPUT, Role.HIDDEN, Role.OUTPUT, Role.VECTOR, Role.FIXED
LINEAR = {"weight": HIDDEN, "bias": VECTOR}
NORM = {"weight": VECTOR, "bias": VECTOR}
READOUT = {"weight": OUTPUT, "bias": FIXED}
BLOCK = {"norm": NORM, "attention": {"qkv": LINEAR, "out": LINEAR}, "mlp": {"0": LINEAR, "2": LINEAR}}
EXPECTED = {
    MLP: {"stem": {"weight": INPUT, "bias": VECTOR}, "layers": [LINEAR, LINEAR], "head": READOUT},
    ResNet: {
        "stem": {"0": {"weight": INPUT}, "1": NORM},
        "stages": [
            [{"norm": NORM, "conv": LINEAR}] * 2,
            [{"norm": NORM, "conv": LINEAR, "skip": {"weight": HIDDEN}}, {"norm": NORM, "conv": LINEAR}],
        ],
        "head": READOUT,
    },
    GPT: {
        "temperature": FIXED,
        "tokens": {"weight": INPUT},
        "blocks": [BLOCK, BLOCK],
        "norm": NORM,
        "head": {"weight": OUTPUT},
    },
    ViT: {
        "token": VECTOR,
        "positions": VECTOR,
        "scale": VECTOR,
        "patches": {"weight": INPUT, "bias": VECTOR},
        "blocks": [BLOCK, BLOCK],
        "head": READOUT,
    },
    GroupedQueries: {
        "tokens": {"weight": INPUT},
        "blocks": [
            {
                "query": {"weight": HIDDEN},
                "key_value": {"weight": HIDDEN},
                "query_norm": {"weight": FIXED},
                "out": {"weight": HIDDEN},
            }
        ]
        * 2,
        "head": READOUT,
    },
    UNet: {
        "inward": {"weight": INPUT, "bias": VECTOR},
        "down": LINEAR,
        "time": {"0": {"weight": INPUT, "bias": VECTOR}, "2": LINEAR},
        "middle": [LINEAR, LINEAR],
        "up": LINEAR,
        "joined": LINEAR,
        "outward": READOUT,
    },
}


def flat(tree, prefix: str = "") -> dict[str, Role]:
    """Roles by dotted name; lists are numbered."""
    if isinstance(tree, Role):
        return {prefix.removesuffix("."): tree}
    branches = enumerate(tree) if isinstance(tree, list) else tree.items()
    return {name: role for key, branch in branches for name, role in flat(branch, f"{prefix}{key}.").items()}


@pytest.mark.parametrize("build", EXPECTED, ids=lambda build: build.__name__)
@pytest.mark.parametrize("large", [LARGE, Size(24, 2)], ids=["deeper", "wider"])
def test_roles_are_those_of_a_table_written_by_hand(build, large):
    assert found(build, BASE, large) == flat(EXPECTED[build])


@pytest.mark.parametrize("build", EXPECTED, ids=lambda build: build.__name__)
def test_rows_follow_the_order_of_named_parameters(build):
    assert list(roles(build, BASE, LARGE).rows) == [name for name, _ in build(BASE).named_parameters()]


def test_convolutions_are_told_by_what_each_output_sees():
    rows = roles(Convolutions, BASE, Size(16, 2)).rows
    weights = {name.removesuffix(".weight"): row.role for name, row in rows.items() if name.endswith(".weight")}
    assert weights == {
        "wave": INPUT,
        "grouped": HIDDEN,
        "depthwise": INPUT,
        "pairs": INPUT,
        "upward": HIDDEN,
        "depthwise_upward": INPUT,
        "latent": INPUT,
        "image": OUTPUT,
        "slope": VECTOR,
        "instance": VECTOR,
        "norm": VECTOR,
    }
    assert "groups grow (8 -> 16), each output sees 1 input " in rows["depthwise.weight"].reason
    assert "groups grow (4 -> 8), each output sees 2 inputs " in rows["pairs.weight"].reason
    assert rows["image.bias"].role is FIXED


def test_the_encoder_of_torch_has_fused_projections():
    def build(size: Size, hidden: int | None = None) -> nn.Module:
        layer = nn.TransformerEncoderLayer(size.width, 2, hidden or 4 * size.width, batch_first=True)
        return nn.TransformerEncoder(layer, size.depth, enable_nested_tensor=False)

    attention = {"in_proj_weight": HIDDEN, "in_proj_bias": VECTOR, "out_proj": LINEAR}
    layer = {"self_attn": attention, "linear1": LINEAR, "linear2": LINEAR, "norm1": NORM, "norm2": NORM}
    assert found(build) == flat({"layers": [layer, layer]})
    message = refusal(lambda size: build(size, 32))
    assert "layers.*.linear1.weight  (32, 8) -> (32, 16)" in message
    assert "outputs grow with the width" in message


def test_attention_over_foreign_keys_has_input_projections():
    names = found(
        single(lambda width: nn.MultiheadAttention(width, 2, kdim=3, vdim=5, add_bias_kv=True)), BASE, Size(16, 2)
    )
    expected = {
        "bias_k": VECTOR,
        "bias_v": VECTOR,
        "q_proj_weight": HIDDEN,
        "k_proj_weight": INPUT,
        "v_proj_weight": INPUT,
        "in_proj_bias": VECTOR,
        "out_proj": LINEAR,
    }
    assert names == flat({"stem": {"weight": INPUT, "bias": VECTOR}, "it": expected})


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_have_fused_gates(kind):
    def build(size: Size) -> nn.Module:
        return nn.Sequential(nn.Embedding(5, size.width), kind(3, size.width, 2), kind(size.width, size.width))

    names = found(build, BASE, Size(16, 2))
    firsts = {f"1.weight_{kind}_l{layer}" for kind in ("ih", "hh") for layer in (0, 1)}
    assert {name: names[name] for name in firsts} == dict.fromkeys(firsts, HIDDEN) | {"1.weight_ih_l0": INPUT}
    assert names["2.weight_ih_l0"] is HIDDEN
    assert all(role is VECTOR for name, role in names.items() if "bias" in name)


def test_a_stored_transpose_is_told_by_its_bias():
    def build(size: Size) -> nn.Module:
        sizes = [(2, size.width), (size.width, size.width), (size.width, 8)]
        return nn.ModuleList(ReversedLinear(*pair) for pair in sizes)

    assert [found(build, BASE, Size(16, 2))[f"{index}.weight"] for index in range(3)] == [INPUT, HIDDEN, OUTPUT]


def test_a_tied_embedding_is_an_input_with_a_readout():
    table = roles(lambda size: GPT(size, tied=True), BASE, LARGE)
    assert table.tied == {"head": "tokens.weight"}
    assert table.rows["tokens.weight"].role is INPUT
    assert "head.weight" not in table.rows
    assert roles(GPT, BASE, LARGE).tied == {}


def test_a_tie_is_found_when_the_readout_comes_first():
    def build(size: Size) -> nn.Module:
        network = nn.ModuleDict({"head": nn.Linear(size.width, 11), "tokens": nn.Embedding(11, size.width)})
        network.tokens.weight = network.head.weight
        return network

    table = roles(build, BASE, Size(16, 2))
    assert table.tied == {"head": "head.weight"}
    assert {name: row.role for name, row in table.rows.items()} == {"head.weight": INPUT, "head.bias": FIXED}


def test_one_block_used_at_every_depth_has_one_row_each():
    def build(size: Size) -> nn.Module:
        return nn.ModuleDict({"stem": nn.Linear(3, size.width), "blocks": nn.ModuleList([shared(size)] * size.depth)})

    def shared(size: Size) -> nn.Module:
        return nn.Linear(size.width, size.width)

    rows = roles(build, BASE, LARGE).rows
    assert [name for name in rows if "blocks" in name] == ["blocks.0.weight", "blocks.0.bias"]
    assert rows["blocks.0.weight"].in_branch


def test_several_readouts_are_allowed():
    def build(size: Size) -> nn.Module:
        heads = nn.ModuleList(nn.Linear(size.width, 1) for _ in range(3))
        return nn.ModuleDict({"stem": nn.Linear(4, size.width), "heads": heads, "value": nn.Linear(size.width, 1)})

    assert list(found(build, BASE, Size(16, 2)).values()).count(OUTPUT) == 4


@pytest.mark.parametrize(
    ("shape", "role"),
    [
        (lambda width: (), FIXED),
        (lambda width: (3, 4), FIXED),
        (lambda width: (width,), VECTOR),
        (lambda width: (1, 1, width), VECTOR),
        (lambda width: (1, width, 1, 1), VECTOR),
        (lambda width: (1, 7, width), VECTOR),
        (lambda width: (1, width, 5, 5), VECTOR),
        (lambda width: (width, 3 * width), HIDDEN),
        (lambda width: (4, width, 2 * width), HIDDEN),
    ],
)
def test_raw_parameters_are_told_by_their_shapes(shape, role):
    names = found(single(lambda width: nn.ParameterList([torch.randn(shape(width))])), BASE, Size(16, 2))
    assert names["it.0"] is role


def test_parameters_that_depth_repeats_are_in_branches():
    rows = roles(ResNet, BASE, LARGE).rows
    inside = {name for name, row in rows.items() if row.in_branch}
    assert inside == {name for name in rows if name.startswith("stages") and "skip" not in name}
    assert not any(row.in_branch for row in roles(ResNet, BASE, Size(16, 2)).rows.values())


def test_stages_of_different_lengths_grow_each_at_its_end():
    def build(size: Size) -> nn.Module:
        counts = [size.depth + 1, size.depth]
        stages = [
            [nn.Conv2d(4 * size.width, size.width * 4**stage, 1) for _ in range(counts[stage])] for stage in (0, 1)
        ]
        return nn.ModuleList(map(nn.ModuleList, stages))

    assert all(row.in_branch for row in roles(build, BASE, LARGE).rows.values())


def test_norms_beside_named_branches_are_inside_too():
    table = roles(GPT, BASE, LARGE, branches=["blocks.*.attention", "blocks.*.mlp"])
    inside = {name for name, row in table.rows.items() if row.in_branch}
    assert inside == {name for name in table.rows if name.startswith("blocks.")}
    assert table.branches == ("blocks.*.attention", "blocks.*.mlp")


def test_the_caller_s_random_state_is_left_alone_and_tables_repeat():
    before = torch.get_rng_state()
    first = roles(GPT, BASE, LARGE)
    assert torch.equal(torch.get_rng_state(), before)
    torch.randn(3)
    assert roles(GPT, BASE, LARGE) == first


def test_build_is_called_with_the_sizes_that_are_compared():
    sizes = []
    roles(lambda size: (sizes.append(size), MLP(size))[1], BASE, LARGE)
    assert set(sizes) == {BASE, Size(16, 2), Size(8, 4)}


def test_larger_networks_may_lie_on_the_meta_device():
    def build(size: Size) -> nn.Module:
        with torch.device("cpu" if size == BASE else "meta"):
            return GPT(size)

    assert roles(build, BASE, LARGE) == roles(GPT, BASE, LARGE)
