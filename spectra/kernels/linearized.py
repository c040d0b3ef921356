"""A module that is linear in its weights: the first-order Taylor expansion of another one."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call, jvp
from torch.nn.attention import SDPBackend, sdpa_kernel

from spectra.kernels.recurrence import plain_recurrence
from spectra.objectives.differentiable import PlainWeightNorm
from spectra.objectives.steady import require_steady
from spectra.objectives.wrapping import uncompiled, unwrapped

NO_FORWARD = (
    "the network has an operation without a forward derivative ({error}), so that its linearization cannot be "
    "evaluated; write it in plain operations (an nn.Embedding and a sum in place of nn.EmbeddingBag), or use the "
    "kernel of the network with empirical_ntk, which needs first derivatives alone"
)

MISSING = ("forward AD", "jvp")
"""What torch says of an operation that has no forward derivative."""


class Linearized(nn.Module):
    """f_0(x) + J(x) w: linear in its own parameters w, the displacement from the weights of another module.

    Attributes:
        start: A frozen copy of the module, in evaluation mode whatever the mode of this one.
        displacement: Parameters w under the names that they have in the module, zero at the start.
        include_start: Whether the outputs f_0 of the module are added.
    """

    def __init__(self, module: nn.Module, *, include_start: bool = True) -> None:
        super().__init__()
        _load_forward_rules()
        self.include_start = include_start
        trainable = {name: value for name, value in module.named_parameters() if value.requires_grad}
        self.displacement = _tree({name: torch.zeros_like(value) for name, value in trainable.items()})
        self.start = copy.deepcopy(module).requires_grad_(False).eval()
        self.start.zero_grad()  # a copy takes gradients along

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of the shape of those of the module.

        Raises:
            NotImplementedError: If an operation of the module has no forward derivative.
        """
        tangents = dict(self.displacement.named_parameters())
        held = dict(self.start.named_parameters())

        def outputs(parameters: Mapping[str, Tensor]) -> Tensor:
            found: Tensor = functional_call(self.start, dict(parameters), (inputs,))
            return found

        with forward_differentiable(self.start):
            values, change = jvp(outputs, ({name: held[name] for name in tangents},), (tangents,))[:2]
        moved: Tensor = values + change if self.include_start else change
        return moved

    def train(self, mode: bool = True) -> Linearized:
        """The mode of this module; the copy stays in evaluation mode, so that its buffers do not move."""
        super().train(mode)
        self.start.eval()
        return self


def linearize(module: nn.Module, *, include_start: bool = True) -> Linearized:
    """The first-order Taylor expansion of a module in its weights, at the weights it has now.

    f_lin(x; w) = f(x; theta_0) + J(x) w, with parameters w of its own that start at zero and bear the names of those of
    the module after "displacement."; train it like any module. Its tangent kernel is that of the module at theta_0,
    and stays it. Buffers, such as the statistics of batch normalization, are those of the moment and never change. A
    step makes the products J(x) w and J(x)' g: 1.5 times a step of the module for a convolutional network, and 4.6
    times for a network of 5,000 weights, where the overhead of each operation rules.

    Args:
        module: In evaluation mode if it has dropout or batch normalization. It is copied, and not changed; parameters
            that require no gradient stay as they are.
        include_start: Whether f(x; theta_0) is added. Without it the model is one of tangent features alone.

    Returns:
        The module that is linear in its parameters.

    Raises:
        TypeError: If no module is given.
        ValueError: If no parameter requires a gradient, or a layer is in a mode in which its outputs are random or
            depend on the batch.

    >>> linear = linearize(nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)))
    >>> linear(torch.zeros(3, 5)).shape, [name for name, _ in linear.named_parameters() if "displacement" in name][:2]
    (torch.Size([3, 2]), ['displacement.0.weight', 'displacement.0.bias'])

    Source: Lee et al. 2019, Wide Neural Networks of Any Depth Evolve as Linear Models (arXiv 1902.06720).
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"a {type(module).__name__} was given; pass the module itself")
    module = unwrapped(module)
    require_steady(module)
    if not any(value.requires_grad for value in module.parameters()):
        raise ValueError("no parameter of the module requires a gradient; call requires_grad_() on those that may move")
    return Linearized(module, include_start=include_start)


@contextmanager
def forward_differentiable(module: nn.Module) -> Iterator[None]:
    """Inside, attention, recurrence and weight normalization run in operations that have forward derivatives.

    Raises:
        NotImplementedError: If an operation has none.
    """
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with uncompiled(), sdpa_kernel(SDPBackend.MATH), PlainWeightNorm(), plain_recurrence(module):
            yield
    except (NotImplementedError, RuntimeError) as error:
        if not any(words in str(error) for words in MISSING):
            raise
        raise NotImplementedError(NO_FORWARD.format(error=str(error).splitlines()[0])) from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _load_forward_rules() -> None:
    """Have torch load its forward derivatives, which at the first use warns of the compiler that it uses for them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*torch.jit.script.*", DeprecationWarning)
        jvp(torch.neg, (torch.zeros(1),), (torch.zeros(1),))


def _tree(named: Mapping[str, Tensor]) -> nn.Module:
    """A module that holds tensors as parameters under dotted names."""
    root = nn.Module()
    for name, value in named.items():
        *path, last = name.split(".")
        place = root
        for part in path:
            if part not in place._modules:
                place.add_module(part, nn.Module())
            place = place.get_submodule(part)
        place.register_parameter(last, nn.Parameter(value))
    return root
