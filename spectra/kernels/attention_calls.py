"""Multi-head attention as projections, which are linear operations, around an attention without parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import BoundArguments
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor, Tensor, Tensor | None], Tensor]
SIGNATURE = inspect.signature(functional.multi_head_attention_forward)
INPUTS = ("query", "key", "value")


def projected_attention(linear: Linear, given: BoundArguments) -> Any:
    """What `multi_head_attention_forward` returns, by the given linear function where it applies its parameters.

    The function itself is called with projections that change nothing.
    """
    given.apply_defaults()
    settings = given.arguments
    weight, bias = settings["out_proj_weight"], settings["out_proj_bias"]
    width = settings["embed_dim_to_check"]
    unit = torch.eye(width, dtype=weight.dtype, device=weight.device)
    settings.update(zip(INPUTS, _projections(linear, settings), strict=True))
    settings.update(use_separate_proj_weight=True, in_proj_weight=None, in_proj_bias=None)
    settings.update(q_proj_weight=unit, k_proj_weight=unit, v_proj_weight=unit)
    settings.update(out_proj_weight=unit, out_proj_bias=None)
    mixed, chances = functional.multi_head_attention_forward(*given.args, **given.kwargs)
    return linear(mixed, weight, bias), chances


def _projections(linear: Linear, settings: Mapping[str, Any]) -> list[Tensor]:
    """Queries, keys and values; what comes of one input with one weight is made at once."""
    inputs, width = [settings[name] for name in INPUTS], settings["embed_dim_to_check"]
    bias = settings["in_proj_bias"]
    if settings["use_separate_proj_weight"]:
        # One bias for all three, of which each takes its part; it is added as such.
        weights = [settings[f"{name}_proj_weight"] for name in "qkv"]
        biases = [None] * 3 if bias is None else list(bias.chunk(3))
        return [linear(*triple) for triple in zip(inputs, weights, biases, strict=True)]
    made = {id(one): linear(one, settings["in_proj_weight"], bias) for one in inputs}
    return [made[id(one)].split(width, -1)[place] for place, one in enumerate(inputs)]
