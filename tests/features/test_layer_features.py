import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.features import layer_features, layer_names
from spectra.models import MLP, ConvResNet


def network():
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(inplace=True), nn.Linear(6, 3))


def test_features_are_what_the_layers_return_also_before_an_operation_in_place():
    module, inputs = network(), torch.randn(5, 4)
    found = layer_features(module, inputs, ["0", "1", "2"])
    assert list(found) == ["0", "1", "2"]
    assert_close(found["0"], module[0](inputs))
    assert bool((found["0"] < 0).any())
    assert_close(found["1"], module[0](inputs).relu())
    assert_close(found["2"], module(inputs))
    assert not found["2"].requires_grad


def test_images_are_flattened_and_hooks_are_taken_off():
    module = ConvResNet(4).build((1, 8, 8), 10)
    name = layer_names(module, ["*"])[0]
    assert layer_features(module, torch.randn(3, 1, 8, 8), [name])[name].shape[0] == 3
    assert not any(part._forward_hooks for part in module.modules())


def test_a_star_stands_for_one_part_of_a_name():
    assert layer_names(MLP(4, depth=3).build(5, 2), ["blocks.*", "embed"]) == [
        "embed",
        "blocks.0",
        "blocks.1",
        "blocks.2",
    ]


def test_without_patterns_activations_are_meant():
    assert layer_names(MLP(4, depth=2).build(5, 2)) == ["blocks.0.activation_1", "blocks.1.activation_1", "activation"]
    with pytest.raises(ValueError, match="no activation among its parts; name layers: 0"):
        layer_names(nn.Sequential(nn.Linear(2, 2)))


def test_what_cannot_be_done_is_said():
    module, inputs = network(), torch.randn(5, 4)
    with pytest.raises(ValueError, match=r"no layer of the module fits 'x\.\*'; it has 0, 1, 2"):
        layer_names(module, ["x.*"])
    with pytest.raises(ValueError, match="has no layer 7; it has 0, 1, 2"):
        layer_features(module, inputs, ["7"])
    shared = nn.ReLU()
    with pytest.raises(ValueError, match="called 2 times"):
        layer_features(nn.Sequential(nn.Linear(4, 4), shared, nn.Linear(4, 4), shared), inputs, ["1"])
    with pytest.raises(ValueError, match="in training mode"):
        layer_features(nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)), inputs, ["0"])
    with pytest.raises(ValueError, match="returned tuple"):
        layer_features(nn.Sequential(nn.LSTM(4, 4)), inputs, ["0"])


def test_layers_are_names_in_a_list():
    module, inputs = network(), torch.randn(5, 4)
    with pytest.raises(TypeError, match=r"the string '10' .* pass a list of names: \['10'\]"):
        layer_features(module, inputs, "10")
    with pytest.raises(TypeError, match="a list of ReLU was given in place of layers"):
        layer_features(module, inputs, [module[1]])
    with pytest.raises(ValueError, match="layers are empty; pass the name of one or more of 0, 1, 2"):
        layer_features(module, inputs, [])
    with pytest.raises(TypeError, match=r"the string '\*' .* pass a list"):
        layer_names(module, "*")


def test_inputs_that_the_module_cannot_read_are_refused():
    module, inputs = network(), torch.randn(5, 4)
    inputs[1, 2] = torch.nan
    for given, message in (
        (inputs, "1 of the 20 numbers of the inputs is not finite"),
        (torch.ones(5, 4).float(), r"inputs are torch\.float32 .* the weights torch\.float64"),
        (torch.ones(5, 4).long(), r"first example, torch\.int64 .* if they are no tokens, convert them"),
        (torch.ones(5, 3), r"cannot read the first example, torch\.float64 of shape \(1, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            layer_features(module, given, ["0"])
    tokens = nn.Sequential(nn.Embedding(7, 3), nn.ReLU())
    assert layer_features(tokens, torch.arange(4), ["0"])["0"].shape == (4, 3)
