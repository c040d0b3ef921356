"""Derivatives in their weights of the operations that networks are mostly made of, from inputs and output gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from spectra.kernels.batch_layout import Layout
from spectra.kernels.derivative_parts import Outer, Part, Rows
from spectra.kernels.patches import patches, patches_of_gradients

Given = Mapping[str, Any]  # arguments of an operation by their names
Derivatives = Callable[[Given, Tensor, Layout], dict[str, Part]]
"""Arguments, gradients (k, *shape of the output) and layout of the output -> role of a parameter -> derivatives."""


@dataclass(frozen=True)
class Operation:
    """An operation on one input of a network with up to two parameters."""

    names: tuple[str, ...]  # of its arguments, in order
    derivatives: Derivatives
    defaults: Mapping[str, Any]
    fused: bool = False  # whether the derivatives in the bias are those in a weight that is applied to the input 1


def _linear(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    lead = given["input"].ndim - 1
    left = layout.examples(given["input"], lead)[:, None]
    right = layout.gradients(gradients, lead)[:, :, None]
    return {"weight": Outer(left, right, left.shape[-1]), "bias": _sums(right)}


def _matmul(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    lead = given["input"].ndim - 1
    left = layout.examples(given["input"], lead)[:, None]
    right = layout.gradients(gradients, lead)[:, :, None]
    return {"weight": Outer(left, right, left.shape[-1], left_first=True)}


def _convolution(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    left = layout.examples(patches(given), 2).movedim(2, 1)
    right = _channels_last(gradients).flatten(2, -2).unflatten(-1, (given["groups"], -1))
    right = layout.gradients(right, 2).movedim(3, 2)
    return {"weight": Outer(left, right, left.shape[-1]), "bias": _sums(right)}


def _transposed_convolution(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    places = given["input"].flatten(2).mT.unflatten(-1, (given["groups"], -1))
    left = layout.examples(places, 2).movedim(2, 1)
    right = layout.gradients(patches_of_gradients(given, gradients), 2).movedim(3, 2)
    bias = layout.gradients(_channels_last(gradients).flatten(2, -2), 2).sum(2)
    return {"weight": Outer(left, right, left.shape[-1], left_first=True), "bias": Rows(bias)}


def _embedding(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    lead, count, padding = given["input"].ndim, len(given["weight"]), given["padding_idx"]
    tokens = layout.examples(given["input"], lead)[:, None]
    right = layout.gradients(gradients, lead)[:, :, None]
    if padding is not None:
        # The weight of the padding is not trained, though it is read.
        right = right * (tokens != padding % count)[:, None, :, :, None]
    return {"weight": Outer(tokens, right, count, left_first=True)}


def _layer_norm(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    normal = functional.layer_norm(given["input"], given["normalized_shape"], eps=given["eps"])
    return _scaled(normal, gradients, layout, len(given["normalized_shape"]))


def _rms_norm(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    normal = functional.rms_norm(given["input"], given["normalized_shape"], eps=given["eps"])
    return _scaled(normal, gradients, layout, len(given["normalized_shape"]))


def _group_norm(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    normal = functional.group_norm(given["input"], given["num_groups"], eps=given["eps"])
    return _scaled(normal.movedim(1, -1), _channels_last(gradients), layout, 1)


def _batch_norm(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    statistics = given["running_mean"], given["running_var"]
    normal = functional.batch_norm(given["input"], *statistics, eps=given["eps"])
    return _scaled(normal.movedim(1, -1), _channels_last(gradients), layout, 1)


def _instance_norm(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    statistics = given["running_mean"], given["running_var"]
    normal = functional.instance_norm(
        given["input"], *statistics, use_input_stats=given["use_input_stats"], eps=given["eps"]
    )
    return _scaled(normal.movedim(1, -1), _channels_last(gradients), layout, 1)


def _prelu(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    below = given["input"].clamp(max=0)
    if given["weight"].numel() == 1:
        return _scaled(below[..., None], gradients[..., None], layout, 1)
    return _scaled(below.movedim(1, -1), _channels_last(gradients), layout, 1)


def _add(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    return {"other": _reduced(gradients * given["alpha"], given["other"], layout)}


def _mul(given: Given, gradients: Tensor, layout: Layout) -> dict[str, Part]:
    return {"other": _reduced(gradients * given["input"], given["other"], layout)}


def _sums(right: Tensor) -> Rows:
    return Rows(right.sum(3).flatten(2))


def _channels_last(gradients: Tensor) -> Tensor:
    """(k, n, C, *places) -> (k, n, *places, C)."""
    return gradients.movedim(2, -1)


def _scaled(normal: Tensor, gradients: Tensor, layout: Layout, features: int) -> dict[str, Part]:
    """Derivatives in a scale and a shift of the last few axes."""
    lead = normal.ndim - features
    right = layout.gradients(gradients, lead)
    left = layout.examples(normal, lead)[:, None]
    return {"weight": Rows((right * left).sum(2).flatten(2)), "bias": Rows(right.sum(2).flatten(2))}


def _reduced(gradients: Tensor, parameter: Tensor, layout: Layout) -> Rows:
    """Gradients (k, *shape) summed over the axes along which a parameter was repeated, apart from that of examples."""
    shape = (1,) * (gradients.ndim - 1 - parameter.ndim) + tuple(parameter.shape)
    if layout.fold != 1 or shape[layout.axis] != 1:
        raise ValueError("it acts along an axis that holds several places of each example")
    repeated = [axis + 1 for axis, size in enumerate(shape) if size == 1 and axis != layout.axis]
    sums = gradients.sum(repeated, keepdim=True) if repeated else gradients
    return Rows(sums.movedim(layout.axis + 1, 0).flatten(2))


_CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
_PLAIN = {"bias": None, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1}
_STATISTICS = ("input", "running_mean", "running_var", "weight", "bias")
_TOKENS = ("input", "weight", "padding_idx", "max_norm", "norm_type", "scale_grad_by_freq", "sparse")
_NORMAL = {"weight": None, "bias": None, "eps": 1e-5}

_LINEAR = Operation(("input", "weight", "bias"), _linear, {"bias": None}, fused=True)
_MATMUL = Operation(("input", "weight"), _matmul, {})
_ADD, _MUL = Operation(("input", "other"), _add, {"alpha": 1}), Operation(("input", "other"), _mul, {})

OPERATIONS: dict[Callable[..., Any], Operation] = {
    functional.linear: _LINEAR,
    torch.prelu: Operation(("input", "weight"), _prelu, {}),
    torch.matmul: _MATMUL,
    torch.Tensor.matmul: _MATMUL,
    torch.Tensor.__matmul__: _MATMUL,
    torch.add: _ADD,
    torch.Tensor.add: _ADD,
    torch.Tensor.__add__: _ADD,
    torch.Tensor.__radd__: _ADD,
    torch.mul: _MUL,
    torch.Tensor.mul: _MUL,
    torch.Tensor.__mul__: _MUL,
    torch.Tensor.__rmul__: _MUL,
    functional.embedding: Operation(
        _TOKENS, _embedding, dict.fromkeys(_TOKENS[2:]) | {"scale_grad_by_freq": False, "sparse": False}
    ),
    functional.layer_norm: Operation(("input", "normalized_shape", "weight", "bias", "eps"), _layer_norm, _NORMAL),
    functional.rms_norm: Operation(("input", "normalized_shape", "weight", "eps"), _rms_norm, _NORMAL | {"eps": None}),
    functional.group_norm: Operation(("input", "num_groups", "weight", "bias", "eps"), _group_norm, _NORMAL),
    functional.batch_norm: Operation(
        (*_STATISTICS, "training", "momentum", "eps"), _batch_norm, _NORMAL | {"training": False}
    ),
    functional.instance_norm: Operation(
        (*_STATISTICS, "use_input_stats", "momentum", "eps"),
        _instance_norm,
        _NORMAL | {"running_mean": None, "running_var": None, "use_input_stats": True},
    ),
    **dict.fromkeys(
        (torch.conv1d, torch.conv2d, torch.conv3d), Operation(_CONVOLUTION, _convolution, _PLAIN, fused=True)
    ),
    **dict.fromkeys(
        (torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d),
        Operation(_TRANSPOSED, _transposed_convolution, _PLAIN),
    ),
}
"""By the function that torch calls: layers call them, and so may any forward pass."""
