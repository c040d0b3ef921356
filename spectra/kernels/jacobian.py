"""The Jacobian of a module's outputs in its weights: checked once, then known by its products."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from spectra.kernels.arguments import whole_number
from spectra.kernels.independence import FEW, require_independent
from spectra.kernels.jacobian_products import Jacobian, differentiated
from spectra.kernels.parameter_weights import ParameterWeights, parameter_diagonal
from spectra.kernels.preconditions import require_inputs, require_module, require_weights
from spectra.kernels.readouts import INDEPENDENT, Outputs, first_outputs, readouts
from spectra.objectives.network import flatten
from spectra.operators.chance import own_generator, random_direction

GRAPH_BYTES = 2**28
"""What the forward pass of a chunk may save. The largest eigenvalue of a network 784-512-512-10 on 512 examples took
0.36 s on one core with all of them in one chunk, whose graph is kept, and 1.0 s with two. For a perceptron, a
convolutional network and a transformer layer, a chunk held 0.9 to 1.2 times what was estimated, the graph of its
gradient included."""


def jacobian(
    module: nn.Module,
    inputs: Tensor,
    *,
    outputs: Outputs = "full",
    weights: ParameterWeights | None = None,
    chunk: int | None = None,
) -> Jacobian:
    """J D^(1/2) of a module at its weights, as products.

    Whether examples are independent is tried on four of them, from the first to the last, by seven forward passes.

    Args:
        module: With outputs (N, O), or (N,) for one output; in evaluation mode if it has dropout or batch
            normalization. Weights and buffers are a snapshot.
        inputs: Examples (N, ...), N at least 1.
        outputs: "full": all outputs. An index o: that one. "sum_of_logits": O^(-1/2) sum_o f_o, whose kernel is the
            pseudo kernel. "trace": all, and the kernel is the mean (1/O) sum_o Theta_oo, at O times the cost.
        weights: The diagonal D over parameters, a flat tensor (P,) in the order of `named_parameters` or a number or
            tensor for each name, such as the step sizes of an optimizer; None is the identity.
        chunk: Examples in one forward pass; None for so many that the graph of a chunk takes 256 MB, by an estimate
            from a few examples.

    Returns:
        Products with it; `by_rows` tells how those with vectors over weights are made.

    Raises:
        TypeError: If the module is none, inputs are no tensor, or the module returns none.
        ValueError: If there is no example, dtype or device of inputs differ from those of the weights, the module
            couples examples, changes its inputs, is random, or its outputs do not depend on its weights or are not
            real numbers (N, O); if inputs, weights or outputs are not finite, a weight has gradient hooks, or
            torch.autocast is on; if the index of an output, D or `chunk` do not fit. Products raise it likewise.

    >>> found = jacobian(nn.Linear(5, 2), torch.zeros(3, 5))
    >>> found.pulled(torch.zeros(4, 3, 2)).shape, found.pushed(torch.zeros(4, 12)).shape
    (torch.Size([4, 12]), torch.Size([4, 3, 2]))

    The kernel between two sets of examples, Theta(x1, x2) = J_1 D J_2', as a product without storing it:

    >>> other = jacobian(nn.Linear(5, 2), torch.zeros(6, 5))
    >>> found.pushed(other.pulled(torch.zeros(1, 6, 2))).shape
    torch.Size([1, 3, 2])
    """
    require_module(module)
    flat, network = flatten(module)
    parameters = {name: value for name, value in network.module.named_parameters() if value.requires_grad}
    require_weights(parameters, network.named(flat))
    require_inputs(inputs, flat)
    chunk = None if chunk is None else whole_number("chunk", chunk)
    root = None if weights is None else parameter_diagonal(network, weights, flat).sqrt()
    with torch.inference_mode(False):
        point = flat.detach().clone().requires_grad_()
        inputs = inputs.detach().clone() if inputs.is_inference() else inputs.detach()
    found = Jacobian(network, point, inputs, 0, len(inputs), root=root)
    first = _first_of_independent(found)
    with torch.inference_mode(False):
        chosen = readouts(outputs, first.shape[1], flat)
        size = GRAPH_BYTES // max(1, _kept_bytes(found)) if chunk is None else chunk
    found = replace(found, outputs=first.shape[1], readouts=chosen, chunk=max(1, size))
    return replace(found, by_rows=not _second_derivative_is_right(found))


def _first_of_independent(found: Jacobian) -> Tensor:
    """Outputs (1, O) of the first example of a network that treats examples independently, with their graph."""

    def forward(examples: Tensor) -> Tensor:
        with differentiated(found.network.module):
            return found.values(examples)

    with torch.inference_mode(False):
        first = first_outputs(forward, found.inputs)
        require_independent(forward, found.inputs, found.network.module)
    if not first.requires_grad:
        raise ValueError(INDEPENDENT)
    return first


def _kept_bytes(found: Jacobian) -> int:
    """What a forward pass keeps for the backward pass of one more example."""
    kept = []
    for count in (2, 4):
        sizes: list[int] = []

        def packed(tensor: Tensor, sizes: list[int] = sizes) -> Tensor:
            sizes.append(tensor.nbytes)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(packed, lambda tensor: tensor):
            found.values(found.inputs[[0] * count])
        kept.append(sum(sizes))
    return (kept[1] - kept[0]) // 2


def _second_derivative_is_right(found: Jacobian) -> bool:
    """Whether <c, J u> from the derivative of the backward pass is <J' c, u> from the backward pass itself."""
    few = replace(found, inputs=found.inputs[:FEW].detach(), root=None)
    generator = own_generator()
    direction = random_direction(len(few.point), generator, few.point.dtype, few.point.device)
    try:
        pushed = few.pushed(direction[None])[0]
    except NotImplementedError:
        return False
    cotangent = random_direction(pushed.numel(), generator, pushed.dtype, pushed.device).view_as(pushed)
    pulled = few.pulled(cotangent[None])[0]
    error = (cotangent * pushed).sum() - pulled @ direction
    # Both are random with these standard deviations; the bound leaves room for TF32, whose errors are 5e-4.
    size = pushed.norm() + pulled.norm()
    return bool(error.abs() <= torch.finfo(pushed.dtype).eps ** 0.25 * size)
