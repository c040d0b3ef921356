import pytest
import torch

from spectra.models import MODELS, ModelSpec, ResidualMLP
from spectra.scaling import Size, parameterize, regime


@pytest.mark.parametrize("name", MODELS)
def test_every_model_maps_inputs_to_outputs(name):
    spec = MODELS[name](width=8, depth=2)
    assert isinstance(spec, ModelSpec)
    assert spec.kind == name
    assert spec.size == Size(8, 2)
    model = spec.build(5, 3)
    parameterize(model, regime("mup", base=Size(4, 2)), spec.size, torch.Generator().manual_seed(0))
    assert model(torch.randn(7, 5)).shape == (7, 3)


def test_the_residual_mlp_is_its_formula():
    model = ResidualMLP(6, depth=2, activation="tanh").build(4, 3)
    parameterize(model, regime("standard", base=Size(6, 2)), Size(6, 2), torch.Generator().manual_seed(0))
    first, one, two, last = [parameter for _, parameter in model.named_parameters()]
    inputs = torch.randn(5, 4)
    stream = inputs @ first.T
    for matrix in (one, two):
        stream = stream + stream.tanh() @ matrix.T
    torch.testing.assert_close(model(inputs), stream.tanh() @ last.T)


@pytest.mark.parametrize(
    "fields", [{"width": 0}, {"width": 4, "depth": -1}, {"width": 4, "activation": "sine"}, {"widht": 4}]
)
def test_impossible_models_are_refused(fields):
    with pytest.raises((ValueError, TypeError)):
        ResidualMLP(**fields)
