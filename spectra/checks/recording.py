"""What the layers of a module put out in one forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._pytree import tree_leaves, tree_map_only

from spectra.checks.attention_logits import AttentionLogits
from spectra.checks.random_numbers import seeded
from spectra.checks.trial import Trial
from spectra.objectives.wrapping import uncompiled, unwrapped

OUTPUT = "output"
"""What the whole network is called among its layers."""
LOGITS = "(logits)"
"""What the attention logits of a module are called below its name: no module can be called that."""


@dataclass(frozen=True)
class Recording:
    """One forward pass. A layer that is called several times has its calls side by side, in one flat vector.

    Attributes:
        outputs: Output of each layer, flat, a copy without a graph; attention logits under "<module>.(logits)".
        unmoved: For layers with weights of their own, what they would put out with their first weights and the inputs
            that they have now.
        shapes: Shapes of the first input (empty without one) and of the output, at the first call.
    """

    outputs: dict[str, Tensor] = field(default_factory=dict)
    unmoved: dict[str, Tensor] = field(default_factory=dict)
    shapes: dict[str, tuple[torch.Size, torch.Size]] = field(default_factory=dict)


def recorded(trial: Trial, start: Mapping[int, Tensor]) -> Recording:
    """What the layers of a trial's module put out when its loss is computed.

    Layers are the modules that own parameters, the numbered blocks that hold such modules, and the whole network,
    called "output". The pass leaves everything as it was: modes and hooks, buffers, and torch's random numbers, which
    are the same in every pass, so that dropout draws the same masks before and after training.

    Args:
        trial: The module and its loss.
        start: First weights of each parameter, by the `id` of the parameter.
    """
    module, recording = unwrapped(trial.module), Recording()
    with ExitStack() as stack:
        stack.enter_context(seeded(0))
        stack.enter_context(_kept_buffers(module))
        stack.enter_context(uncompiled())
        # With gradients, because the attention of torch.nn takes another path, which shows no logits, without them.
        stack.enter_context(torch.enable_grad())
        recorder = _Recorder(recording, start)
        for name, part in module.named_modules():
            stack.callback(recorder.watch(name, part))
        stack.enter_context(AttentionLogits(recorder.logits))
        trial.loss(trial.module)
    return recording


def is_layer(name: str, part: nn.Module) -> bool:
    """Whether the outputs of a module are recorded."""
    if name == "" or _owns(part):
        return ".parametrizations." not in f".{name}."
    return name.rpartition(".")[2].isdigit() and any(True for _ in part.parameters())


def _owns(part: nn.Module) -> bool:
    return any(True for _ in part.parameters(recurse=False)) or "parametrizations" in dict(part.named_children())


def _is_leaf(part: nn.Module) -> bool:
    """Whether no module inside has weights, but for parametrizations of the module's own."""
    children = [child for name, child in part.named_children() if name != "parametrizations"]
    return _owns(part) and not any(True for child in children for _ in child.parameters())


@contextmanager
def _kept_buffers(module: nn.Module) -> Iterator[None]:
    buffers = [(buffer, buffer.detach().clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


class _Recorder:
    """The hooks of one pass."""

    def __init__(self, recording: Recording, start: Mapping[int, Tensor]) -> None:
        self.recording = recording
        self.start = start
        self.running: list[str] = []  # names of the modules whose forward pass is under way
        self.idle = False  # while a layer is run with its first weights

    def watch(self, name: str, part: nn.Module) -> Callable[[], None]:
        """Follow a module; what is returned ends it."""

        def before(_: nn.Module, args: Any, kwargs: Any) -> None:
            if not self.idle:
                self.running.append(name)
                if _is_leaf(part):
                    self._unmoved(name, part, args, kwargs)

        def after(_: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            if not self.idle:
                self.running.pop()
                if is_layer(name, part):
                    self._keep(name or OUTPUT, (args, kwargs), output)

        handles = (
            part.register_forward_pre_hook(before, with_kwargs=True),
            part.register_forward_hook(after, with_kwargs=True),
        )

        def end() -> None:
            for handle in handles:
                handle.remove()

        return end

    def logits(self, found: Tensor) -> None:
        """Keep attention logits under the innermost module that is running."""
        if self.running and not self.idle:
            path = self.running[-1]
            name = f"{path}.{LOGITS}" if path else LOGITS
            self.recording.shapes.setdefault(name, (found.shape, found.shape))
            _add(self.recording.outputs, name, found)

    def _keep(self, name: str, inputs: Any, output: Any) -> None:
        tensor = _first(output)
        if tensor is not None:
            given = _first(inputs, integers=True)
            shapes = (torch.Size() if given is None else given.shape, tensor.shape)
            self.recording.shapes.setdefault(name, shapes)
            _add(self.recording.outputs, name, tensor)

    def _unmoved(self, name: str, part: nn.Module, args: Any, kwargs: Any) -> None:
        # Before the layer runs, and on copies: a layer may change its inputs in place.
        args, kwargs = tree_map_only(Tensor, lambda tensor: tensor.detach().clone(), (args, kwargs))
        first = {local: self.start[id(tensor)] for local, tensor in part.named_parameters()}
        self.idle = True
        try:
            with torch.no_grad():
                tensor = _first(functional_call(part, first, args, kwargs))
        finally:
            self.idle = False
        if tensor is not None:
            _add(self.recording.unmoved, name or OUTPUT, tensor)


def _first(found: Any, *, integers: bool = False) -> Tensor | None:
    """The first tensor with an axis among whatever a module takes or returns: a loss beside it is a scalar."""
    for leaf in tree_leaves(found):
        if isinstance(leaf, Tensor) and leaf.ndim and (integers or leaf.is_floating_point()):
            return leaf
    return None


def _add(kept: dict[str, Tensor], name: str, tensor: Tensor) -> None:
    # A copy: an operation in place after the hook would change what was seen.
    flat = tensor.detach().clone().flatten()
    kept[name] = torch.cat([kept[name], flat]) if name in kept else flat
