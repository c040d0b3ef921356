"""What can be differentiated twice, and what must be refused because torch would be silently wrong."""

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close
from torch.utils.checkpoint import checkpoint

from spectra.objectives import Objective, flatten, squared_error
from spectra.objectives.objective_of import objective_of
from spectra.operators import gauss_newton, hessian
from spectra.operators.asymmetry import asymmetry
from tests.networks import mlp
from tests.references import relative_error


class Once(Function):
    """tanh as a custom kernel, whose author marked its backward pass."""

    @staticmethod
    def forward(ctx, inputs):
        ctx.save_for_backward(inputs)
        return inputs.tanh()

    @staticmethod
    @once_differentiable
    def backward(ctx, cotangent):
        return cotangent * (1 - ctx.saved_tensors[0].tanh() ** 2)


class Kernel(Once):
    """tanh as a custom kernel that writes to memory that autograd does not see."""

    @staticmethod
    def backward(ctx, cotangent):
        slope = torch.empty_like(cotangent)
        slope.data.copy_((cotangent * (1 - ctx.saved_tensors[0].tanh() ** 2)).data)
        return slope


class Smooth(Once):
    """tanh as a custom function that can be differentiated twice."""

    @staticmethod
    def backward(ctx, cotangent):
        return cotangent * (1 - ctx.saved_tensors[0].tanh() ** 2)


class Apply(nn.Module):
    """A plain function of the inputs and a linear layer."""

    def __init__(self, function, width: int = 4, layer: nn.Module | None = None) -> None:
        super().__init__()
        self.layer, self.function = nn.Linear(width, width) if layer is None else layer, function

    def forward(self, inputs: Tensor) -> Tensor:
        return self.function(self.layer, inputs)


def objective_with(function, **how) -> tuple[Objective, Tensor]:
    weights, network = flatten(Apply(function, **how).eval())
    inputs = torch.randn(6, 5, 4) if how else torch.randn(6, 4)
    return Objective(network, squared_error, [(inputs, torch.randn_like(inputs))]), weights


def attend(layer, inputs):
    states = layer(inputs)[:, None]
    return scaled_dot_product_attention(states, states, states)[:, 0]


MODULES = {
    "scaled_dot_product_attention": lambda: Apply(attend),
    "multihead attention": lambda: Apply(
        lambda layer, x: layer(x, x, x, need_weights=False)[0], layer=nn.MultiheadAttention(4, 2, batch_first=True)
    ),
    "encoder": lambda: nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, activation="gelu"), 2, enable_nested_tensor=False
    ),
    "recurrent": lambda: Apply(lambda layer, x: layer(x)[0], layer=nn.LSTM(4, 4, batch_first=True)),
}


@pytest.mark.parametrize("kind", MODULES)
def test_modules_of_torch_have_the_hessian_that_their_gradients_have(kind):
    weights, network = flatten(MODULES[kind]().eval())
    objective = Objective(network, squared_error, [(torch.randn(3, 5, 4), torch.randn(3, 5, 4))])
    operator, direction = hessian(objective, weights), torch.randn(len(weights))
    assert asymmetry(operator) < 1e-14
    rough = hessian(objective, weights, method="finite_difference")
    assert relative_error(rough @ direction, operator @ direction) < max(3 * rough.error, 1e-8)


def test_padded_sequences_through_a_partly_frozen_encoder():
    """On torch's fast path the frozen layer would hand nested tensors to one that trains, which takes none."""
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, activation="gelu")
    padding = torch.zeros(3, 5).bool()
    padding[0, 3:] = True
    module = Apply(lambda encoder, x: encoder(x, src_key_padding_mask=padding), layer=nn.TransformerEncoder(layer, 2))
    module.layer.layers[0].requires_grad_(False)
    weights, network = flatten(module.eval())
    objective = Objective(network, squared_error, [(torch.randn(3, 5, 4), torch.randn(3, 5, 4))])
    assert asymmetry(hessian(objective, weights)) < 1e-14
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.mark.parametrize("function", [Once, Kernel])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("operator", [hessian, gauss_newton])
def test_custom_functions_that_drop_the_graph_are_refused(function, last, operator):
    """torch alone returns a Hessian from which everything that passes through the function is missing."""

    def forward(layer, x):
        return function.apply(layer(x)) if last else layer(x + function.apply(layer(x)))

    objective, weights = objective_with(forward)
    with pytest.raises(NotImplementedError, match=rf"{function.__name__}Backward .* method=\"finite_difference\""):
        operator(objective, weights)


def test_a_custom_function_that_drops_the_graph_is_found_under_a_loss_that_is_linear_in_it():
    weights, objective = objective_of(
        Apply(lambda layer, x: Once.apply(layer(x))), lambda module, x: (module(x).sum(), len(x)), [torch.randn(6, 4)]
    )
    with pytest.raises(NotImplementedError, match="OnceBackward"):
        hessian(objective, weights)


@pytest.mark.parametrize("operator", [hessian, gauss_newton])
def test_custom_functions_that_keep_the_graph_are_measured(operator):
    torch.manual_seed(1)
    custom, weights = objective_with(lambda layer, x: Smooth.apply(layer(Smooth.apply(layer(x)))))
    torch.manual_seed(1)
    plain, _ = objective_with(lambda layer, x: layer(layer(x).tanh()).tanh())
    assert_close(operator(custom, weights).dense(), operator(plain, weights).dense(), rtol=0, atol=1e-14)


def test_an_operation_without_second_derivative_says_what_to_do_and_why():
    objective, weights = objective_with(lambda layer, x: torch.cdist(layer(x), x, p=1.5) @ x)
    operator = hessian(objective, weights)
    with pytest.raises(NotImplementedError, match=r"_cdist_backward.* method=\"finite_difference\"") as caught:
        operator @ weights
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize("method", ["exact", "finite_difference"])
def test_checkpointed_networks_are_refused_since_they_recompute_with_other_weights(method):
    objective, weights = objective_with(lambda layer, x: checkpoint(lambda h: layer(h).tanh(), x, use_reentrant=False))
    with pytest.raises(ValueError, match="checkpointing"):
        hessian(objective, weights, method=method)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("method", ["exact", "finite_difference"])
def test_the_mode_of_the_caller_does_not_matter(mode, method):
    weights, network = flatten(mlp())
    objective = Objective(network, squared_error, [(torch.randn(6, 4), torch.randn(6, 3))])
    expected = hessian(objective, weights, method=method) @ weights
    with mode():
        measured = hessian(objective, weights, method=method) @ weights
    assert torch.equal(measured, expected)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("method", ["exact", "finite_difference", "auto"])
def test_a_forward_pass_without_gradients_is_refused(mode, method):
    def forward(layer, x):
        with mode():
            return layer(x)

    objective, weights = objective_with(forward)
    with pytest.raises(ValueError, match="does not depend on the weights"):
        hessian(objective, weights, method=method)


@pytest.mark.parametrize("dim", [0, 1, None])
def test_normalised_weights_have_the_right_hessian(dim):
    # The fused normalization of torch 2.13 has a wrong second derivative: 0.93 relative error for one layer.
    module = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3), dim=dim)
    weights, network = flatten(module)
    objective = Objective(network, squared_error, [(torch.randn(6, 4), torch.randn(6, 3))])
    exact, differences = (hessian(objective, weights, method=way).dense() for way in ("exact", "finite_difference"))
    assert_close(exact, differences, rtol=1e-6, atol=1e-7)
