"""Embeddings, attention and recurrent layers."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from tests.kernels.called import Called
from tests.kernels.zoo_of_layers import scaled


def tokens() -> nn.Module:
    return nn.Sequential(nn.Embedding(7, 5, padding_idx=2), nn.Linear(5, 5), nn.Tanh(), nn.Flatten(), nn.Linear(20, 3))


def bag() -> nn.Module:
    return nn.Sequential(nn.EmbeddingBag(7, 5), nn.Tanh(), nn.Linear(5, 3))


def plain_attention() -> nn.Module:
    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        queries, keys, values = self.mix(self.norm(inputs)).chunk(3, dim=-1)
        mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        return self.last((inputs + self.back(mixed)).mean(1))

    return Called(
        forward, norm=nn.LayerNorm(6), mix=nn.Linear(6, 18), back=nn.Linear(6, 6, bias=False), last=nn.Linear(6, 3)
    )


def multi_head() -> nn.Module:
    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        mixed, _ = self.attention(inputs, inputs, inputs)
        crossed, _ = self.crossed(mixed, inputs.tanh(), inputs)
        return self.last(crossed.mean(1))

    return scaled(
        Called(
            forward,
            attention=nn.MultiheadAttention(6, 2, batch_first=True),
            crossed=nn.MultiheadAttention(6, 3, batch_first=True),
            last=nn.Linear(6, 3),
        )
    )


def odd_attention() -> nn.Module:
    """Other widths of keys and values, biases among the keys, positions along the first axis."""

    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        turned = inputs.transpose(0, 1)
        mixed, _ = self.attention(turned, turned[..., :4], turned[..., :5], need_weights=False)
        return mixed.mean(0)

    return scaled(Called(forward, attention=nn.MultiheadAttention(6, 2, kdim=4, vdim=5, add_bias_kv=True)))


def encoder() -> nn.Module:
    layer = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.1, batch_first=True)
    return nn.Sequential(
        nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Flatten(), nn.Linear(24, 2)
    ).eval()


def recurrent() -> nn.Module:
    def forward(self: nn.Module, inputs: Tensor) -> Tensor:
        return self.last(self.cells(inputs)[0][:, -1])

    return Called(forward, cells=nn.LSTM(6, 4, batch_first=True), last=nn.Linear(4, 2))


def gated() -> nn.Module:
    return Called(lambda self, inputs: self.cells(inputs.transpose(0, 1))[1][0], cells=nn.GRU(6, 4))
