"""Sizes, settings and examples for which there is no network."""

import pytest
import torch

from spectra.models import GPT, MLP, MODELS, ConvResNet, VisionTransformer
from tests.models.specs import drawn


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ConvResNet(4, 4), "depth of 4 .* such as 3 or 6"),
        (lambda: GPT(30, 2, heads=4), "width of 30 cannot be cut into 4 heads.*28 and 32"),
        (lambda: VisionTransformer(3, 2, heads=4), "width of 3 .* nearest widths that can are 4"),
        (lambda: VisionTransformer(8, 3), "depth of 3 .* two, attention and perceptron.*such as 2 and 4"),
        (lambda: GPT(8, 2, tied=True, zero_readout=True), "set tied or zero_readout to false"),
        (lambda: ConvResNet(4, 3).build(64, 10), r"conv_resnet reads images .* has the shape \(64,\); choose data"),
        (lambda: VisionTransformer(8, 2).build((8, 8), 10), r"vision_transformer reads images .* \(8, 8\)"),
        (lambda: VisionTransformer(8, 2, patch=3).build((1, 8, 4), 10), "3 x 3 do not divide .* patch = 1, 2, 4"),
        (lambda: GPT(8, 2).build((1, 8, 8), 10), r"gpt reads token ids .* \(1, 8, 8\); choose data that are text"),
        (lambda: MLP(4).build((3, 0), 10), r"cannot have the shape \(3, 0\)"),
    ],
)
def test_impossible_sizes_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("given", [(5, 64), (5, 8, 8), (5, 1, 4, 16)])
def test_examples_of_another_shape_are_refused(given):
    with pytest.raises(ValueError, match=r"examples of shape \(1, 8, 8\); pass \(N, 1, 8, 8\)"):
        drawn(MLP(4), (1, 8, 8)).module(torch.zeros(given))


@pytest.mark.parametrize("side", [4, 10, 16])
def test_images_of_another_size_are_refused_by_vision_transformers(side):
    # Smaller ones had the positions of the wrong places.
    with pytest.raises(ValueError, match=r"examples of shape \(1, 8, 8\)"):
        drawn(VisionTransformer(8, 2), (1, 8, 8)).module(torch.zeros(2, 1, side, side))


def test_token_ids_are_refused_by_perceptrons():
    with pytest.raises(TypeError, match="token ids are for the model gpt"):
        drawn(MLP(4), (3,)).module(torch.zeros(2, 3, dtype=torch.int64))


@pytest.mark.parametrize(
    "fields", [{"width": 0}, {"width": 4, "depth": -1}, {"width": 4, "activation": "sine"}, {"widht": 4}]
)
@pytest.mark.parametrize("name", MODELS)
def test_impossible_models_are_refused(name, fields):
    with pytest.raises((ValueError, TypeError)):
        MODELS[name](**fields)
