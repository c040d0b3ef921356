import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.models import GPT, MLP, MODELS, ConvResNet, ModelSpec, ResidualMLP, VisionTransformer
from spectra.scaling import Residual, Size, parameterize, regime
from tests.models.specs import FLAT, OUTPUTS, SMOOTH, drawn


def count(spec: ModelSpec, inputs: int | tuple[int, ...], outputs: int) -> int:
    """Number of weights, tied ones once."""
    return sum(tensor.numel() for tensor in spec.build(inputs, outputs).parameters())


def test_every_kind_is_tried():
    assert {spec.kind for spec, _ in SMOOTH.values()} == set(MODELS)


@pytest.mark.parametrize("name", SMOOTH)
def test_every_model_maps_inputs_to_outputs(name):
    spec, shape = SMOOTH[name]
    network = drawn(spec, shape, examples=7)
    assert isinstance(spec, ModelSpec)
    assert MODELS[spec.kind] is type(spec)
    assert spec.size == Size(getattr(spec, "width", 1), getattr(spec, "depth", 1))
    places = shape if spec.kind == "gpt" else ()
    assert network.module(network.inputs).shape == (7, *places, OUTPUTS)


@pytest.mark.parametrize("name", SMOOTH)
def test_depth_counts_residual_branches(name):
    spec, shape = SMOOTH[name]
    branches = [part for part in spec.build(shape, OUTPUTS).modules() if isinstance(part, Residual)]
    without = spec.kind in FLAT or not getattr(spec, "skip", True)
    assert len(branches) == (0 if without else spec.depth)


@pytest.mark.parametrize("name", SMOOTH)
def test_examples_do_not_see_each_other(name):
    network = drawn(*SMOOTH[name])
    singles = [network.module(network.inputs[one : one + 1]) for one in range(4)]
    assert_close(network.module(network.inputs), torch.cat(singles))


def test_the_residual_mlp_is_its_formula():
    model = ResidualMLP(6, depth=2, activation="tanh").build(4, 3)
    parameterize(model, regime("standard", base=Size(6, 2)), Size(6, 2), torch.Generator().manual_seed(0))
    first, one, two, last = [parameter for _, parameter in model.named_parameters()]
    inputs = torch.randn(5, 4)
    stream = inputs @ first.T
    for matrix in (one, two):
        stream = stream + stream.tanh() @ matrix.T
    assert_close(model(inputs), stream.tanh() @ last.T)


def test_a_block_of_several_layers_is_its_formula():
    model = drawn(ResidualMLP(6, 1, "tanh", layers_per_block=3, norm="layer"), (4,)).module
    (block,), inputs = model.blocks, torch.randn(5, 4)
    branch = model.embed(inputs)
    inner = nn.functional.layer_norm(branch, (6,))
    for matrix in (block.branch.layer_1, block.branch.layer_2, block.branch.layer_3):
        inner = inner.tanh() @ matrix.weight.T
    stream = branch + block.multiplier * inner
    assert_close(model(inputs), model.readout(nn.functional.layer_norm(stream, (6,)).tanh()))


def test_the_draws_of_a_residual_mlp_keep_their_order():
    """Stored experiments rest on it: embedding, branches from the first to the last, readout."""
    model = ResidualMLP(8, depth=2).build(5, 3)
    parameterize(model, regime("standard", base=Size(8, 2)), Size(8, 2), torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(3)
    for shape, weight in zip([(8, 5), (8, 8), (8, 8), (3, 8)], model.parameters(), strict=True):
        assert_close(weight.detach(), torch.randn(shape, generator=generator) / shape[1] ** 0.5)


def test_a_plain_perceptron_is_its_formula():
    model = drawn(MLP(6, 2, "tanh", gain=1.5), (2, 3)).module
    inputs = torch.randn(5, 2, 3)
    first, one, two, _ = [parameter for _, parameter in model.named_parameters()]
    hidden = ((inputs.flatten(1) @ first.T).tanh() @ one.T).tanh() @ two.T
    assert_close(model(inputs), model.readout(hidden.tanh()))


def test_a_gain_scales_the_hidden_weights_alone():
    plain, strong = (dict(drawn(MLP(6, 2, gain=gain), (5,)).module.named_parameters()) for gain in (1.0, 1.5))
    for name in plain:
        assert_close(strong[name], plain[name] * (1.5 if name.startswith("blocks") else 1.0))


def test_a_convolutional_network_without_skips_is_its_branches_in_a_row():
    model = drawn(ConvResNet(2, 3, "tanh", skip=False), (1, 8, 8)).module
    images = torch.randn(2, 1, 8, 8)
    stream = model.embed(images)
    for width, stage in zip([2, 4, 8], model.stages, strict=True):
        stream = stage.blocks[0].layer_1(stage.entry(stream).tanh())
        assert stream.shape == (2, width, 16 // width, 16 // width)
    assert_close(model(images), model.readout(stream.tanh().mean((2, 3))))


def test_patches_are_cut_as_a_strided_convolution_reads_them():
    model, images = drawn(VisionTransformer(4, 2, patch=2), (3, 4, 6)).module, torch.randn(2, 3, 4, 6)
    kernel = model.embed.weight.view(4, 3, 2, 2)
    truth = nn.functional.conv2d(images, kernel, stride=2).flatten(2).transpose(1, 2)
    assert_close(model.embed(model.patches(images)), truth)


@pytest.mark.parametrize("pooling", ["mean", "class"])
def test_a_vision_transformer_without_branches_pools_its_patches(pooling):
    model, images = drawn(VisionTransformer(4, 2, patch=2, pooling=pooling), (1, 4, 4)).module, torch.randn(2, 1, 4, 4)
    for part in model.modules():
        if isinstance(part, Residual):
            part.multiplier = 0.0
    stream = model.norm(model.positions(model.token(model.embed(model.patches(images)))))
    seen = stream[:, 0] if pooling == "class" else stream.mean(1)
    assert_close(model(images), model.readout(seen))
    assert model.positions.weight.shape == (4 + (pooling == "class"), 4)


@pytest.mark.parametrize("tied", [False, True])
def test_tokens_do_not_see_later_ones(tied):
    spec = GPT(8, 4, heads=2, tied=tied)
    model, tokens = drawn(spec, (6,)).module, torch.randint(OUTPUTS, (2, 6))
    for place in range(1, 6):
        changed = tokens.clone()
        changed[:, place] = (tokens[:, place] + 1) % OUTPUTS
        difference = (model(changed) - model(tokens)).abs().amax((0, 2))
        assert not difference[:place].any()
        assert (difference[place:] > 0).all()


def test_a_shorter_text_gives_the_same_first_logits():
    network = drawn(GPT(8, 2), (6,))
    assert_close(network.module(network.inputs[:, :4]), network.module(network.inputs)[:, :4])


@pytest.mark.parametrize(
    ("spec", "inputs", "expected"),
    [
        (ResidualMLP(7, 3), 5, 7 * 5 + 3 * 49 + 7 * 4),
        (ResidualMLP(7, 3, layers_per_block=2, bias=True), 5, 7 * 5 + 6 * 49 + 7 * 4 + 7 * 7),
        (ResidualMLP(7, 3, norm="rms", readout_bias=True), (1, 2, 3), 7 * 6 + 3 * 49 + 7 * 4 + 4 * 7 + 4),
        (MLP(7, 2), (5,), 7 * 5 + 2 * 49 + 7 * 4),
        (ConvResNet(3, 6), (2, 8, 8), 9 * (2 * 3 + 2 * 9 * (1 + 4 + 16) + 9 * (2 + 8)) + 12 * 4),
        (VisionTransformer(8, 6, patch=2, norm="none"), (3, 8, 4), 8 * (12 + 8 + 4) + 3 * 12 * 64),
        (VisionTransformer(8, 2, patch=4, pooling="class"), (1, 8, 8), 8 * (16 + 5 + 1 + 4) + 12 * 64 + 8 * 3),
        (GPT(8, 4, bias=True), (6,), 8 * (4 + 6 + 4) + 2 * 12 * 64 + 2 * 8 * 9 + 5 * 16),
        (GPT(8, 4, tied=True, norm="rms", mlp_ratio=2), (6,), 8 * (4 + 6) + 2 * 8 * 64 + 5 * 8),
    ],
)
def test_weights_are_as_many_as_the_formula_says(spec, inputs, expected):
    assert count(spec, inputs, 4) == expected


READOUTS = [
    name for name, (spec, _) in SMOOTH.items() if hasattr(spec, "zero_readout") and not getattr(spec, "tied", False)
]


@pytest.mark.parametrize("name", READOUTS)
def test_a_zero_readout_starts_with_zero_outputs(name):
    spec, shape = SMOOTH[name]
    settings = {field: getattr(spec, field) for field in spec.__dataclass_fields__}
    network = drawn(type(spec)(**settings | {"zero_readout": True}), shape)
    assert not network.module(network.inputs).any()


def test_zero_queries_start_with_zero_logits():
    seen = []
    for spec, shape in [(GPT(8, 4, zero_queries=True), (6,)), (VisionTransformer(8, 2, zero_queries=True), (1, 8, 8))]:
        network = drawn(spec, shape)
        for block in network.module.blocks:
            block.attention.branch.attention.logits.register_forward_hook(lambda part, given, out: seen.append(out))
        network.module(network.inputs)
    assert len(seen) == 2 + 1
    assert not any(logits.any() for logits in seen)


def test_a_tied_readout_starts_as_large_as_one_of_its_own():
    """For tokens that the text does not hold: the vector of one that it holds is a part of the stream."""
    sizes = []
    for tied in (False, True):
        module = drawn(GPT(64, 2, tied=tied), (6,), outputs=400).module
        sizes.append(module(torch.zeros(1, 6, dtype=torch.int64))[..., 1:].detach().square().mean().sqrt())
    assert_close(sizes[0], sizes[1], rtol=0.2, atol=0)
