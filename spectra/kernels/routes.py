"""The fastest way to the derivatives in each parameter that is right for a module."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor, nn

from spectra.kernels.batch_layout import Layout, layout_of
from spectra.kernels.derivative_parts import as_rows, one_row
from spectra.kernels.layer_factors import Factors, Plan, Route, factors, plain_passes, recorded, signature
from spectra.kernels.recorded_calls import Recorder
from spectra.kernels.sample_jacobians import gradients_of_one
from spectra.objectives.differentiable import INDEPENDENT

Method = Literal["auto", "gram", "jacobian", "loop"]
LADDER: tuple[Route, ...] = ("gram", "jacobian", "loop")
PIECE = 2**16
"""Numbers that are compared at once: the memory of the largest weight is not taken again."""

FAILURES = (RuntimeError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError, UserWarning)
"""What torch raises, or is made to raise, where an operation cannot be vectorised or a shape is not as foreseen."""


def planned(module: nn.Module, inputs: Tensor, method: Method) -> Plan:
    """Routes that give the gradients of two examples as ordinary automatic differentiation does.

    Every parameter takes the first of these that does: "gram", from recorded calls of known operations, by one backward
    pass to their outputs; "jacobian", vectorised over examples; "loop", an ordinary backward pass for each example and
    output. A parameter on which the outputs do not depend is "unused".

    Args:
        module: In evaluation mode if it has dropout or batch normalization.
        inputs: Examples (N, ...).
        method: "auto", or the one route that is allowed.

    Raises:
        ValueError: If the one route does not give the gradients, with the reasons.
    """
    names = {name: value for name, value in module.named_parameters() if value.requires_grad}
    few = inputs[[0, min(1, len(inputs) - 1)]]
    with plain_passes(module, inputs.device):
        passes = recorded(module, few), recorded(module, torch.cat([few, few[:1]]))
    cotangent = _cotangent(passes[0][0])
    # Where two examples and three make other calls, a parameter that neither of two uses may be used by another.
    steady = len(signature(passes[0][1])) == len(signature(passes[1][1]))
    reached = {name for one in few.split(1) for name in _reached(module, list(names), one, cotangent)}
    if not reached:
        raise ValueError(INDEPENDENT)
    unused = [name for name in names if steady and name not in reached]
    plan = Plan(
        module,
        shapes={name: value.shape for name, value in names.items()},
        routes=dict.fromkeys(unused, "unused"),
        reasons={},
        signature=signature(passes[0][1]),
        layouts=_layouts(passes[0][1], passes[1][1]),
        biases=_biases(passes[0][1]),
    )
    for route in LADDER if method == "auto" else (method,):
        plan = _tried(plan, route, passes[0][1], few, cotangent)
    left = [name for name in names if name not in plan.routes]
    if left:
        reasons = "; ".join(f"{name}: {plan.reasons[name]}" for name in left)
        raise ValueError(f'method="{method}" does not cover {reasons}; use method="auto"')
    return plan


def _tried(plan: Plan, route: Route, recorder: Recorder, few: Tensor, cotangent: Tensor) -> Plan:
    """The plan with the parameters that a route gives right, of those that have none yet."""
    open_names = [name for name in plan.shapes if name not in plan.routes]
    reasons = {name: why for name in open_names if route == "gram" and (why := _obstacle(name, plan, recorder))}
    names = [name for name in open_names if name not in reasons]
    if not names:
        return replace(plan, reasons={**plan.reasons, **reasons})
    trial, found, why = _made(replace(plan, routes=dict.fromkeys(names, route)), few, cotangent)
    wrong = dict.fromkeys(names, why) if why else _differences(plan.module, names, found, few, cotangent)
    reasons |= {name: f"{route}: {difference}" for name, difference in wrong.items()}
    right = {name: route for name in names if name not in reasons}
    return replace(
        trial,
        routes={**plan.routes, **right},
        reasons={**plan.reasons, **reasons},
        # Two examples, and the one cotangent twice.
        input_bytes=plan.input_bytes + found.input_bytes // 2,
        gradient_bytes=plan.gradient_bytes + found.gradient_bytes // 4,
    )


def _made(trial: Plan, few: Tensor, cotangent: Tensor) -> tuple[Plan, Factors, str]:
    """The factors of the first examples, or why there are none; cotangents one by one if not together."""
    why = ""
    for batched in (True, False) if trial.by("gram") else (trial.batched,):
        plan = replace(trial, batched=batched)
        try:
            with warnings.catch_warnings():
                # torch warns where it falls back to a loop inside a vectorised call, which is slower than ours.
                warnings.filterwarnings("error", "There is a performance drop", UserWarning)
                return plan, factors(plan, few, cotangent.expand(2, -1)), ""
        except FAILURES as error:
            why = _first_line(error)
    return trial, Factors([], {}), why


def _obstacle(name: str, plan: Plan, recorder: Recorder) -> str:
    """Why recorded calls cannot give the derivatives in a parameter; empty if they might."""
    if name in recorder.opaque:
        return f"gram: it is used by {recorder.opaque[name]}"
    layouts = [layout for call, layout in zip(recorder.calls, plan.layouts, strict=True) if name in call.roles.values()]
    if not layouts:
        return "gram: no call of a known operation uses it"
    if None in layouts:
        return "gram: it is used in a call whose output has no axis of examples"
    return ""


def _layouts(few: Recorder, more: Recorder) -> list[Layout | None]:
    """Where the examples lie in the outputs of the calls, from passes with two and with three of them."""
    if signature(few) != signature(more):
        return [None] * len(few.calls)
    return [layout_of(one.shape, other.shape, (2, 3)) for one, other in zip(few.calls, more.calls, strict=True)]


def _biases(recorder: Recorder) -> dict[str, str]:
    """Weights with a bias that is used in the calls of the weight, and in no others."""
    users: dict[str, list[int]] = {}
    pairs: dict[str, str] = {}
    for place, call in enumerate(recorder.calls):
        for name in call.roles.values():
            users.setdefault(name, []).append(place)
        plain = all(alias.plain for alias in call.aliases.values())
        if plain and call.operation.fused and {"weight", "bias"} <= set(call.roles):
            pairs[call.roles["weight"]] = call.roles["bias"]
    return {weight: bias for weight, bias in pairs.items() if users[weight] == users[bias]}


def _reached(module: nn.Module, names: Sequence[str], one: Tensor, cotangent: Tensor) -> list[str]:
    """Parameters on which the outputs for an example depend."""
    return [name for name, slope in _truth(module, names, one, cotangent).items() if slope is not None]


def _differences(
    module: nn.Module, names: Sequence[str], found: Factors, few: Tensor, cotangent: Tensor
) -> dict[str, str]:
    """Parameters in which derivatives differ from those of automatic differentiation, and how."""
    wrong: dict[str, str] = {}
    for place, one in enumerate(few.split(1)):
        # Gradients take as much memory as the module: those of one example are gone before the next ones are made.
        wrong |= _differences_of_one(_truth(module, names, one, cotangent), place, found)
    return wrong


def _differences_of_one(slopes: dict[str, Tensor | None], place: int, found: Factors) -> dict[str, str]:
    # Gradients that cancel, such as those in the bias of keys, are as large as the rounding of all others.
    whole = max((float(slope.norm()) for slope in slopes.values() if slope is not None), default=0.0)
    differences = {name: _difference(name, place, found, slope, whole) for name, slope in slopes.items()}
    return {name: difference for name, difference in differences.items() if difference}


def _difference(name: str, place: int, found: Factors, exact: Tensor | None, whole: float) -> str:
    """How the derivatives of one example in one parameter are wrong; empty if they are right up to rounding."""
    try:
        row = as_rows(one_row(found.part([name]), place)).values.reshape(-1)
    except FAILURES as error:
        return _first_line(error)
    expected = torch.zeros_like(row) if exact is None else exact.reshape(-1)
    unit = torch.finfo(row.dtype).eps
    if expected.shape != row.shape:
        return f"it has {len(row)} derivatives in place of {len(expected)}"
    # A piece at a time, since the difference may be as large as the largest weight.
    pieces = zip(row.split(PIECE), expected.split(PIECE), strict=True)
    distance = sum(float((one - other).square().sum()) for one, other in pieces) ** 0.5
    if not distance <= unit**0.5 * float(expected.norm()) + 1e3 * unit * whole:
        return "its gradients are not those of automatic differentiation"
    return ""


def _truth(module: nn.Module, names: Sequence[str], one: Tensor, cotangent: Tensor) -> dict[str, Tensor | None]:
    """Gradients of one example by ordinary automatic differentiation."""
    with plain_passes(module, one.device):
        return gradients_of_one(module, names, one, cotangent[0])


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _cotangent(outputs: Tensor) -> Tensor:
    """(1, O), the same for every example and at every call."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(1, outputs.shape[1], generator=generator, dtype=torch.float64).to(outputs)
