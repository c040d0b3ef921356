"""Attention of a sequence to itself, in plain operations."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role


class Logits(nn.Module):
    """scale * Q K': attention logits before any mask, a module of its own so that a forward hook sees them."""

    def forward(self, queries: Tensor, keys: Tensor, scale: float) -> Tensor:
        """Logits (N, heads, T, T) of queries and keys (N, heads, T, head dimension)."""
        return scale * (queries @ keys.mT)


class Attention(nn.Module):
    """x -> W_out softmax(multiplier * Q K' / sqrt(d)) V in each head, with d = width / heads entries.

    `parameterize` sets the multiplier from the regime: 1, or under muP the width ratio to the power -1/2, so that the
    logits are divided by d up to a constant. This takes the number of heads to be the same at every width.
    With `zero_queries` the queries start at zero, so that every place attends to all places alike.

    The fused kernels have neither forward-mode nor second derivatives on a CPU, so they are not used.

    Raises:
        ValueError: If the heads do not divide the width.
    """

    def __init__(
        self, width: int, heads: int, *, causal: bool = False, bias: bool = False, zero_queries: bool = False
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"a width of {width} cannot be cut into {heads} equal heads; use a multiple of {heads}")
        self.heads = heads
        self.causal = causal
        self.multiplier = 1.0
        self.query = Linear(width, width, Role.HIDDEN, bias=bias, gain=0.0 if zero_queries else 1.0)
        self.key = Linear(width, width, Role.HIDDEN, bias=bias)
        self.value = Linear(width, width, Role.HIDDEN, bias=bias)
        self.logits = Logits()
        self.out = Linear(width, width, Role.HIDDEN, bias=bias)

    def forward(self, stream: Tensor) -> Tensor:
        """Mixed values (N, T, width) of a stream (N, T, width); causal: place t sees the places up to t."""
        queries, keys, values = (self._split(layer(stream)) for layer in (self.query, self.key, self.value))
        logits = self.logits(queries, keys, self.multiplier / queries.shape[-1] ** 0.5)
        if self.causal:
            length = stream.shape[-2]
            later = torch.ones(length, length, dtype=torch.bool, device=stream.device).triu(1)
            logits = logits.masked_fill(later, -torch.inf)
        mixed: Tensor = self.out((logits.softmax(-1) @ values).transpose(-3, -2).flatten(-2))
        return mixed

    def _split(self, stream: Tensor) -> Tensor:
        """The parts (N, heads, T, d) of a stream (N, T, heads * d)."""
        heads: Tensor = stream.unflatten(-1, (self.heads, -1))
        return heads.transpose(-3, -2)
