"""Modules and weights that are no function of one vector."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.objectives.network import flatten


def test_a_module_without_trainable_weights_is_refused():
    with pytest.raises(ValueError, match="requires a gradient"):
        flatten(nn.Linear(2, 2).requires_grad_(False))


def test_weights_of_two_kinds_are_refused():
    with pytest.raises(ValueError, match="several kinds"):
        flatten(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).float()))


def test_complex_weights_are_refused():
    with pytest.raises(ValueError, match="real ones"):
        flatten(nn.Linear(2, 2, dtype=torch.complex128))


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(2), nn.Dropout(0.1), nn.RReLU()])
def test_layers_whose_loss_is_no_function_of_the_weights_are_refused(layer):
    module = nn.Sequential(nn.Linear(2, 2), layer)
    with pytest.raises(ValueError, match=r"module\.eval\(\)"):
        flatten(module)
    weights, network = flatten(module.eval())
    module.train()  # a mode that comes back later is seen as well
    with pytest.raises(ValueError, match=r"module\.eval\(\)"):
        network(weights, torch.zeros(3, 2))


def test_statistics_of_the_batch_are_refused_also_in_evaluation_mode():
    module = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2, track_running_stats=False)).eval()
    with pytest.raises(ValueError, match="batch normalization of 1 keeps no statistics"):
        flatten(module)


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, inputs):
        return nn.functional.dropout(self.layer(inputs), 0.5, self.training)


def test_chance_inside_a_forward_pass_is_refused():
    module = Masked()
    weights, network = flatten(module)
    state = torch.get_rng_state()
    with pytest.raises(ValueError, match="draws random numbers"):
        network(weights, torch.ones(3, 2))
    assert torch.equal(torch.get_rng_state(), state)
    module.eval()
    assert_close(network(weights, torch.ones(3, 2)), module(torch.ones(3, 2)))


def test_weights_of_another_size_are_refused():
    weights, network = flatten(nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"needs \(6,\)"):
        network(weights[:-1], torch.zeros(3, 2))


def test_a_missing_name_is_refused():
    _, network = flatten(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="bias"):
        network.flat({"weight": torch.zeros(2, 2)})


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)), ValueError, "_SpectralNorm.*eval"),
        (nn.utils.spectral_norm(nn.Linear(3, 2)), ValueError, "eval"),
        (nn.Sequential(nn.Embedding(3, 2, sparse=True)), ValueError, "embedding 0 has sparse"),
        (nn.Sequential(nn.Embedding(3, 2, max_norm=1.0)), ValueError, "max_norm=None"),
        ({"weight": torch.ones(2)}, TypeError, "a dict was given"),
        (nn.ParameterDict({"edges": nn.Parameter(torch.eye(2).to_sparse())}), ValueError, "edges are sparse"),
        (nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).half()), ValueError, r"module\.float\(\)"),
    ],
)
def test_modules_without_a_second_derivative_are_refused(module, error, message):
    with pytest.raises(error, match=message):
        flatten(module)


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_lazy_layers_are_refused():
    with pytest.raises(ValueError, match="lazy layers"):
        flatten(nn.LazyLinear(2))


@pytest.mark.parametrize("weights", [[1.0] * 8, torch.ones(8, dtype=torch.int64)])
def test_weights_must_be_real_numbers(weights):
    _, network = flatten(nn.Linear(3, 2))
    with pytest.raises(TypeError, match="vector of real numbers"):
        network(weights, torch.ones(1, 3))


@pytest.mark.parametrize("part", ["0", "1", ""])
def test_modules_without_numbers_are_refused(part):
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval().requires_grad_(False)
    module[0].requires_grad_()
    module.get_submodule(part).to("meta")
    with pytest.raises(ValueError, match="meta device"):
        flatten(module)
