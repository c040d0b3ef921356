"""Small networks of the kinds that people train, for dense truths: fewer than 400 weights each."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

IGNORED = -100


def mlp(activation: type[nn.Module] = nn.Tanh, width: int = 6) -> nn.Module:
    """(N, 4) -> (N, 3)."""
    layers = nn.Linear(4, width), activation(), nn.Linear(width, width), activation(), nn.Linear(width, 3)
    return nn.Sequential(*layers)


def convolutional(activation: type[nn.Module] = nn.GELU, pool: nn.Module | None = None) -> nn.Module:
    """(N, 2, 6, 6) -> (N, 3), with GroupNorm."""
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.GroupNorm(2, 4),
        activation(),
        nn.AvgPool2d(2) if pool is None else pool,
        nn.Conv2d(4, 4, 3, padding=1),
        nn.GroupNorm(2, 4),
        activation(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 3),
    )


class Attention(nn.Module):
    """Causal attention with two heads: in torch's fused function, or written out in plain operations."""

    def __init__(self, width: int, *, plain: bool) -> None:
        super().__init__()
        self.inward, self.outward, self.plain = nn.Linear(width, 3 * width), nn.Linear(width, width), plain

    def forward(self, inputs: Tensor) -> Tensor:
        N, length, width = inputs.shape
        query, key, value = self.inward(inputs).view(N, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        if self.plain:
            later = torch.ones(length, length).triu(1).bool()
            scores = (query @ key.mT / (width // 2) ** 0.5).masked_fill(later, -torch.inf)
            mixed = scores.softmax(-1) @ value
        else:
            mixed = scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.outward(mixed.transpose(1, 2).reshape(N, length, width))


class Transformer(nn.Module):
    """Tokens (N, T) of five kinds -> logits (N, T, 5), with a readout that is tied to the embedding."""

    def __init__(self, activation: type[nn.Module] = nn.GELU, *, width: int = 4, plain: bool = False) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.attention = Attention(width, plain=plain)
        self.hidden = nn.Sequential(nn.Linear(width, 2 * width), activation(), nn.Linear(2 * width, width))
        self.readout = nn.Linear(width, 5, bias=False)
        self.readout.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        states = self.embedding(tokens)
        states = states + self.attention(self.norms[0](states))
        states = states + self.hidden(self.norms[1](states))
        return self.readout(self.norms[2](states))


def indices(*shape: int, classes: int) -> Tensor:
    """Random class indices."""
    return torch.randint(classes, shape)


def tokens(examples: int, length: int = 6) -> tuple[Tensor, Tensor]:
    """Token sequences and the next token of each, a third of which are ignored."""
    targets = torch.randint(5, (examples, length))
    targets[torch.rand(examples, length) < 1 / 3] = IGNORED
    targets[0, 0] = 0  # one counts at least
    return torch.randint(5, (examples, length)), targets
