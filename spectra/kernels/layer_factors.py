"""Derivatives of examples in the parameters of a module, by the route that was planned for each parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from spectra.kernels.batch_layout import Layout
from spectra.kernels.derivative_parts import Outer, Part, Rows, joined
from spectra.kernels.preconditions import require_finite_outputs
from spectra.kernels.recorded_calls import Call, Recorder
from spectra.kernels.sample_jacobians import looped_jacobians, vectorized_jacobians
from spectra.objectives.differentiable import twice_differentiable
from spectra.objectives.steady import without_chance
from spectra.objectives.wrapping import uncompiled

Route = Literal["gram", "jacobian", "loop", "unused"]
OTHERWISE = (
    "for some of the examples the module {}, and not for the first two: what it does depends on its inputs; use "
    'method="loop", which takes the examples one by one'
)


@dataclass(frozen=True)
class Plan:
    """How the derivatives of a module in its trainable parameters are found."""

    module: nn.Module
    shapes: Mapping[str, torch.Size]  # of the parameters
    routes: Mapping[str, Route]
    reasons: Mapping[str, str]  # why a parameter does not take the first route
    signature: Sequence[str]  # of the calls that a forward pass makes
    layouts: Sequence[Layout | None]  # of their outputs
    biases: Mapping[str, str] = field(default_factory=dict)  # weight -> bias that all its calls add, and no other
    input_bytes: int = 0  # of the factors of one example
    gradient_bytes: int = 0  # of the factors of one example and cotangent
    batched: bool = True  # whether one backward pass serves all cotangents

    def by(self, route: Route) -> list[str]:
        """Names of the parameters that take a route."""
        return [name for name, taken in self.routes.items() if taken == route]


@dataclass(frozen=True)
class Use:
    """A recorded call with the gradients of some outputs in its output."""

    call: Call
    layout: Layout
    gradients: Tensor  # (k, *shape)


@dataclass(frozen=True)
class Factors:
    """What inner products between the derivatives of some examples are made of."""

    uses: Sequence[Use]
    rows: Mapping[str, Part]

    def part(self, names: Sequence[str], scales: Sequence[float] = (1.0, 1.0)) -> Part:
        """Derivatives in a parameter, or in a weight and its bias together, all uses added.

        Args:
            names: Of the parameter, or of weight and bias of the same calls.
            scales: Of the derivatives in weight and bias, if both are asked for.
        """
        name = names[0]
        if name in self.rows:
            return self.rows[name]
        found: list[Part] = []
        for use in self.uses:
            roles = [role for role, held in use.call.roles.items() if held == name]
            made = use.call.derivatives(use.gradients, use.layout) if roles else {}
            found += [made[role] for role in roles]
        return joined([_with_bias(part, scales) for part in found] if len(names) > 1 else found)

    @property
    def input_bytes(self) -> int:
        """Memory of what does not depend on the number of cotangents."""
        return sum(use.call.given["input"].nbytes for use in self.uses)

    def gradient_bytes(self, names: Sequence[str]) -> int:
        """Memory of what there is for each cotangent: gradients, and derivatives that do not stay factors."""
        parts = [self.part([name]) for name in names]
        rows = sum(part.values.nbytes for part in parts if isinstance(part, Rows))
        return rows + sum(use.gradients.nbytes for use in self.uses)


def factors(plan: Plan, inputs: Tensor, cotangents: Tensor) -> Factors:
    """Derivatives of <cotangent, outputs> for every example and cotangent.

    Args:
        plan: Routes that were found for the module.
        inputs: Examples (n, ...).
        cotangents: (k, O).

    Raises:
        ValueError: If the module makes other calls for these examples than for those it was planned with.
    """
    rows: dict[str, Part] = {}
    with plain_passes(plan.module, inputs.device):
        uses = _uses(plan, inputs, cotangents) if plan.by("gram") or plan.by("unused") else []
        if names := plan.by("jacobian"):
            rows |= vectorized_jacobians(plan.module, names, inputs, cotangents)
        if names := plan.by("loop"):
            rows |= looped_jacobians(plan.module, names, inputs, cotangents)
    return Factors(uses, rows)


def recorded(module: nn.Module, inputs: Tensor) -> tuple[Tensor, Recorder]:
    """Outputs (n, O) with their graph, and the calls that use trainable parameters."""
    trainable = {name: value for name, value in module.named_parameters() if value.requires_grad}
    with Recorder(trainable) as recorder:
        outputs = module(inputs)
    return outputs.reshape(len(inputs), -1), recorder


@contextmanager
def plain_passes(module: nn.Module, device: torch.device) -> Iterator[None]:
    """Inside, graphs are kept, attention is plain, chance is refused, and buffers come back as they were."""
    named = [(part, name, held) for part in module.modules() for name, held in part._buffers.items()]
    buffers = [(part, name, held, held.clone()) for part, name, held in named if held is not None]
    try:
        with uncompiled(), twice_differentiable(), without_chance(device):
            yield
    finally:
        for part, name, held, before in buffers:
            part._buffers[name] = held
            if not torch.equal(held, before):
                held.copy_(before)


def _uses(plan: Plan, inputs: Tensor, cotangents: Tensor) -> list[Use]:
    outputs, recorder = recorded(plan.module, inputs)
    require_finite_outputs(outputs, range(len(outputs)))
    _require_same(plan, recorder, len(inputs))
    wanted = set(plan.by("gram"))
    pairs = [
        (call, layout)
        for call, layout in zip(recorder.calls, plan.layouts, strict=True)
        if layout is not None and wanted & set(call.roles.values())
    ]
    unused = [value for name, value in plan.module.named_parameters() if plan.routes.get(name) == "unused"]
    given = cotangents[:, None].expand(len(cotangents), *outputs.shape)
    found = pulled(outputs, [*(call.edge for call, _ in pairs), *unused], given, batched=plan.batched)
    if any(slopes is not None for slopes in found[len(pairs) :]):
        raise ValueError(OTHERWISE.format("used further parameters"))
    return [
        Use(call, layout, given.new_zeros(len(given), *call.shape) if slopes is None else slopes)
        for (call, layout), slopes in zip(pairs, found, strict=False)
    ]


def pulled(outputs: Tensor, edges: Sequence[Any], cotangents: Tensor, *, batched: bool) -> Sequence[Tensor | None]:
    """Gradients (k, ...) of <cotangent, outputs> for cotangents (k, n, O), by one backward pass or by k of them.

    Args:
        outputs: (n, O).
        edges: Edges of the graph, or tensors, in which the outputs are differentiated.
        cotangents: What the outputs are multiplied with.
        batched: Whether by one pass, which not all operations allow.
    """
    if not edges:
        return []
    if batched:
        return torch.autograd.grad(outputs, edges, cotangents, is_grads_batched=True, allow_unused=True)
    rows = [torch.autograd.grad(outputs, edges, one, retain_graph=True, allow_unused=True) for one in cotangents]
    return [None if column[0] is None else torch.stack(column) for column in zip(*rows, strict=True)]


def signature(recorder: Recorder) -> list[str]:
    """What was called with which parameters, in order."""
    return [f"{call.label} of {', '.join(call.roles.values())}" for call in recorder.calls]


def _require_same(plan: Plan, recorder: Recorder, count: int) -> None:
    """Refuse a pass that differs from the one that was planned with.

    Raises:
        ValueError: If it does.
    """
    if signature(recorder) != plan.signature:
        raise ValueError(OTHERWISE.format("made other calls"))
    for call, layout in zip(recorder.calls, plan.layouts, strict=True):
        if layout is not None and call.shape[layout.axis] != count * layout.fold:
            raise ValueError(OTHERWISE.format(f"made an output of shape {tuple(call.shape)} in {call.label}"))


def _with_bias(part: Part, scales: Sequence[float]) -> Part:
    """Derivatives in a weight and a bias together, scaled."""
    outer = cast(Outer, part)  # plans put only such weights together with their biases
    return replace(outer, left=outer.left if scales[0] == 1 else outer.left * scales[0], bias=scales[1])
