"""Modules that couple examples are seen, wherever in the batch the coupling is."""

import pytest
import torch
from torch import nn

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.operator import tangent_kernel_operator
from tests.kernels.called import Called

KERNELS = [empirical_ntk, tangent_kernel_operator]


def _recurrent(kind):
    return Called(lambda self, x: self.head(self.cell(x)[0][:, -1]), cell=kind(5, 8), head=nn.Linear(8, 1))


def _causal_transformer():
    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(len(x), dtype=x.dtype)
        return self.layer(x, src_mask=mask)[:, -1]

    return Called(forward, layer=nn.TransformerEncoderLayer(5, 1, 8)).eval()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "build", [lambda: _recurrent(nn.LSTM), lambda: _recurrent(nn.GRU), _causal_transformer], ids=["LSTM", "GRU", "TF"]
)
def test_time_that_is_taken_for_examples_is_named(kernel, build):
    with pytest.raises(ValueError, match=r"couples examples.*batch_first=False.*, in "):
        kernel(build(), torch.randn(10, 6, 5))


COUPLED = {
    "sums": lambda x: x.cumsum(0),
    "last two centred": lambda x: torch.cat([x[:-2], x[-2:] - x[-2:].mean(0)]),
    "means": lambda x: x - x.mean(0) / 100,
    "number": lambda x: x / len(x),
    "place": lambda x: x * torch.arange(1, len(x) + 1)[:, None],
    "any": lambda x: x * (2 if (x[:, 0] > 0).any() else 1),
}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("kind", COUPLED)
def test_every_kind_of_coupling_is_seen(kernel, kind):
    module, x = Called(lambda self, x: COUPLED[kind](self.first(x)), first=nn.Linear(5, 2)), torch.eye(8, 5)
    module.first.weight.data[0] = torch.tensor([1.0, -1.0, 1.0, -1.0, -1.0])
    with pytest.raises(ValueError, match="couples examples"):
        kernel(module, x)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_check_costs_seven_passes_of_four_examples_whatever_their_number(kernel):
    def forward(self, x):
        sizes.append(len(x))
        return self.first(x)

    counts = []
    for examples in (8, 64):
        sizes: list[int] = []
        module = Called(forward, first=nn.Linear(5, 2))
        kernel(module, torch.randn(examples, 5))
        counts.append(len(sizes) - sizes.count(examples))
    assert counts[0] == counts[1] <= 24  # with the trials of the routes


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_counter_and_chance_are_told_from_coupling(kernel):
    def counting(self, x):
        self.count = getattr(self, "count", 0) + 1
        return self.first(x) * self.count

    with pytest.raises(ValueError, match="called again with the same inputs"):
        kernel(Called(counting, first=nn.Linear(5, 2)), torch.randn(4, 5))
    drawn = Called(lambda self, x: nn.functional.dropout(self.first(x)), first=nn.Linear(5, 2))
    with pytest.raises(ValueError, match="draws random numbers"):
        kernel(drawn, torch.randn(4, 5))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "part",
    [nn.LSTM(5, 2, 2, dropout=0.5, batch_first=True), nn.MultiheadAttention(5, 1, dropout=0.5, batch_first=True)],
    ids=["LSTM", "MultiheadAttention"],
)
def test_dropout_inside_layers_is_named(kernel, part):
    def forward(self, x):
        return (self.part(x) if isinstance(self.part, nn.LSTM) else self.part(x, x, x))[0][:, -1]

    with pytest.raises(ValueError, match=rf"part \({type(part).__name__}\)"):
        kernel(Called(forward, part=part).train(), torch.randn(4, 3, 5))
    kernel(Called(forward, part=part).eval(), torch.randn(4, 3, 5))
