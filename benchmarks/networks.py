"""The three networks that are measured, in plain torch: every library gets the same module."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel


class ResidualMLP(nn.Module):
    """x -> W_out tanh(h), h <- h + W tanh(h), with `depth` linear layers; many of its eigenvalues are alike."""

    def __init__(self, inputs: int, outputs: int, *, width: int = 256, depth: int = 8) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """(N, inputs) -> (N, outputs)."""
        stream = self.first(inputs)
        for layer in self.hidden:
            stream = stream + layer(stream.tanh())
        return self.last(stream.tanh())


class ConvBlock(nn.Module):
    """Two 3 x 3 convolutions with group norms, around which a 1 x 1 convolution leads where the shape changes."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.GroupNorm(4, outputs) for _ in range(2))
        changes = stride > 1 or inputs != outputs
        self.around = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if changes else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """(N, inputs, height, width) -> (N, outputs, height / stride, width / stride)."""
        inner = self.norms[0](self.first(images)).relu()
        return (self.norms[1](self.second(inner)) + self.around(images)).relu()


class ConvResNet(nn.Module):
    """Three stages of one residual block each; height and width are halved before each."""

    def __init__(self, outputs: int, *, channels: tuple[int, int, int] = (32, 64, 136)) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels[0], 3, stride=2, padding=1, bias=False)
        before = (channels[0], *channels)
        self.blocks = nn.Sequential(
            *(
                ConvBlock(start, end, stride=stride)
                for start, end, stride in zip(before, channels, (1, 2, 2), strict=False)
            )
        )
        self.last = nn.Linear(channels[-1], outputs)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, 32, 32) -> (N, outputs)."""
        return self.last(self.blocks(self.stem(images)).mean((2, 3)))


class AttentionBlock(nn.Module):
    """Causal attention and a two-layer perceptron, each after a layer norm and on a residual branch."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.mix, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, stream: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        stream = stream + self.back(self._attention(self.norms[0](stream)))
        return stream + self.down(functional.gelu(self.up(self.norms[1](stream))))

    def _attention(self, stream: Tensor) -> Tensor:
        queries, keys, values = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.mix(stream).chunk(3, dim=-1)
        )
        # The fused kernels have no second derivative.
        with sdpa_kernel(SDPBackend.MATH):
            mixed = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        return mixed.transpose(1, 2).flatten(2)


class GPT(nn.Module):
    """A decoder with learned positions and an output layer of its own."""

    def __init__(self, vocabulary: int, sequence: int, *, width: int = 128, layers: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(sequence, width))
        self.blocks = nn.Sequential(*(AttentionBlock(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.last = nn.Linear(width, vocabulary, bias=False)
        nn.init.normal_(self.tokens.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """Token indices (N, T) -> logits (N, T, vocabulary)."""
        return self.last(self.norm(self.blocks(self.tokens(tokens) + self.positions)))
