"""What a tangent kernel needs of a module and its examples, and what is said where it is not so."""

import numpy as np
import pytest
import torch
from torch import nn

from spectra.kernels.empirical import empirical_ntk, kernel_routes
from spectra.kernels.operator import tangent_kernel_operator
from spectra.kernels.preconditions import require_finite_kernel
from tests.kernels.called import Called
from tests.kernels.dense_kernels import dense_kernel

KERNELS = [empirical_ntk, tangent_kernel_operator]
EXAMPLES = torch.arange(50, dtype=torch.float64).reshape(10, 5) / 50


@pytest.mark.parametrize("kernel", KERNELS)
def test_numbers_that_are_not_finite_are_counted(kernel):
    broken = EXAMPLES.clone()
    broken[7, 1:3] = torch.tensor([float("nan"), float("inf")])
    with pytest.raises(ValueError, match="2 of the 50 numbers of the inputs are not finite"):
        kernel(nn.Linear(5, 2), broken)
    module = nn.Sequential(nn.Linear(5, 2))
    module[0].weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match=r"1 of the 10 numbers of the parameter 0\.weight is not finite"):
        kernel(module, EXAMPLES)
    logarithm = Called(lambda self, x: self.first(x).log(), first=nn.Linear(5, 2))
    logarithm.first.bias.data[:] = -100
    with pytest.raises(ValueError, match=r"8 outputs of 4 .*not finite.*\[0, 3, 6, 9\]"):
        kernel(logarithm, EXAMPLES)
    root = Called(lambda self, x: (self.first(x) * 0).sqrt(), first=nn.Linear(5, 2))
    with pytest.raises(ValueError, match="root"):
        _ = kernel(root, EXAMPLES) @ torch.ones(20)


def test_a_later_example_without_an_output_is_named_by_the_products():
    module = Called(lambda self, x: (self.first(x) + 1e3 * x[:, :1]).log(), first=nn.Linear(5, 2))
    x = EXAMPLES + 1
    x[5, 0] = -5.0
    with pytest.raises(ValueError, match=r"2 outputs of 1 among .* are not finite.*\[5\]"):
        tangent_kernel_operator(module, x).dense()
    with pytest.raises(ValueError, match=r"2 outputs of 1 among"):
        empirical_ntk(module, x, method="loop")
    with pytest.raises(ValueError, match="20 of the 20 numbers of the vectors"):
        tangent_kernel_operator(nn.Linear(5, 2), EXAMPLES) @ torch.full((20,), float("nan"))


def test_a_kernel_that_is_not_finite_names_the_examples():
    kernel = torch.ones(6, 6, 2, 2)
    kernel[3], kernel[:, 3] = float("nan"), float("nan")
    with pytest.raises(ValueError, match=r"11 of the 36 .* \[3\] of x1 and \[3\] of x2"):
        require_finite_kernel(kernel)
    require_finite_kernel(torch.full((4, 4), 1e308))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (torch.fft.fft, "complex128"),
        (lambda y: y.argmax(1), "int64.*argmax"),
        (lambda y: y[:, :0], r"shape \(1, 0\)"),
        (lambda y: y.detach(), "outputs of the module do not depend on its weights"),
    ],
    ids=["complex", "argmax", "empty", "detached"],
)
def test_outputs_without_a_kernel_are_refused(kernel, forward, message):
    with pytest.raises(ValueError, match=message):
        kernel(Called(lambda self, x: forward(self.first(x)), first=nn.Linear(5, 2)), EXAMPLES)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("inputs", [EXAMPLES.long(), EXAMPLES > 0, EXAMPLES.to(torch.complex128), torch.ones(3, 7)])
def test_inputs_that_the_module_cannot_read_are_told_with_its_reason(kernel, inputs):
    advice = "if they are no tokens, convert" if not inputs.is_floating_point() else "1x7 and 5x2"
    with pytest.raises(ValueError, match=rf"cannot read the first example, {inputs.dtype}.*{advice}"):
        kernel(nn.Linear(5, 2), inputs)


@pytest.mark.parametrize("kernel", [*KERNELS, kernel_routes])
def test_what_is_no_module_is_refused(kernel):
    with pytest.raises(TypeError, match="a function was given"):
        kernel(lambda x: x, EXAMPLES)
    with pytest.raises(TypeError, match="the class Linear"):
        kernel(nn.Linear, EXAMPLES)


@pytest.mark.parametrize("kernel", KERNELS)
def test_modules_without_numbers_hooks_and_autocast_are_refused(kernel):
    with pytest.raises(ValueError, match=r"device meta|meta device"):
        kernel(nn.Linear(5, 2, device="meta"), EXAMPLES.to("meta"))
    module = nn.Linear(5, 2)
    handle = module.weight.register_hook(lambda gradient: 2 * gradient)
    with pytest.raises(ValueError, match=r"gradient hooks .* on weight"):
        kernel(module, EXAMPLES)
    handle.remove()
    kernel(module, EXAMPLES)
    with pytest.raises(ValueError, match=r"torch\.autocast is on for cpu"), torch.autocast("cpu"):
        kernel(module, EXAMPLES)


def test_products_are_not_taken_in_half_precision():
    operator = tangent_kernel_operator(nn.Linear(5, 2), EXAMPLES, chunk=3)
    with pytest.raises(ValueError, match="autocast"), torch.autocast("cpu"):
        operator.dense()


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_index_of_an_output_is_an_integer_of_any_kind(kernel):
    def dense(outputs):
        found = kernel(module, EXAMPLES, outputs=outputs)
        return found if isinstance(found, torch.Tensor) else found.dense()

    module = nn.Linear(5, 2)
    for outputs in (np.int64(1), torch.tensor(1)):
        assert torch.equal(dense(outputs), dense(1))
    for outputs in (True, 1.0, torch.tensor(True)):
        with pytest.raises(ValueError, match="the index of an output"):
            dense(outputs)


def _mixture():
    """Two experts, each for the examples with one sign of the first number; the first examples reach only one."""

    def forward(self, x):
        outputs = x.new_zeros(len(x), 2)
        for expert, chosen in ((self.low, x[:, 0] < 0), (self.high, x[:, 0] >= 0)):
            if chosen.any():
                outputs = outputs.index_put((chosen,), expert(x[chosen]))
        return outputs

    x = torch.randn(10, 5)
    x[:5, 0], x[5:, 0] = -1, 1
    return Called(forward, low=nn.Linear(5, 2), high=nn.Linear(5, 2)), x


def test_mixtures_of_experts_are_refused_with_a_way_that_works():
    module, x = _mixture()
    with pytest.raises(ValueError, match='method="loop"'):
        empirical_ntk(module, x)
    found = empirical_ntk(module, x, method="loop").transpose(1, 2).reshape(20, 20)
    torch.testing.assert_close(found, dense_kernel(module, x))


@pytest.mark.parametrize("size", [0, 1.5, "a", True])
def test_chunks_and_tiles_are_whole_numbers(size):
    with pytest.raises(ValueError, match="whole number"):
        tangent_kernel_operator(nn.Linear(5, 2), EXAMPLES, chunk=size)
    with pytest.raises(ValueError, match="whole number"):
        empirical_ntk(nn.Linear(5, 2), EXAMPLES, tile=size)


@pytest.mark.parametrize("kernel", [*KERNELS, kernel_routes])
def test_inputs_that_are_no_tensor_are_refused_whatever_is_asked(kernel):
    for inputs in (None, [[1.0] * 5]):
        with pytest.raises(TypeError, match="a tensor"):
            kernel(nn.Linear(5, 2), inputs)


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_output_without_its_axis_is_that_of_every_example(kernel):
    module = Called(lambda self, x: self.first(x).squeeze(), first=nn.Linear(5, 1))
    for x in (EXAMPLES, EXAMPLES[:1]):
        found = kernel(module, x, outputs=0)
        torch.testing.assert_close(found if isinstance(found, torch.Tensor) else found.dense(), x @ x.T + 1)
    torch.testing.assert_close(empirical_ntk(module, EXAMPLES, outputs=0, tile=3), EXAMPLES @ EXAMPLES.T + 1)


@pytest.mark.parametrize("kernel", KERNELS)
def test_inputs_may_be_made_in_inference_mode(kernel):
    with torch.inference_mode():
        x = EXAMPLES.clone()
    found = kernel(nn.Linear(5, 1), x, outputs=0)
    torch.testing.assert_close(found if isinstance(found, torch.Tensor) else found.dense(), EXAMPLES @ EXAMPLES.T + 1)


def test_later_examples_whose_outputs_or_gradients_overflow_are_named():
    x = EXAMPLES.clone()
    x[5, 0] = -10.0
    logarithm = Called(lambda self, x: (self.first(x) + 100 * x[:, :1] + 200).log(), first=nn.Linear(5, 2))
    with pytest.raises(ValueError, match=r"2 outputs of 1 among 10 .*\[5\]"):
        empirical_ntk(logarithm, x)
    root = Called(lambda self, x: (self.first(x).square() * (x[:, :1] != -10)).sqrt(), first=nn.Linear(5, 2))
    with pytest.raises(ValueError, match=r"entries of the kernel .* not finite.*\[5\] of x1 and \[5\] of x2"):
        empirical_ntk(root, x)


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_layers_without_a_number_add_nothing():
    module = Called(lambda self, x: self.none(x[:, :0]) + self.first(x), none=nn.Linear(0, 2), first=nn.Linear(5, 2))
    found = empirical_ntk(module, EXAMPLES).transpose(1, 2).reshape(20, 20)
    torch.testing.assert_close(found, dense_kernel(module, EXAMPLES))
