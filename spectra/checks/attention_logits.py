"""Attention logits of any module, seen while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

SOFTMAX = {torch.softmax, functional.softmax, Tensor.softmax, torch.special.softmax}
MASKED = -1e4
"""Logits at or below this are masked: libraries write -10000, the lowest number of a type, or minus infinity."""


class AttentionLogits(TorchFunctionMode):
    """Within, every tensor of attention logits is handed to `seen`, before any mask where that can be told.

    Seen are `scaled_dot_product_attention`, `multi_head_attention_forward` (which `nn.MultiheadAttention` calls) and
    what goes into a softmax of three or more dimensions. Compiled flex attention is not seen.

    Args:
        seen: Is called with logits of any shape, a new tensor without a graph.
    """

    def __init__(self, seen: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call the function, and look at its arguments if it is one of those above."""
        kwargs = kwargs or {}
        if func in SOFTMAX:
            self._softmax(_argument(0, "input", args, kwargs))
        elif func is functional.scaled_dot_product_attention:
            query, key = (_argument(place, name, args, kwargs) for place, name in enumerate(("query", "key")))
            self._fused(query.detach(), key.detach(), kwargs.get("scale"))
        elif func is functional.multi_head_attention_forward:
            self._multi_head(signature(func).bind(*args, **kwargs).arguments)
        return func(*args, **kwargs)

    def _softmax(self, logits: Tensor) -> None:
        if logits.ndim >= 3:
            # Masked entries become zeros, so that the same entries are compared before and after training.
            self.seen(logits.detach().masked_fill(logits <= MASKED, 0.0))

    def _fused(self, query: Tensor, key: Tensor, scale: float | None) -> None:
        if query.shape[-3:-2] != key.shape[-3:-2]:  # groups of queries share a key
            key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
        self.seen(query @ key.mT * (query.shape[-1] ** -0.5 if scale is None else scale))

    def _multi_head(self, given: Mapping[str, Any]) -> None:
        width, heads = given["query"].shape[-1], given["num_heads"]
        weights, bias = given["in_proj_weight"], given["in_proj_bias"]
        parts = (slice(0, width), slice(width, 2 * width))
        if weights is None:
            matrices = [given["q_proj_weight"], given["k_proj_weight"]]
        else:
            matrices = [weights[part] for part in parts]
        queries, keys = (
            functional.linear(given[name], matrix, None if bias is None else bias[part])
            .detach()
            .unflatten(-1, (heads, -1))
            for name, matrix, part in zip(("query", "key"), matrices, parts, strict=True)
        )
        self.seen(torch.einsum("t...d,s...d->...ts", queries, keys) / queries.shape[-1] ** 0.5)


def _argument(place: int, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    return args[place] if place < len(args) else kwargs[name]
