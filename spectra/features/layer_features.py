"""What the layers of any module make of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from spectra.features.arguments import require_readable
from spectra.objectives.objective import described
from spectra.plain_text import first_few

ACTIVATIONS = (nn.ReLU, nn.Hardtanh, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Softplus, nn.Tanh, nn.Sigmoid)


def layer_names(module: nn.Module, patterns: Sequence[str] = ()) -> list[str]:
    """The layers of a module that some patterns name, in the order in which the module lists its parts.

    Args:
        module: Any module.
        patterns: Names of `named_modules`; in each part between two points `*` stands for anything: "blocks.*" is every
            block, and no part of one. Without patterns every activation is meant: nn.ReLU, nn.Tanh, nn.GELU and so on.

    Raises:
        TypeError: If the patterns are no list of names.
        ValueError: If a pattern fits no layer, or there is none and no activation either.

    >>> layer_names(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)), ["*"])
    ['0', '1', '2']
    """
    _require_names(patterns)
    names = [name for name, _ in module.named_modules() if name]
    if not patterns:
        found = [name for name, part in module.named_modules() if name and isinstance(part, ACTIVATIONS)]
        if not found:
            raise ValueError(f"the module has no activation among its parts; name layers: {first_few(names) or 'none'}")
        return found
    for pattern in patterns:
        if not any(_fits(name, pattern) for name in names):
            raise ValueError(f"no layer of the module fits {pattern!r}; it has {first_few(names) or 'no parts'}")
    return [name for name in names if any(_fits(name, pattern) for pattern in patterns)]


def layer_features(module: nn.Module, inputs: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
    """Outputs of some layers for every example, flattened to (N, D).

    Args:
        module: Any module in evaluation mode; it is left as it is.
        inputs: N examples, in the dtype of the weights, or tokens.
        layers: Names of `named_modules`, one or more in a list.

    Returns:
        The features (N, D) of each layer in the order of `layers`, without a graph.

    Raises:
        TypeError: If the module is none, inputs are no tensor, or the layers no list of names.
        ValueError: If a layer does not exist, is not called exactly once, returns no tensor with one row for each
            example, or the module is random or couples examples; if there is no layer or example, or inputs are not
            finite, differ from the weights in dtype or device, or cannot be read by the module.
    """
    require_readable(module, inputs)
    with torch.no_grad(), watched(module, layers) as seen:
        module(inputs)
        return flat(seen, layers, len(inputs))


def flat(seen: dict[str, list[object]], layers: Sequence[str], examples: int) -> dict[str, Tensor]:
    """What `watched` saw, as one matrix (N, D) for each layer."""
    found = {}
    for name in layers:
        calls = seen[name]
        if len(calls) != 1:
            raise ValueError(
                f"the layer {name} was called {len(calls)} times in one pass; name one that is called once"
            )
        (output,) = calls
        if not isinstance(output, Tensor) or output.ndim == 0 or len(output) != examples:
            what = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ValueError(f"the layer {name} returned {what} for {examples} examples; features are (N, ...)")
        found[name] = output.reshape(examples, -1)
    return found


@contextmanager
def watched(module: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, list[object]]]:
    """The outputs of some layers in the passes made within, in the order of the calls.

    Raises:
        TypeError: If the layers are no list of names.
        ValueError: If there is none, or a layer does not exist.
    """
    _require_names(layers)
    parts = dict(module.named_modules())
    if not layers:
        raise ValueError(f"layers are empty; pass the name of one or more of {first_few(filter(None, parts))}")
    missing = [name for name in layers if name not in parts]
    if missing:
        raise ValueError(f"the module has no layer {first_few(missing)}; it has {first_few(filter(None, parts))}")
    seen: dict[str, list[object]] = {name: [] for name in layers}

    def hook(name: str) -> Callable[[nn.Module, object, object], None]:
        def keep(part: nn.Module, given: object, output: object) -> None:  # noqa: ARG001
            # A copy: an operation in place that follows would change what was kept.
            seen[name].append(output.clone() if isinstance(output, Tensor) else output)

        return keep

    handles = [parts[name].register_forward_hook(hook(name)) for name in seen]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _require_names(names: Sequence[str]) -> None:
    if isinstance(names, str):
        raise TypeError(f"the string {names!r} was given in place of layers; pass a list of names: [{names!r}]")
    if not isinstance(names, Collection) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{described(names)} was given in place of layers; pass a list of names, as of named_modules")


def _fits(name: str, pattern: str) -> bool:
    parts, wanted = name.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
