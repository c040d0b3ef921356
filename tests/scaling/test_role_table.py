"""Tables of roles: rows of deeper networks, corrections, measured draws, and how they print."""

import copy
import io
import pickle
from dataclasses import replace

import pytest
import torch
from torch import nn

from spectra.scaling import (
    Attention,
    Embedding,
    LayerNorm,
    Linear,
    ParameterRow,
    Role,
    RoleTable,
    Size,
    TiedReadout,
    roles,
)
from tests.scaling.foreign_networks import BASE, GPT, LARGE, MLP

PRINTED = """\
roles of parameters; base: width 8, depth 2
parameter      shapes              role    branch  center  deviation  why
gain           (8) -> (16)         vector          1       0          one dimension, it grows; assumed to be added, \
or multiplied entry by entry
tokens.weight  (5, 8) -> (5, 16)   input           0       0.5        Embedding of 5 entries, tied to head
layers.*       (8, 8) -> (16, 16)  hidden  yes     0       0.25..1    two dimensions grow; assumed to be a matrix
head.bias      (5)                 fixed           0       0          bias of Linear, does not grow
head reads out with the tensor of tokens.weight (tied)"""


class Small(nn.Module):
    """A network whose entries are known: they are plus or minus a number."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.tokens = nn.Embedding(5, width, _weight=signs(5, width) / 2)
        self.layers = nn.ParameterList(signs(width, width) / 4**layer for layer in range(size.depth))
        self.gain = nn.Parameter(torch.ones(width))
        self.head = nn.Linear(width, 5)
        self.head.weight = self.tokens.weight
        nn.init.zeros_(self.head.bias)


def signs(*shape: int) -> torch.Tensor:
    return torch.randn(shape).sign()


def test_a_table_prints_as_one_would_write_it():
    assert str(roles(Small, BASE, LARGE)) == PRINTED


def test_a_table_without_a_readout_says_so():
    assert "no readout was found" in str(roles(lambda size: nn.Linear(2, size.width), BASE, Size(16, 2)))
    assert "no readout" not in str(roles(MLP, BASE, LARGE))
    assert "no readout" not in str(roles(ours, BASE, Size(16, 2)))


def test_numbers_that_make_a_difference_stay_apart():
    def build(size: Size) -> nn.Module:
        return nn.ModuleList(nn.Linear(size.width if layer else 3, size.width) for layer in range(2))

    lines = str(roles(build, BASE, Size(16, 2))).splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["0.weight", "*.bias", "1.weight"]


def test_blocks_beyond_the_base_have_the_row_of_its_last():
    table = roles(GPT, BASE, LARGE)
    last = table.rows["blocks.1.mlp.0.weight"]
    assert table.row("blocks.11.mlp.0.weight") is last
    assert table.row("blocks.0.mlp.0.weight") is table.rows["blocks.0.mlp.0.weight"]
    for name, _ in GPT(Size(4, 5)).named_parameters():
        assert table.row(name).role in Role


@pytest.mark.parametrize("name", ["blocks.2.mlp.1.weight", "block.0.norm.weight", "head.bias"])
def test_unknown_names_are_refused_with_near_ones(name):
    with pytest.raises(ValueError, match=r"near it are \w+"):
        roles(GPT, BASE, LARGE).row(name)


def test_roles_can_be_set_by_hand_without_changing_the_table():
    table = roles(GPT, BASE, LARGE)
    changed = table.with_roles({"blocks.*": Role.VECTOR, "blocks.1.mlp.*": Role.INPUT})
    assert changed.row("blocks.0.norm.weight").role is Role.VECTOR
    assert changed.row("blocks.5.mlp.0.weight").role is Role.INPUT
    assert changed.rows["blocks.0.mlp.0.weight"].reason == "set by hand; was hidden"
    assert table == roles(GPT, BASE, LARGE)
    with pytest.raises(ValueError, match="near it are"):
        table.with_roles({"blocks.*.wieght": Role.VECTOR})


def test_tables_and_networks_can_be_copied_and_stored():
    table = roles(lambda size: GPT(size, tied=True), BASE, LARGE)
    assert copy.deepcopy(table) == pickle.loads(pickle.dumps(table)) == table
    network, buffer = GPT(BASE, tied=True), io.BytesIO()
    torch.save(network, buffer)
    buffer.seek(0)
    loaded = torch.load(buffer, weights_only=False)
    assert [name for name, _ in copy.deepcopy(loaded).named_parameters()] == list(table.rows)


def test_nothing_is_written_on_the_networks_that_are_compared():
    made = []
    roles(lambda size: (made.append(GPT(size)), made[-1])[1], BASE, LARGE)
    for network in made:
        plain = GPT(BASE)
        assert [set(vars(part)) for part in network.modules()][:9] == [set(vars(part)) for part in plain.modules()][:9]
        assert not any(vars(parameter) for parameter in network.parameters())


def ours(size: Size) -> nn.Module:
    """Our layers within a user's module."""
    network = nn.ModuleDict({"tokens": Embedding(5, size.width), "norm": LayerNorm(size.width)})
    network["attention"] = Attention(size.width, 2)
    network["plain"] = nn.Linear(size.width, size.width)
    network["readout"] = TiedReadout(network["tokens"])
    nn.init.constant_(network["tokens"].weight, torch.nan)  # as memory may hold before the weights are drawn
    return network


def test_our_layers_state_their_roles_and_carry_multipliers():
    table = roles(ours, BASE, Size(16, 2))
    query, plain, tokens = (table.rows[f"{name}.weight"] for name in ("attention.query", "plain", "tokens"))
    assert (query.role, query.carries_multiplier) == (Role.HIDDEN, True)
    assert query.deviation == pytest.approx(8**-0.5)
    assert (plain.role, plain.carries_multiplier) == (Role.HIDDEN, False)
    assert (tokens.role, tokens.deviation, tokens.carries_multiplier) == (Role.INPUT, 1.0, True)
    assert table.rows["norm.weight"].center == 1.0
    assert table.tied == {}  # the tied readout has a multiplier of its own


def test_a_stated_role_that_the_shapes_deny_is_refused():
    def build(size: Size) -> nn.Module:
        return nn.ModuleList([Linear(3, size.width, Role.HIDDEN)])

    with pytest.raises(ValueError, match="Linear was given the role hidden, but 1 of its dimensions grow"):
        roles(build, BASE, Size(16, 2))


def test_a_table_by_hand_needs_no_shapes():
    row = ParameterRow(Role.HIDDEN, 1.0, 0.0, False, False, "by hand")
    table = RoleTable(BASE, {"a.0.w": row, "a.1.w": replace(row, deviation=3.0)}, {})
    assert "a.*.w      hidden  0       1..3       by hand" in str(table)
    assert table.row("a.7.w").deviation == 3.0


def test_rows_that_are_left_as_made_stay_apart_from_drawn_ones():
    row = ParameterRow(Role.HIDDEN, 1.0, 0.0, False, False, "by hand")
    table = RoleTable(BASE, {"a.0.w": row, "a.1.w": replace(row, deviation=None)}, {})
    assert [line.split()[3] for line in str(table).splitlines()[2:4]] == ["1", "as"]
