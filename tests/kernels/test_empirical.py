"""The dense tangent kernel against whole Jacobians, for modules of every kind and by every route."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels import kernel_tiles, recorded_calls
from spectra.kernels.empirical import empirical_ntk, kernel_routes
from spectra.kernels.operator import tangent_kernel_operator
from tests.kernels import zoo_of_uses
from tests.kernels.called import Called
from tests.kernels.dense_kernels import dense_jacobian
from tests.kernels.infinite_width import NUMBERS, numbers, standard_errors
from tests.kernels.zoo import ZOO, dense_blocks, vectors
from tests.references import relative_error

LOOPED = {"embedding bag", "LSTM", "GRU", "raw", "slopes", "branching", "own function", "bilinear"}
"""Those with operations that vmap has no rule for, or that look at numbers."""


def built(name):
    """A module of the zoo, run once so that lazy layers have weights, and its examples."""
    module, inputs = ZOO[name].build(), ZOO[name].inputs()
    with torch.no_grad():
        module(inputs)
    return module, inputs


pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


@pytest.mark.parametrize("name", ZOO)
def test_kernel_is_the_product_of_jacobians(name):
    module, inputs = built(name)
    assert relative_error(empirical_ntk(module, inputs), dense_blocks(module, inputs)) < 1e-12


@pytest.mark.parametrize("name", ZOO)
def test_few_parameters_take_slow_routes(name):
    module, inputs = built(name)
    found = kernel_routes(module, inputs)
    slower = [parameter for parameter, route in found.routes.items() if route != "gram"]
    assert len(slower) == ZOO[name].slower, found.reasons


@pytest.mark.parametrize("name", ZOO)
def test_loop_is_right_for_everything(name):
    module, inputs = built(name)
    assert relative_error(empirical_ntk(module, inputs, method="loop"), dense_blocks(module, inputs)) < 1e-12


@pytest.mark.parametrize("name", sorted(set(ZOO) - LOOPED))
def test_vectorized_jacobians_give_the_same(name):
    module, inputs = built(name)
    measured = empirical_ntk(module, inputs, inputs[:3], method="jacobian", tile=2)
    assert relative_error(measured, dense_blocks(module, inputs)[:, :3]) < 1e-12


@pytest.mark.parametrize("name", ["convolutions", "tied", "encoder", "raw", "LSTM"])
def test_tiles_change_nothing(name):
    module, inputs = built(name)
    expected = dense_blocks(module, inputs)
    for tile in (1, 2, 3, 5, 100):
        assert relative_error(empirical_ntk(module, inputs, tile=tile), expected) < 1e-14
        assert relative_error(empirical_ntk(module, inputs[1:], inputs[:3], tile=tile), expected[1:, :3]) < 1e-14


@pytest.mark.parametrize("name", ["mlp", "convolutions", "norms", "attention", "tied", "raw", "idle"])
def test_outputs_are_parts_of_the_full_kernel(name):
    module, inputs = built(name)
    full = dense_blocks(module, inputs)
    of_outputs = full.diagonal(dim1=2, dim2=3)
    assert_close(empirical_ntk(module, inputs, outputs="diagonal"), of_outputs)
    assert_close(empirical_ntk(module, inputs, outputs="trace"), of_outputs.mean(2))
    assert_close(empirical_ntk(module, inputs, outputs=0), full[:, :, 0, 0])
    assert_close(empirical_ntk(module, inputs, outputs="sum_of_logits"), full.sum((2, 3)) / full.shape[2])


def test_many_outputs_are_taken_a_few_at_a_time(monkeypatch):
    module, inputs = built("mlp")
    of_outputs = dense_blocks(module, inputs).diagonal(dim1=2, dim2=3)
    monkeypatch.setattr(kernel_tiles, "KEPT", 2**14)
    assert_close(empirical_ntk(module, inputs, outputs="diagonal"), of_outputs)
    assert_close(empirical_ntk(module, inputs, inputs, outputs="trace"), of_outputs.mean(2))
    assert_close(empirical_ntk(module, inputs), dense_blocks(module, inputs))


@pytest.mark.parametrize(
    "name", ["mlp", "convolutions", "transposed", "norms", "embedding", "tied", "raw", "tangent", "LSTM"]
)
def test_parameter_weights_are_the_diagonal_between_the_jacobians(name):
    module, inputs = built(name)
    sizes = {key: value.numel() for key, value in module.named_parameters()}
    flat = torch.rand(sum(sizes.values()))
    expected = dense_blocks(module, inputs, diagonal=flat)
    assert relative_error(empirical_ntk(module, inputs, weights=flat), expected) < 1e-12
    assert relative_error(empirical_ntk(module, inputs, inputs[:2], weights=flat, tile=2), expected[:, :2]) < 1e-12
    numbers = {key: place + 0.5 for place, key in enumerate(sizes)}
    repeated = torch.cat([torch.full((size,), numbers[key]) for key, size in sizes.items()])
    expected = dense_blocks(module, inputs, diagonal=repeated)
    assert relative_error(empirical_ntk(module, inputs, weights=numbers), expected) < 1e-12


def test_layers_add_up_and_each_is_the_kernel_of_its_parameters():
    module, inputs = built("attention")
    layers = empirical_ntk(module, inputs, per_layer=True)
    assert set(layers) == {"norm", "mix", "back", "last"}
    assert_close(sum(layers.values()), dense_blocks(module, inputs))
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name.startswith("mix"))
    assert_close(layers["mix"], dense_blocks(module, inputs))


def test_kernel_between_two_modules_has_the_first_one_on_the_left():
    module, inputs = built("mlp")
    other = nn.Sequential(module[0], nn.ReLU(), module[2], nn.Sigmoid(), module[4])
    one, two = (dense_jacobian(*given).unflatten(0, (-1, 3)) for given in ((module, inputs), (other, inputs[:3])))
    expected = torch.einsum("nop,mqp->nmoq", one, two)
    assert_close(empirical_ntk(module, inputs, inputs[:3], module2=other), expected)
    assert_close(empirical_ntk(module, inputs, module2=other)[:, :3], expected)


def test_matrix_in_flat_order_is_that_of_the_operator():
    module, inputs = built("attention")
    kernel = empirical_ntk(module, inputs)
    matrix = kernel.transpose(1, 2).reshape(15, 15)
    assert matrix.data_ptr() == kernel.data_ptr()
    assert torch.equal(matrix, matrix.T)
    assert_close(matrix, tangent_kernel_operator(module, inputs).dense())


def test_single_precision_is_summed_in_double():
    module, inputs = built("mlp")
    exact = empirical_ntk(module, inputs.repeat(4, 1))
    found = empirical_ntk(module.float(), inputs.repeat(4, 1).float())
    assert found.dtype == torch.float64
    assert relative_error(found, exact) < 1e-6
    # 20 examples, of which 15 are copies: a kernel in single precision would have eigenvalues of -1e-7.
    values = torch.linalg.eigvalsh(found.transpose(1, 2).reshape(60, 60))
    assert values[0] > -1e-14 * values[-1]


@pytest.mark.parametrize("name", ["mlp", "convolutions", "attention", "norms", "encoder"])
def test_products_in_single_precision_err_no_more_than_its_derivatives(name):
    module, inputs = built(name)
    exact = empirical_ntk(module, inputs)
    module, inputs = module.float(), inputs.float()
    found = empirical_ntk(module, inputs, accumulate=torch.float32)
    assert found.dtype == torch.float32
    of_derivatives = relative_error(empirical_ntk(module, inputs), exact)
    assert relative_error(found, exact) < 2 * of_derivatives + 2**-24  # and the rounding of what is returned


def test_mean_over_networks_is_the_infinitely_wide_one():
    """Weights in the parametrization of torch have the step sizes variance / inputs in that of the limit."""
    width, inputs = 256, torch.tensor(NUMBERS["X"])
    case = next(case for case in NUMBERS["mlp"] if (case["activation"], case["b_var"]) == ("relu", "0.0625"))
    assert (case["hidden_layers"], case["W_var"]) == (1, "2.25")
    found = []
    for _ in range(100):
        module = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 1))
        sizes = {}
        for layer, place in ((module[0], "0"), (module[2], "2")):
            sizes |= {f"{place}.weight": 2.25 / layer.in_features, f"{place}.bias": 0.0625}
            nn.init.normal_(layer.weight, std=sizes[f"{place}.weight"] ** 0.5)
            nn.init.normal_(layer.bias, std=0.25)
        found.append(empirical_ntk(module, inputs, outputs="trace", weights=sizes))
    assert standard_errors(torch.stack(found), numbers(case["ntk"])).max() < 4


def test_modules_without_a_common_parameter_have_no_kernel_between_them():
    module = zoo_of_uses.idle()
    other = Called(lambda self, inputs: self.second(inputs)[:, 0], first=module.first, second=module.second)
    assert not empirical_ntk(module, vectors(), module2=other).any()
    assert empirical_ntk(module, vectors(), module2=other, per_layer=True) == {}


def test_calls_that_cannot_be_recorded_take_the_next_route(monkeypatch):
    def refusing(_):
        raise RuntimeError("this tensor has no edge")

    module, inputs = built("mlp")
    monkeypatch.setattr(recorded_calls, "get_gradient_edge", refusing)
    found = kernel_routes(module, inputs)
    assert set(found.routes.values()) == {"jacobian"}
    assert all("this tensor has no edge" in reason for reason in found.reasons.values())
    assert_close(empirical_ntk(module, inputs), dense_blocks(module, inputs))
