"""The tangent kernel of a network on some examples, as a dense matrix, for any module of torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, overload

import torch
from torch import Tensor, nn

from spectra.kernels.arguments import whole_number
from spectra.kernels.kernel_check import require_true
from spectra.kernels.kernel_sides import KernelOutputs, kernel_side, require_alike, trainable
from spectra.kernels.kernel_tiles import Request, tiled_kernels
from spectra.kernels.layer_factors import Route
from spectra.kernels.parameter_weights import ParameterWeights, parameter_entries
from spectra.kernels.preconditions import require_finite_kernel
from spectra.kernels.routes import Method
from spectra.notebook import as_html


@dataclass(frozen=True)
class KernelRoutes:
    """How `empirical_ntk` finds the derivatives of a module.

    Attributes:
        routes: Parameter -> "gram", from the inputs and output gradients of the calls that use it; "jacobian",
            vectorised over examples; "loop", one backward pass for each example and output; "unused".
        reasons: Parameter -> why it does not take an earlier one of these routes.
        input_bytes: Memory that one example takes, whatever the outputs.
        gradient_bytes: Memory that one output of one example takes.
    """

    routes: Mapping[str, Route]
    reasons: Mapping[str, str]
    input_bytes: int
    gradient_bytes: int

    _repr_html_ = as_html


@overload
def empirical_ntk(
    module: nn.Module,
    x1: Tensor,
    x2: Tensor | None = None,
    *,
    outputs: KernelOutputs = "full",
    weights: ParameterWeights | None = None,
    per_layer: Literal[False] = False,
    tile: int | None = None,
    method: Method = "auto",
    accumulate: torch.dtype = torch.float64,
    module2: nn.Module | None = None,
) -> Tensor: ...


@overload
def empirical_ntk(
    module: nn.Module,
    x1: Tensor,
    x2: Tensor | None = None,
    *,
    outputs: KernelOutputs = "full",
    weights: ParameterWeights | None = None,
    per_layer: Literal[True],
    tile: int | None = None,
    method: Method = "auto",
    accumulate: torch.dtype = torch.float64,
    module2: nn.Module | None = None,
) -> dict[str, Tensor]: ...


def empirical_ntk(
    module: nn.Module,
    x1: Tensor,
    x2: Tensor | None = None,
    *,
    outputs: KernelOutputs = "full",
    weights: ParameterWeights | None = None,
    per_layer: bool = False,
    tile: int | None = None,
    method: Method = "auto",
    accumulate: torch.dtype = torch.float64,
    module2: nn.Module | None = None,
) -> Tensor | dict[str, Tensor]:
    """Tangent kernel Theta[n, m, o, o'] = sum_p D_p df_o(x1_n)/dtheta_p df_o'(x2_m)/dtheta_p.

    It is not divided by N, O or a width. Neither the Jacobian nor the gradient of a large weight is built where the
    weight belongs to a known operation (linear layers, convolutions, embeddings, norms, attention, sums and products
    with a parameter, whichever module calls them): a weight applied to inputs a with output gradients g adds
    sum_ts <a_t, a_s> <g_t, g_s>, over the places t and s at which it is applied, or what is cheaper. The memory is
    that of N input activations, of N O output gradients of the layers, of one gradient, and of the kernel. Routes are
    tried on the first two examples, and taken where they give the gradients of automatic differentiation;
    `kernel_routes` tells which. The kernel is held against it at three later examples.

    Args:
        module: With outputs (N, O), or (N,) for one output; in evaluation mode if it has dropout or batch
            normalization. It is not changed.
        x1: Examples (N, ...).
        x2: Examples (M, ...); None for those of `x1`, at half the cost.
        outputs: "full": every pair of outputs. "diagonal": Theta_oo alone. "trace": their mean (1/O) sum_o Theta_oo. An
            index o: Theta_oo. "sum_of_logits": that of O^(-1/2) sum_o f_o, the pseudo kernel.
        weights: The diagonal D over parameters: a flat tensor (P,) in the order of `named_parameters` or a number or
            tensor for each name, such as the step sizes of an optimizer; None is the identity.
        per_layer: Whether to return what every layer adds, by the name that `named_modules` has for it, "" for
            parameters of the module itself. Layers on which the outputs do not depend are left out.
        tile: Examples in one block; None for a size at which a block takes little memory. It changes rounding alone.
        method: "auto", or the only route that is allowed: "gram", "jacobian" or "loop".
        accumulate: In what the derivatives are multiplied, and what is returned; the network computes in its own dtype,
            and blocks of products, parameters and layers are added in double precision. In `torch.float64` the kernel
            is positive semidefinite up to 1e-15 also for a network in single precision. In `torch.float32` products,
            and sums of up to 4,096 of them or over the places of two examples, are rounded to single precision: that
            adds no more error than derivatives in single precision have, 1e-7, takes about half the time, and leaves
            eigenvalues below 1e-8 of the largest to rounding.
        module2: The module for `x2` if it is another one, with the same parameter names and shapes, such as one with
            other activations: then Theta is J_1 D J_2', which is not symmetric.

    Returns:
        (N, M, O, O) for "full", (N, M, O) for "diagonal", else (N, M); for `per_layer` one for each layer, whose sum is
        the kernel. `kernel.transpose(1, 2).reshape(N * O, M * O)` is the matrix in the order (example, output), and
        makes no copy.

    Raises:
        TypeError: If inputs are no tensor, or the module returns none.
        ValueError: If there is no example, dtype or device of inputs differ from those of the parameters, the module
            couples examples, is random, changes its inputs or what its gradients need, or treats later examples in
            another way than the first two; if its outputs are not real numbers (N, O); if inputs, weights, outputs or
            the kernel are not finite, a weight has gradient hooks, or torch.autocast is on; if the index of an output,
            D, `tile` or `module2` do not fit; if `method` does not cover all parameters, or the kernel is not that of
            automatic differentiation.

    Source: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572), for the kernel.

    >>> empirical_ntk(nn.Linear(5, 2), torch.zeros(3, 5), torch.zeros(4, 5)).shape
    torch.Size([3, 4, 2, 2])
    """
    tile = None if tile is None else whole_number("tile", tile)
    with torch.inference_mode(False):
        one, contraction = kernel_side(module, x1, outputs, method)
        two = None
        if x2 is not None or module2 is not None:
            other = module if module2 is None else module2
            two, _ = kernel_side(other, x1 if x2 is None else x2, outputs, method)
            require_alike(one, two)
        entries = parameter_entries(trainable(one.plan.module), weights)
        request = Request(contraction, entries, tile, accumulate, per_layer)
        found = tiled_kernels(one, two, request)
        shown = {layer: kernel.transpose(1, 2) if kernel.ndim == 4 else kernel for layer, kernel in found.items()}
        for kernel in shown.values():
            require_finite_kernel(kernel)
        require_true(found.values(), one, two, request)
    return shown if per_layer else shown[""]


def kernel_routes(module: nn.Module, inputs: Tensor, *, method: Method = "auto") -> KernelRoutes:
    """How `empirical_ntk` would find the derivatives of a module, without making a kernel.

    Args:
        module: With outputs (N, O) or (N,).
        inputs: Examples (N, ...), of which six are used, from the first to the last.
        method: "auto", or the only route that is allowed.

    Raises:
        TypeError: As for `empirical_ntk`.
        ValueError: As for `empirical_ntk`.

    >>> kernel_routes(nn.Linear(5, 2), torch.zeros(3, 5)).routes
    {'weight': 'gram', 'bias': 'gram'}
    """
    with torch.inference_mode(False):
        plan = kernel_side(module, inputs, "sum_of_logits", method)[0].plan
    ordered = {name: plan.routes[name] for name in plan.shapes}
    return KernelRoutes(ordered, plan.reasons, plan.input_bytes, plan.gradient_bytes)
