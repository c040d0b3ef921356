"""Recorded calls give right derivatives, or other routes do, whatever the first two examples are like."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from spectra.kernels.empirical import empirical_ntk, kernel_routes
from spectra.kernels.kernel_sides import kernel_side
from tests.kernels.called import Called
from tests.kernels.zoo import dense_blocks


def weight(*shape):
    return nn.Parameter(torch.randn(shape))


ALIASES = {
    "bias times a number": lambda self, h: functional.linear(h, self.W, 0.1 * self.b),
    "weight times a number": lambda self, h: functional.linear(h, 0.5 * self.W, self.b),
    "weight transposed": lambda self, h: functional.linear(h, self.W.T, self.b),
    "another bias": lambda self, h: functional.linear(h, self.W, self.c),
    "another weight": lambda self, h: functional.linear(h, self.V, self.b),
    "no bias": lambda self, h: functional.linear(h, self.W),
    "bias alone": lambda self, h: h * self.b,
    "the same": lambda self, h: functional.linear(h, self.W, self.b),
}


@pytest.mark.parametrize("kind", ALIASES)
def test_a_weight_and_its_bias_are_one_layer_only_where_every_call_has_both_as_they_are(kind):
    def forward(self, x):
        return ALIASES[kind](self, functional.linear(x, self.W, self.b).tanh())

    module = Called(forward, W=weight(5, 5), b=weight(5), V=weight(5, 5), c=weight(5))
    x = torch.randn(6, 5)
    assert kernel_side(module, x, "full", "auto")[0].plan.biases == ({"W": "b"} if kind == "the same" else {})
    assert_close(empirical_ntk(module, x), dense_blocks(module, x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: torch.fft.irfft(torch.fft.rfft(self.first(x)) * self.filter, n=6),
        lambda self, x: (torch.fft.rfft(self.first(x)) + self.filter).abs(),
    ],
    ids=["product", "sum"],
)
def test_real_parameters_of_complex_activations(forward):
    module, x = Called(forward, first=nn.Linear(5, 6), filter=weight(4)), torch.randn(6, 5)
    assert kernel_routes(module, x).routes["filter"] != "gram"
    assert_close(empirical_ntk(module, x), dense_blocks(module, x))


def test_arguments_by_their_names():
    def forward(self, x):
        return self.last(torch.mul(torch.add(input=x, other=self.shift), other=self.scale))

    module = Called(forward, shift=weight(5), scale=weight(5), last=nn.Linear(5, 2))
    x = torch.randn(6, 5)
    assert set(kernel_routes(module, x).routes.values()) == {"gram"}
    assert_close(empirical_ntk(module, x), dense_blocks(module, x))


def test_padding_that_the_first_two_examples_do_not_have():
    module = Called(lambda self, x: functional.embedding(x, self.W, padding_idx=-1).flatten(1), W=weight(7, 2))
    tokens = torch.tensor([[0, 1], [2, 3], [6, 4], [5, 6], [6, 6]])
    assert kernel_routes(module, tokens).routes == {"W": "gram"}
    assert_close(empirical_ntk(module, tokens), dense_blocks(module, tokens))


def test_gradients_by_frequency_where_the_first_two_examples_repeat_no_token():
    module = nn.Sequential(nn.Embedding(7, 2, scale_grad_by_freq=True), nn.Flatten())
    tokens = torch.tensor([[0, 1], [2, 3], [6, 6], [4, 5], [5, 5]])
    assert kernel_routes(module, tokens).routes != {"0.weight": "gram"}
    assert_close(empirical_ntk(module, tokens), dense_blocks(module, tokens))


def _changing(self, x):
    inner = x[:, 1:].clone()
    outputs = self.last(inner)
    if (x > 100).any():
        inner.mul_(2)
    return outputs


def _gaining(self, x):
    outputs, large = self.last(self.first(x)), (x > 100).any(1, keepdim=True)
    return outputs + large * self.gain.exp() if large.any() else outputs


def _leaving_out(self, x):
    small = (x < 100).all(1)
    return self.last(torch.zeros(len(x), 4, dtype=x.dtype).index_put((small,), self.first(x[small])))


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (_changing, "the input of linear, which uses last.* was changed in place"),
        (_gaining, "used further parameters"),
        (_leaving_out, r"made an output of shape \(4, 4\) in linear"),
    ],
)
def test_calls_that_differ_for_later_examples_are_told(forward, message):
    x = torch.randn(5, 5)
    x[2, 0] = 1000
    module = Called(forward, first=nn.Linear(5, 4), last=nn.Linear(4, 2), gain=weight())
    with pytest.raises(ValueError, match=message):
        empirical_ntk(module, x)


class _Looking(torch.autograd.Function):
    """The inputs, with a backward pass that looks at numbers and so takes one cotangent at a time."""

    @staticmethod
    def forward(ctx, inputs):
        return inputs.clone()

    @staticmethod
    def backward(ctx, gradients):
        return gradients if float(gradients.abs().sum()) >= 0 else -gradients


def test_cotangents_are_taken_one_by_one_where_a_backward_pass_needs_it():
    module = Called(
        lambda self, x: self.last(_Looking.apply(self.first(x))), first=nn.Linear(5, 4), last=nn.Linear(4, 2)
    )
    x = torch.randn(6, 5)
    plan = kernel_side(module, x, "full", "auto")[0].plan
    assert set(plan.routes.values()) == {"gram"}
    assert not plan.batched
    assert_close(empirical_ntk(module, x), dense_blocks(module, x))
