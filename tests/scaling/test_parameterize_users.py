"""Weights and multipliers that a regime asks for, on networks of users."""

import copy
import pickle
from dataclasses import replace
from math import sqrt

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.models import MLP, ResidualMLP
from spectra.scaling import CATALOG, Role, Size, parameter_groups, parameterize, regime, scaled_parameters
from spectra.scaling.multipliers import Scaled
from spectra.scaling.roles import roles
from tests.scaling.small_runs import DATA, update


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Plain(nn.Module):
    """A user's residual network, from torch's own layers."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.embed = nn.Linear(8, size.width)
        self.blocks = nn.ModuleList(nn.Linear(size.width, size.width) for _ in range(size.depth))
        self.readout = nn.Linear(size.width, 3)

    def forward(self, inputs):
        stream = self.embed(inputs)
        for block in self.blocks:
            stream = stream + block(stream.tanh())
        return self.readout(stream.tanh())


def user_table(**options):
    return roles(Plain, Size(16, 2), Size(32, 4), branches=("blocks.*",), **options)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", CATALOG)
def test_a_users_module_trains_as_ours_does(name, optimizer):
    """The same weights up to shifts: absorbed multipliers and hooks give the trajectory that our layers give."""
    size, plain = Size(64, 4), regime(name, optimizer=optimizer, base=Size(16, 2), richness=1.0)
    table = user_table()
    theirs = Plain(size)
    parameterize(theirs, plain, size, generator(), roles=table)
    ours = ResidualMLP(64, depth=4, activation="tanh", bias=True, readout_bias=True).build(8, 3)
    parameterize(ours, plain, size, generator())
    _copy(theirs, ours, plain, size)
    traces = [_trace(theirs, plain, size, table), _trace(ours, plain, size, None)]
    assert_close(*traces, rtol=1e-11, atol=1e-12)


def _copy(theirs, ours, plain, size) -> None:
    """Give ours the weights of theirs, with what theirs absorbed of the multipliers taken out again."""
    names = dict(zip(dict(theirs.named_parameters()), dict(ours.named_parameters()), strict=True))
    scaled, parameters = scaled_parameters(ours, plain, size), dict(ours.named_parameters())
    with torch.no_grad():
        for name, tensor in theirs.named_parameters():
            is_bias = name.endswith("bias")
            parameters[names[name]].copy_(tensor / (1.0 if is_bias else scaled[names[name]].multiplier))


def _trace(model, plain, size, table) -> torch.Tensor:
    groups = parameter_groups(model, plain, size, rate=0.01, decay=0.1, epsilon=1e-6, roles=table)
    optimizer = torch.optim.SGD(groups, lr=1.0) if plain.optimizer == "sgd" else torch.optim.AdamW(groups, lr=1.0)
    return torch.stack([update(model, optimizer) for _ in range(10)])


def test_at_the_base_size_a_users_module_keeps_the_deviations_of_its_own_initialisation():
    table, model = user_table(), Plain(Size(16, 2))
    parameterize(model, regime("completep", base=Size(16, 2)), Size(16, 2), generator(), roles=table)
    for name, parameter in model.named_parameters():
        assert table.rows[name].deviation == pytest.approx(1 / sqrt(3 * (8 if "embed" in name else 16)), rel=0.6)
        assert float(parameter.detach().std(correction=0)) == pytest.approx(table.rows[name].deviation, rel=0.6)
    assert not any(isinstance(hook, Scaled) for part in model.modules() for hook in part._forward_hooks.values())


def test_what_is_installed_survives_copies_and_pickles_and_is_replaced_by_a_second_call():
    size, table = Size(64, 4), user_table()
    model = Plain(size)
    for name in ("depth_mup", "completep"):
        parameterize(model, regime(name, base=Size(16, 2)), size, generator(), roles=table)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert_close(twin(DATA[0]), model(DATA[0]), rtol=0, atol=0)
        assert [hook.factor for block in twin.blocks for hook in block._forward_hooks.values()] == [0.5] * 4


class Tied(nn.Module):
    """A user's language model whose readout has the tensor of its embedding."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.tokens = nn.Embedding(11, size.width)
        self.mix = nn.Linear(size.width, size.width)
        self.readout = nn.Linear(size.width, 11, bias=False)
        self.readout.weight = self.tokens.weight

    def forward(self, tokens):
        return self.readout(self.mix(self.tokens(tokens)).tanh())


def test_a_tied_readout_gets_its_multiplier_on_the_logits():
    table = roles(Tied, Size(16, 1), Size(32, 1))
    outputs = {}
    for name in ("mup", "standard"):
        model = Tied(Size(256, 1))
        parameterize(model, regime(name, base=Size(16, 1)), Size(256, 1), generator(), roles=table)
        outputs[name] = model(torch.arange(11))
    assert_close(outputs["mup"], outputs["standard"] / 4)  # 1/m against m^-1/2, with m = 16
    assert model.readout.weight is model.tokens.weight


def test_a_residual_factor_without_a_place_is_refused():
    model, table = Plain(Size(32, 8)), replace(user_table(), branches=())
    with pytest.raises(ValueError, match="no module is known to compute one"):
        parameterize(model, regime("completep", base=Size(16, 2)), Size(32, 8), generator(), roles=table)
    parameterize(model, regime("mup", base=Size(16, 2)), Size(32, 8), generator(), roles=table)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"regime": regime("mup", base=Size(32, 2))}, "roles were read at the base"),
        ({"size": Size(8, 2)}, "base width 16 is larger"),
        ({"size": Size(64, 2)}, r"embed.weight has the shape \(32, 8\).*width 64 it would be \(64, 8\)"),
        ({"roles": None}, "do not know their role"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(arguments, message):
    model = Plain(Size(32, 2))
    before = copy.deepcopy(model.state_dict())
    call = {"regime": regime("mup", base=Size(16, 2)), "size": Size(32, 2), "roles": user_table()} | arguments
    with pytest.raises(ValueError, match=message):
        parameterize(model, call["regime"], call["size"], generator(), roles=call["roles"])
    assert_close(model.state_dict(), before, rtol=0, atol=0)


def test_of_a_tuple_the_first_entry_is_multiplied():
    attention, inputs = nn.MultiheadAttention(4, 2), torch.randn(3, 4)
    plain = attention(inputs, inputs, inputs)
    attention.register_forward_hook(Scaled(0.5))
    halved = attention(inputs, inputs, inputs)
    assert_close(halved[0], plain[0] / 2)
    assert_close(halved[1], plain[1])


def test_attention_without_a_place_for_the_factor_is_warned_of():
    model = nn.TransformerEncoderLayer(32, 4, 64)
    table = roles(lambda size: nn.TransformerEncoderLayer(size.width, 4, 2 * size.width), Size(16, 1), Size(32, 1))
    with pytest.warns(UserWarning, match="self_attn.* has no place for it"):
        parameterize(model, regime("mup", base=Size(16, 1)), Size(32, 1), generator(), roles=table)
    parameterize(model, regime("ntk", base=Size(16, 1)), Size(32, 1), generator(), roles=table)


class Compiled(nn.Module):
    """As torch.compile wraps a module."""

    def __init__(self, module):
        super().__init__()
        self._orig_mod = module


@pytest.mark.parametrize("wrap", [Compiled, nn.DataParallel])
def test_the_module_inside_a_wrapper_is_asked_for(wrap):
    with pytest.raises(ValueError, match=r"wrapped, a \w+, .*pass that one, \.(_orig_mod|module)"):
        parameterize(
            wrap(Plain(Size(32, 2))), regime("mup", base=Size(16, 2)), Size(32, 2), generator(), roles=user_table()
        )


def test_a_branch_that_returns_no_tensor_is_named():
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_forward_hook(lambda module, inputs, outputs: {"stream": outputs})
    model[0].register_forward_hook(Scaled(0.5))
    with pytest.raises(TypeError, match="Linear, returns a dict"):
        model(torch.ones(1, 2))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"regime": "mup"}, TypeError, "pass a regime"),
        ({"size": 32}, TypeError, r"Size\(width, depth\)"),
        ({"generator": 0}, TypeError, "0 was given as the generator"),
        ({"roles": {"embed.weight": Role.INPUT}}, TypeError, "a dict was given as roles"),
        ({"module": MLP(64).build(64, 10).to("meta"), "roles": None}, ValueError, "to_empty"),
    ],
)
def test_arguments_of_another_kind_are_refused(arguments, error, message):
    call = {"module": Plain(Size(32, 2)), "regime": regime("mup", base=Size(16, 2)), "size": Size(32, 2)}
    with pytest.raises(error, match=message):
        parameterize(**(call | {"generator": generator(), "roles": user_table()} | arguments))


@pytest.mark.parametrize("frozen", [False, True])
def test_a_row_of_padding_stays_zero_and_a_frozen_one_as_it_is(frozen):
    def build(size):
        embedding = nn.Embedding(5, size.width, padding_idx=2)
        embedding.weight.data[2] = 3.0 * frozen
        return nn.Sequential(embedding.requires_grad_(not frozen), nn.Linear(size.width, 4))

    base, size = Size(4, 1), Size(8, 1)
    module = build(size)
    parameterize(module, regime("mup", base=base), size, generator(), roles=roles(build, base, size))
    assert_close(module[0].weight.detach()[2], torch.full((8,), 3.0 * frozen))
    assert module[0].weight[[0, 1, 3, 4]].ne(0).all()


@pytest.mark.filterwarnings("ignore:DTensor random operators")  # torch 2.6
def test_a_module_that_is_spread_over_processes_is_refused(tmp_path):
    from torch import distributed
    from torch.distributed.tensor import Shard, distribute_tensor

    def build(size):
        return nn.Sequential(nn.Linear(3, size.width), nn.Linear(size.width, 2))

    base, size = Size(4, 1), Size(8, 1)
    table, module = roles(build, base, size), build(size)
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meeting", rank=0, world_size=1)
    try:
        mesh = distributed.device_mesh.init_device_mesh("cpu", (1,))
        module[0].weight = nn.Parameter(distribute_tensor(module[0].weight.detach(), mesh, [Shard(0)]))
        with pytest.raises(ValueError, match=r"0\.weight is spread over processes.* before fully_shard"):
            parameterize(module, regime("mup", base=base), size, generator(), roles=table)
    finally:
        distributed.destroy_process_group()
