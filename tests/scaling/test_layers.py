import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, hessian, jacfwd, jacrev, jvp
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close

from spectra.scaling.attention import Attention
from spectra.scaling.embedding import ClassToken, Embedding, Positions, TiedReadout
from spectra.scaling.layers import Convolution, Drawn, Linear, ScaledLayer
from spectra.scaling.norms import LayerNorm, RMSNorm
from spectra.scaling.rules import Role

# What torch itself says when it first differentiates forward, whatever the network is.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

LAYERS: dict[str, nn.Module] = {
    "linear": Linear(3, 4, Role.HIDDEN, bias=True, gain=0.5),
    "readout": Linear(3, 4, Role.OUTPUT, bias=True),
    "convolution": Convolution(3, 4, Role.INPUT, kernel=5, bias=True),
    "embedding": Embedding(7, 4),
    "positions": Positions(6, 4),
    "class token": ClassToken(4),
    "layer norm": LayerNorm(4),
    "rms norm": RMSNorm(4),
}


def random(layer: nn.Module) -> nn.Module:
    """The layer with normal weights and a multiplier that is not one."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    for part in layer.modules():
        if hasattr(part, "multiplier"):
            part.multiplier = 0.7
    return layer


def weights(layer: nn.Module) -> list[torch.Tensor]:
    return [parameter.detach() for parameter in layer.parameters()]


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_describes_all_of_its_parameters_in_order(name):
    layer = LAYERS[name]
    assert isinstance(layer, ScaledLayer)
    assert list(layer.drawn()) == [local for local, _ in layer.named_parameters()]
    assert layer.drawn()["weight"].role is layer.role
    assert (layer.drawn()["weight"].gain, layer.multiplier) == (layer.gain, 1.0)


def test_starts_follow_the_roles():
    assert LAYERS["linear"].drawn() == {"weight": Drawn(Role.HIDDEN, 3, 0.5), "bias": Drawn(Role.VECTOR, 1, 0.0)}
    assert LAYERS["readout"].drawn()["bias"] == Drawn(Role.FIXED, 1, 0.0)
    assert LAYERS["convolution"].drawn()["weight"] == Drawn(Role.INPUT, 75, 1.0)
    assert LAYERS["embedding"].drawn() == {"weight": Drawn(Role.INPUT, 1, 1.0)}
    assert LAYERS["layer norm"].drawn() == {
        "weight": Drawn(Role.VECTOR, 1, 0.0, 1.0),
        "bias": Drawn(Role.VECTOR, 1, 0.0),
    }
    assert TiedReadout(Embedding(7, 4)).replaced() == Drawn(Role.OUTPUT, 4, 1.0)


@pytest.mark.parametrize("leading", [(), (5,), (2, 5)])
def test_a_linear_layer_maps_the_last_dimension(leading):
    layer, inputs = random(Linear(3, 4, Role.HIDDEN, bias=True)), torch.randn(*leading, 3)
    weight, bias = weights(layer)
    assert_close(layer(inputs), 0.7 * inputs @ weight.T + bias)


@pytest.mark.parametrize(("kernel", "stride", "side"), [(3, 1, 6), (3, 2, 3), (5, 1, 6), (1, 2, 3)])
def test_a_convolution_is_that_of_torch_with_padding(kernel, stride, side):
    layer = random(Convolution(2, 3, Role.HIDDEN, kernel=kernel, stride=stride, bias=True))
    truth, images = nn.Conv2d(2, 3, kernel, stride, kernel // 2), torch.randn(4, 2, 6, 6)
    truth.load_state_dict({"weight": 0.7 * layer.weight.detach(), "bias": layer.bias.detach()})
    assert layer(images).shape == (4, 3, side, side)
    assert_close(layer(images), truth(images))


def test_an_embedding_is_a_product_with_one_hot_vectors():
    layer, tokens = random(Embedding(7, 4)), torch.randint(7, (2, 5))
    assert_close(layer(tokens), 0.7 * nn.functional.one_hot(tokens, 7).to(torch.float64) @ layer.weight)


def test_positions_are_added_and_a_class_token_is_put_before():
    positions, token, stream = random(Positions(6, 4)), random(ClassToken(4)), torch.randn(2, 5, 4)
    assert_close(positions(stream), stream + 0.7 * positions.weight[:5])
    longer = token(stream)
    assert_close(longer[:, 1:], stream)
    assert_close(longer[:, 0], (0.7 * token.weight).expand(2, 4))


@pytest.mark.parametrize("bias", [False, True])
def test_a_layer_norm_is_that_of_torch(bias):
    layer, truth = random(LayerNorm(4, bias=bias)), nn.LayerNorm(4, bias=bias)
    truth.load_state_dict(layer.state_dict() | {"weight": 0.7 * layer.weight.detach()})
    inputs = torch.randn(2, 5, 4)
    assert_close(layer(inputs), truth(inputs))


def test_an_rms_norm_is_that_of_torch():
    layer, truth, inputs = random(RMSNorm(4)), nn.RMSNorm(4, eps=1e-5), torch.randn(2, 5, 4)
    truth.load_state_dict({"weight": 0.7 * layer.weight.detach()})
    assert_close(layer(inputs), truth(inputs))


@pytest.mark.parametrize("norm", [LayerNorm, RMSNorm])
def test_a_norm_of_channels_is_one_of_moved_channels(norm):
    last, first, images = random(norm(4)), norm(4, dim=-3), torch.randn(2, 4, 3, 5)
    first.load_state_dict(last.state_dict())
    first.multiplier = last.multiplier
    assert_close(first(images), last(images.movedim(1, -1)).movedim(-1, 1))


@pytest.mark.parametrize("norm", [LayerNorm(3), RMSNorm(3), LayerNorm(3, dim=-2)])
def test_norms_have_derivatives_in_every_mode(norm):
    point = torch.randn(3, 3)
    random(norm)

    def value(inputs):
        return norm(inputs).pow(3).sum()

    reverse, forward = jacrev(jacrev(value))(point), jacfwd(jacfwd(value))(point)
    assert_close(forward, reverse)
    assert_close(hessian(value)(point), reverse)
    assert torch.autograd.gradgradcheck(norm, point.requires_grad_())


def test_a_norm_of_a_constant_vector_is_finite_with_its_gradient():
    inputs = torch.ones(2, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(LayerNorm(4)(inputs).square().sum(), inputs)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_that_of_torch(causal):
    layer, stream = random(Attention(6, 2, causal=causal, bias=True)), torch.randn(3, 5, 6)
    heads = [part(stream).unflatten(-1, (2, 3)).transpose(1, 2) for part in (layer.query, layer.key, layer.value)]
    mixed = scaled_dot_product_attention(*heads, is_causal=causal, scale=0.7 / 3**0.5)
    assert_close(layer(stream), layer.out(mixed.transpose(1, 2).flatten(2)))


def test_attention_shows_its_logits_to_a_hook():
    layer, stream, seen = random(Attention(6, 2, causal=True)), torch.randn(3, 5, 6), []
    layer.logits.register_forward_hook(lambda module, inputs, outputs: seen.append(outputs))
    layer(stream)
    one, two = (part(stream).unflatten(-1, (2, 3)) for part in (layer.query, layer.key))
    assert_close(seen[0], 0.7 * torch.einsum("nthd,nshd->nhts", one, two) / 3**0.5)


@pytest.mark.parametrize("causal", [False, True])
def test_attention_has_derivatives_in_every_mode(causal):
    layer, stream = random(Attention(4, 2, causal=causal)), torch.randn(1, 3, 4)
    tangent = torch.randn_like(stream)
    _, forward = jvp(layer, (stream,), (tangent,))
    step = 1e-6 * tangent
    assert_close(forward, (layer(stream + step) - layer(stream - step)) / 2e-6, rtol=1e-6, atol=1e-8)
    assert torch.autograd.gradgradcheck(layer, stream.requires_grad_())


def test_zero_queries_attend_to_all_places_alike():
    layer, stream = random(Attention(4, 2, zero_queries=True)), torch.randn(2, 3, 4)
    assert layer.query.drawn()["weight"].gain == 0
    with torch.no_grad():
        layer.query.weight.zero_()
    assert_close(layer(stream), layer.out(layer.value(stream).mean(1, keepdim=True)).expand(2, 3, 4))


def test_a_tied_tensor_has_two_owners_and_one_value():
    network = nn.ModuleDict({"embed": random(Embedding(5, 3))})
    network["readout"] = TiedReadout(network["embed"])
    network["readout"].multiplier = 0.2
    assert [name for name, _ in network.named_parameters()] == ["embed.weight"]
    both = [name for name, _ in network.named_parameters(remove_duplicate=False)]
    assert both == ["embed.weight", "readout.weight"]
    twin = copy.deepcopy(network)
    assert twin["readout"].weight is twin["embed"].weight
    assert_close(twin["readout"](torch.eye(3)), 0.2 * network["embed"].weight.T)


def test_a_tied_tensor_has_the_sum_of_both_gradients():
    embed, tokens = random(Embedding(5, 3)), torch.randint(5, (2, 4))
    tied, readout = TiedReadout(embed), random(Linear(3, 5, Role.OUTPUT))
    tied.multiplier = readout.multiplier = 0.2

    def gradients(last, *tensors):
        return torch.autograd.grad(last(embed(tokens).tanh()).square().sum(), tensors)

    with torch.no_grad():
        readout.weight.copy_(embed.weight)
    one, two = gradients(readout, embed.weight, readout.weight)
    assert_close(gradients(tied, embed.weight)[0], one + two)


@pytest.mark.parametrize("name", LAYERS)
def test_a_stack_of_weights_is_a_loop_over_them(name):
    layer = random(copy.deepcopy(LAYERS[name]))
    inputs = {"convolution": torch.randn(2, 3, 5, 5), "embedding": torch.randint(7, (2, 5))}.get(name)
    inputs = torch.randn(2, 5, 3 if name in ("linear", "readout") else 4) if inputs is None else inputs
    stacked = {local: torch.randn(3, *tensor.shape) for local, tensor in layer.named_parameters()}
    together = torch.vmap(lambda named: functional_call(layer, named, (inputs,)))(stacked)
    for member in range(3):
        alone = functional_call(layer, {local: stack[member] for local, stack in stacked.items()}, (inputs,))
        assert_close(together[member], alone)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Attention(10, 4), ValueError, "width of 10 cannot be cut into 4 equal heads; use a multiple of 4"),
        (lambda: Embedding(5, 2)(torch.zeros(2, 3)), TypeError, "token ids are integers"),
        (lambda: Positions(3, 2)(torch.zeros(1, 4, 2)), ValueError, r"sequence of 4 .* 3 places.*inputs=\(4,\)"),
    ],
)
def test_impossible_layers_and_inputs_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
