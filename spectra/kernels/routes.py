"""The fastest way to the derivatives in each parameter that is right for a module."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor, nn

from spectra.kernels.batch_layout import Layout, layout_of
from spectra.kernels.gradient_check import FAILURES, differences, first_line, reached
from spectra.kernels.layer_factors import Factors, Plan, Route, factors, plain_passes, recorded, signature
from spectra.kernels.readouts import INDEPENDENT
from spectra.kernels.recorded_calls import Recorder
from spectra.operators.chance import own_generator, random_direction

Method = Literal["auto", "gram", "jacobian", "loop"]
LADDER: tuple[Route, ...] = ("gram", "jacobian", "loop")


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
    cotangent = _cotangent(module, few)
    used = {name for one in few.split(1) for name in reached(module, list(names), one, cotangent)}
    if not used:
        raise ValueError(INDEPENDENT)
    first, second, why = _recorders(module, few)
    # Where two examples and three make other calls, a parameter that neither of two uses may be used by another.
    # The loop takes every example for itself, and later ones may use what the first two do not.
    steady = not why and len(first.calls) == len(second.calls) and method != "loop"
    plan = Plan(
        module,
        shapes={name: value.shape for name, value in names.items()},
        routes={name: "unused" for name in names if steady and name not in used},
        reasons=dict.fromkeys(names, f"gram: {why}") if why else {},
        signature=signature(first),
        layouts=_layouts(first, second),
        biases=_biases(first),
    )
    for route in LADDER if method == "auto" else (method,):
        plan = _tried(plan, route, first, few, cotangent)
    left = [name for name in names if name not in plan.routes]
    if left:
        reasons = "; ".join(f"{name}: {plan.reasons[name]}" for name in left)
        advice = "use tangent_kernel_operator" if method == "auto" else 'use method="auto"'
        raise ValueError(f'method="{method}" does not cover {reasons}; {advice}')
    return plan


def _tried(plan: Plan, route: Route, recorder: Recorder, few: Tensor, cotangent: Tensor) -> Plan:
    """The plan with the parameters that a route gives right, of those that have none yet."""
    open_names = [name for name in plan.shapes if name not in plan.routes]
    reasons = {name: why for name in open_names if route == "gram" and (why := _obstacle(name, plan, recorder))}
    names = [name for name in open_names if name not in reasons]
    if not names:
        return replace(plan, reasons={**plan.reasons, **reasons})
    trial, found, why = _made(replace(plan, routes=dict.fromkeys(names, route)), few, cotangent)
    wrong = dict.fromkeys(names, why) if why else differences(plan.module, names, found, few, cotangent)
    reasons |= {name: f"{route}: {difference}" for name, difference in wrong.items()}
    right = {name: route for name in names if name not in reasons}
    return replace(
        trial,
        routes={**plan.routes, **right},
        reasons={**plan.reasons, **reasons},
        # Two examples, and the one cotangent twice.
        input_bytes=plan.input_bytes + found.input_bytes // 2,
        gradient_bytes=plan.gradient_bytes + found.gradient_bytes(list(right)) // 4,
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
            why = first_line(error)
    return trial, Factors([], {}), why


def _obstacle(name: str, plan: Plan, recorder: Recorder) -> str:
    """Why recorded calls cannot give the derivatives in a parameter; empty if they might."""
    if name in plan.reasons:
        return plan.reasons[name]
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
    """Weights with a bias such that every call that uses one of them uses both, as they are, in one operation."""
    uses: dict[str, set[tuple[str, str] | None]] = {}  # parameter -> the pairs in which its calls have it
    for call in recorder.calls:
        plain = call.operation.fused and all(alias.plain for alias in call.aliases.values())
        pair = (call.roles.get("weight", ""), call.roles.get("bias", "")) if plain else None
        for name in call.roles.values():
            uses.setdefault(name, set()).add(pair)
    pairs = {pair for found in uses.values() for pair in found if pair is not None and all(pair)}
    return {weight: bias for weight, bias in pairs if uses[weight] == uses[bias] == {(weight, bias)}}


def _recorders(module: nn.Module, few: Tensor) -> tuple[Recorder, Recorder, str]:
    """The calls for two examples and for three, or why they cannot be recorded."""
    try:
        with plain_passes(module, few.device):
            return recorded(module, few)[1], recorded(module, torch.cat([few, few[:1]]))[1], ""
    except FAILURES as error:
        return Recorder({}), Recorder({}), f"calls cannot be recorded: {first_line(error)}"


def _cotangent(module: nn.Module, few: Tensor) -> Tensor:
    """(1, O), the same for every example and at every call."""
    with plain_passes(module, few.device), torch.no_grad():
        outputs = module(few[:1])
    return random_direction(outputs.numel(), own_generator(), torch.float64, outputs.device).to(outputs)[None]
