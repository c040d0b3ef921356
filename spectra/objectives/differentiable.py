"""Networks that can be differentiated twice, and those that would give wrong second derivatives in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node, disable_saved_tensors_hooks

from spectra.objectives.plain_operations import plain_operations

INSTEAD = (
    'use hessian(..., method="finite_difference"), which needs gradients alone, method="auto", which falls back to it, '
    "or the same network written in plain operations"
)
MISSING = (
    "is not implemented",
    "double backward",
    "Double backwards",
    "differentiate twice",
    "no autograd formula was registered",
)
"""What torch says of an operation whose backward pass has no derivative."""

INDEPENDENT = (
    "the loss does not depend on the weights; check that the network uses its parameters, and not inside "
    "torch.no_grad, torch.inference_mode or detach, and that a loss of your own uses the module that it is given"
)
RECOMPUTED = (
    "the network saves memory by checkpointing or by moving what it saves (torch.utils.checkpoint, "
    "saved_tensors_hooks). Its backward pass would recompute with the module's own weights in place of the given ones, "
    "and be wrong; turn this off: most modules do it in training mode only, so call module.eval()"
)


@contextmanager
def kept_whole() -> Iterator[None]:
    """Graphs are kept inside, whatever mode the caller is in, and hold all that the backward pass needs.

    Raises:
        ValueError: If the network inside would recompute in its backward pass.
    """
    try:
        with torch.inference_mode(False), torch.enable_grad(), disable_saved_tensors_hooks(RECOMPUTED):
            yield
    except RuntimeError as error:
        if str(error) != RECOMPUTED and "use_reentrant" not in str(error):
            raise
        raise ValueError(RECOMPUTED) from error


@contextmanager
def twice_differentiable() -> Iterator[None]:
    """Graphs that are made inside are kept, and attention and normalised weights are computed in plain operations."""
    with kept_whole(), plain_operations():
        yield


@contextmanager
def explained() -> Iterator[None]:
    """Says what to do where torch finds, inside, that a backward pass cannot be differentiated.

    Raises:
        NotImplementedError: From the error of torch.
    """
    try:
        yield
    except RuntimeError as error:
        if not any(words in str(error) for words in MISSING):
            raise
        raise NotImplementedError(f"the network has no second derivative here ({error}); {INSTEAD}") from error


def pulled_back(outputs: Tensor, point: Tensor, cotangent: Tensor) -> Tensor:
    """Vector-Jacobian product J' c with a graph, so that it can be differentiated in the point and in c.

    Args:
        outputs: Any tensor with a graph that leads to the point.
        point: Weights (P,).
        cotangent: The vector c, of the shape of the outputs. It must require a gradient: that is how a backward pass
            is seen that drops the graph.

    Returns:
        J' c of shape (P,).

    Raises:
        ValueError: If the outputs do not depend on the point.
        NotImplementedError: If a custom autograd function on the way has a backward pass that cannot be differentiated.
            torch would leave out what passes through it, without an error, since no path of the graph leads there.
    """
    (pulled,) = pulled_back_to(outputs, [point], cotangent)
    return pulled


def pulled_back_to(outputs: Tensor, points: Sequence[Tensor], cotangent: Tensor) -> tuple[Tensor, ...]:
    """`pulled_back` for weights that are several tensors; zero for those on which the outputs do not depend."""
    if not outputs.requires_grad:
        raise ValueError(INDEPENDENT)
    cut: set[str] = set()
    hooks = [_watched(node, cut) for node in _nodes(outputs.grad_fn) if _is_custom(node)]
    try:
        pulled = torch.autograd.grad(outputs, points, cotangent, create_graph=True, allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
    if all(slope is None for slope in pulled):
        raise ValueError(INDEPENDENT)
    if cut:
        raise NotImplementedError(f"the backward pass of {', '.join(sorted(cut))} cannot be differentiated; {INSTEAD}")
    return tuple(torch.zeros_like(at) if slope is None else slope for slope, at in zip(pulled, points, strict=True))


def _watched(node: Node, cut: set[str]) -> torch.utils.hooks.RemovableHandle:
    """A hook on a node that adds its name to `cut` if its backward pass hands on nothing that can be differentiated."""

    def hook(handed: tuple[Tensor | None, ...], received: tuple[Tensor | None, ...]) -> None:
        tensors = [tensor for tensor in handed if tensor is not None]
        # A vector-Jacobian product is linear in what it received, so its graph must contain that.
        linked = any(tensor is not None and tensor.requires_grad for tensor in received)
        kept = any(tensor.requires_grad for tensor in tensors)
        refusing = any(tensor.grad_fn is not None and tensor.grad_fn.name().endswith("Error") for tensor in tensors)
        if tensors and linked and (refusing or not kept):
            cut.add(node.name())

    return node.register_hook(hook)


def _is_custom(node: Node) -> bool:
    return BackwardCFunction in type(node).__mro__ or "CppNode" in node.name()


def _nodes(root: Node | None) -> Iterator[Node]:
    """Every node of a graph once."""
    seen: set[Node] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting.extend(before for before, _ in node.next_functions)
            yield node
