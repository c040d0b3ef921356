"""A linearised module: its values, its gradients, its curvature, and how wide networks come near to it."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels.jacobian import jacobian
from spectra.kernels.linearized import linearize
from spectra.kernels.operator import tangent_kernel_operator
from spectra.objectives import Objective, flatten, squared_error
from spectra.operators import gauss_newton, hessian
from tests.kernels.dense_kernels import attention, bag, dense_jacobian, dense_kernel, normalised, recurrent
from tests.networks import Transformer, convolutional, mlp, tokens

ZOO = {
    "mlp": lambda: (mlp(), torch.randn(4, 4)),
    "convolutional": lambda: (convolutional(), torch.randn(4, 2, 6, 6)),
    "tied transformer": lambda: (Transformer(), tokens(4, 3)[0]),
    "batch norm": lambda: (nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2)).eval(), torch.randn(4, 4)),
    "attention": lambda: (attention(), torch.randn(4, 3, 4)),
    "recurrent": lambda: (recurrent(), torch.randn(4, 3, 4)),
    "normalised": lambda: (normalised(), torch.randn(4, 4)),
}


@pytest.mark.parametrize("kind", ZOO)
def test_values_and_gradients_are_those_of_the_taylor_expansion(kind: str):
    module, inputs = ZOO[kind]()
    linear, slopes, start = linearize(module), dense_jacobian(module, inputs), module(inputs).detach()
    assert_close(linear(inputs).detach(), start)
    moved = list(linear.displacement.parameters())
    for parameter in moved:
        nn.init.normal_(parameter)
    displacement = nn.utils.parameters_to_vector(moved).detach()
    outputs = linear(inputs)
    assert_close(outputs.detach(), start + (slopes @ displacement).view_as(start))
    cotangent = torch.randn_like(outputs)
    pulled = torch.autograd.grad(outputs, moved, cotangent)
    assert_close(torch.cat([part.flatten() for part in pulled]), cotangent.flatten() @ slopes)


def test_its_parameters_are_the_displacement_under_the_names_of_the_module():
    module = nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 2)))
    module[0].bias.requires_grad_(False)
    trainable = [name for name, value in linearize(module).named_parameters() if value.requires_grad]
    assert trainable == ["displacement.0.weight", "displacement.1.1.weight", "displacement.1.1.bias"]


def test_its_kernel_is_that_of_the_module_wherever_it_stands():
    module, inputs = mlp(), torch.randn(4, 4)
    linear = linearize(module, include_start=False)
    for parameter in linear.displacement.parameters():
        nn.init.normal_(parameter)
    slopes = _rows(linear, inputs)
    assert_close(slopes @ slopes.T, dense_kernel(module, inputs))
    assert_close(tangent_kernel_operator(linear, inputs).dense(), dense_kernel(module, inputs))
    assert not jacobian(linear, inputs).by_rows


def test_the_hessian_of_its_loss_is_the_gauss_newton_matrix_of_the_module():
    module, inputs, targets = mlp(), torch.randn(6, 4), torch.randn(6, 3)
    linear = linearize(module)
    weights, network = flatten(linear)
    ours = hessian(Objective(network, squared_error, [(inputs, targets)]), weights + 1)
    weights, network = flatten(module)
    theirs = gauss_newton(Objective(network, squared_error, [(inputs, targets)]), weights)
    assert_close(ours.dense(), theirs.dense())


def test_descent_on_it_follows_the_closed_form():
    module, inputs, targets = mlp(), torch.randn(5, 4), torch.randn(5, 3)
    linear, kernel = linearize(module), dense_kernel(module, inputs)
    rate, steps = 0.5 * 15 / float(torch.linalg.eigvalsh(kernel)[-1]), 40
    optimizer = torch.optim.SGD(linear.displacement.parameters(), rate)
    for _ in range(steps):
        optimizer.zero_grad()
        ((linear(inputs) - targets).square().sum() / (2 * 15)).backward()
        optimizer.step()
    factor = torch.linalg.matrix_power(torch.eye(15) - rate / 15 * kernel, steps)
    expected = targets.flatten() + factor @ (module(inputs) - targets).detach().flatten()
    assert_close(linear(inputs).detach().flatten(), expected, rtol=1e-10, atol=1e-12)


def test_buffers_and_the_module_do_not_move():
    module = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2)).eval()
    linear, inputs = linearize(module).train(), torch.randn(8, 4)
    before = {name: value.clone() for name, value in linear.start.state_dict().items()}
    linear(inputs).sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in linear.start.state_dict().items())
    assert all(parameter.grad is None for parameter in [*module.parameters(), *linear.start.parameters()])


def test_without_the_start_the_outputs_begin_at_zero_and_without_gradients_nothing_is_kept():
    module, inputs = mlp(), torch.randn(4, 4)
    with torch.no_grad():
        outputs = linearize(module, include_start=False)(inputs)
    assert not outputs.requires_grad
    assert_close(outputs, torch.zeros(4, 3))


def test_its_state_can_be_saved_and_loaded():
    module, inputs = mlp(), torch.randn(4, 4)
    first, second = linearize(module), linearize(mlp())
    nn.init.normal_(next(first.displacement.parameters()))
    second.load_state_dict(first.state_dict())
    assert_close(second(inputs), first(inputs))


def test_what_cannot_be_linearised_is_refused():
    with pytest.raises(ValueError, match="Dropout"):
        linearize(nn.Sequential(nn.Linear(4, 2), nn.Dropout()))
    with pytest.raises(ValueError, match="no parameter"):
        linearize(nn.Linear(4, 2).requires_grad_(False))
    with pytest.raises(TypeError, match="function"):
        linearize(lambda inputs: inputs)
    with pytest.raises(ValueError, match="lazy layers"):
        linearize(nn.LazyLinear(2))
    with pytest.raises(TypeError, match="returned a tuple"):
        linearize(nn.LSTM(4, 3, batch_first=True))(torch.randn(2, 3, 4))
    with pytest.raises(NotImplementedError, match="_embedding_bag"):
        linearize(bag())(torch.randint(6, (5, 3)))


class _Headed(nn.Module):
    """A layer, and something done to what it makes."""

    def __init__(self, head) -> None:
        super().__init__()
        self.layer, self.head = nn.Linear(4, 2), head

    def forward(self, inputs):
        return self.head(self.layer(inputs))


@pytest.mark.parametrize(
    ("head", "error", "words"),
    [
        (lambda h: (h, h), TypeError, "returned a tuple"),
        (lambda h: {"logits": h}, TypeError, "returned a dict"),
        (lambda h: h.detach(), ValueError, "do not depend on its weights"),
        (lambda h: h.argmax(1), ValueError, "int64, which have no expansion"),
        (lambda h: torch.fft.fft(h), ValueError, "complex128, which have no expansion"),
        (lambda h: h.mean(), ValueError, "one number of all examples"),
        (lambda h: h + torch.randn_like(h), ValueError, "draws random numbers"),
        (lambda h: nn.functional.dropout(h, 0.5, training=True), ValueError, "draws random numbers"),
    ],
)
def test_outputs_without_an_expansion_are_refused(head, error, words: str):
    with pytest.raises(error, match=words):
        linearize(_Headed(head))(torch.randn(3, 4))


def test_statistics_of_the_batch_are_refused():
    module = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2, track_running_stats=False)).eval()
    with pytest.raises(ValueError, match="batch normalization of 1 keeps no statistics"):
        linearize(module)


def _rows(linear: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    parameters = list(linear.displacement.parameters())
    outputs = linear(inputs).flatten()
    found = [torch.autograd.grad(output, parameters, retain_graph=True) for output in outputs]
    return torch.stack([nn.utils.parameters_to_vector(row) for row in found])
