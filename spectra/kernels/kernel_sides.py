"""A module, its examples and the outputs that are asked for, checked, with the routes to their derivatives."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from spectra.kernels.independence import require_independent
from spectra.kernels.inner_products import Contraction
from spectra.kernels.kernel_tiles import Side
from spectra.kernels.layer_factors import plain_passes
from spectra.kernels.preconditions import require_inputs, require_module, require_own_precision, require_weights
from spectra.kernels.readouts import example_outputs, first_outputs, readouts
from spectra.kernels.routes import LADDER, Method, planned
from spectra.objectives.steady import require_steady
from spectra.objectives.wrapping import unwrapped
from spectra.plain_text import first_few

KernelOutputs = Literal["full", "trace", "diagonal", "sum_of_logits"] | int


def kernel_side(module: nn.Module, inputs: Tensor, outputs: KernelOutputs, method: Method) -> tuple[Side, Contraction]:
    """What `empirical_ntk` needs of one module and its examples, and how their kernel is contracted.

    Raises:
        TypeError: If the module is none, inputs are no tensor, or the module returns none.
        ValueError: As for `empirical_ntk`.
    """
    if method not in ("auto", *LADDER):
        raise ValueError(f"method={method!r} was asked for; possible are 'auto', {', '.join(map(repr, LADDER))}")
    require_module(module)
    module = unwrapped(module)
    require_steady(module)
    parameters = trainable(module)
    require_weights(parameters, parameters)
    first = next(iter(parameters.values()))
    require_own_precision(first.device)
    require_inputs(inputs, first)
    inputs = inputs.detach().clone() if inputs.is_inference() else inputs.detach()

    def forward(examples: Tensor) -> Tensor:
        # Chance is seen, and buffers are put back, after every call.
        with plain_passes(module, inputs.device), torch.no_grad():
            return example_outputs(module(examples), len(examples))

    made = first_outputs(forward, inputs)
    require_independent(forward, inputs, module)
    cotangents, contraction = _cotangents(outputs, made)
    return Side(planned(module, inputs, method), inputs, cotangents), contraction


def trainable(module: nn.Module) -> dict[str, Tensor]:
    """Parameters of a module that require gradients, tied ones once.

    Raises:
        ValueError: If there is none, or they differ in dtype or device, or are complex or not made yet.
    """
    found: dict[str, Tensor] = {name: value for name, value in module.named_parameters() if value.requires_grad}
    if not found:
        raise ValueError("no parameter of the module requires a gradient; call requires_grad_() on those that count")
    if any(isinstance(value, UninitializedParameter) for value in found.values()):
        raise ValueError("the module has lazy layers without weights; run it once on a batch before")
    kinds = sorted({f"{value.dtype} on {value.device}" for value in found.values()})
    if len(kinds) > 1 or next(iter(found.values())).is_complex():
        raise ValueError(f"the trainable parameters are {', '.join(kinds)}; they must be real and of one kind")
    return found


def require_alike(one: Side, two: Side) -> None:
    """Refuse two modules without a kernel between them.

    Raises:
        ValueError: If they differ in parameters or in the number of outputs.
    """
    if one.plan.shapes != two.plan.shapes:
        odd = sorted(str(pair) for pair in set(one.plan.shapes.items()) ^ set(two.plan.shapes.items()))
        raise ValueError(f"the two modules have other parameters, {first_few(odd)}; names and shapes must agree")
    if one.cotangents.shape != two.cotangents.shape:
        counts = one.cotangents.shape[1], two.cotangents.shape[1]
        raise ValueError(f"the two modules have {counts[0]} and {counts[1]} outputs; the same number is needed")


def _cotangents(outputs: KernelOutputs, made: Tensor) -> tuple[Tensor, Contraction]:
    """Rows (k, O) whose products with the outputs are differentiated, and how their inner products are summed."""
    if isinstance(outputs, str) and (outputs == "full" or outputs == "diagonal" or outputs == "trace"):
        return torch.eye(made.shape[1], dtype=made.dtype, device=made.device), outputs
    try:
        (readout,) = readouts(outputs, made.shape[1], made)
    except ValueError as error:
        raise ValueError(str(error).replace("'trace',", "'trace', 'diagonal',")) from None
    return readout.T, "trace"
