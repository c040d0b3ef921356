"""A module that is linear in its weights: the first-order Taylor expansion of another one."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.autograd.forward_ad import unpack_dual
from torch.func import functional_call, jvp
from torch.nn.parameter import UninitializedParameter

from spectra.kernels.readouts import INDEPENDENT
from spectra.objectives.forward_derivatives import forward_differentiable, load_forward_rules
from spectra.objectives.steady import require_steady, without_chance
from spectra.objectives.wrapping import unwrapped


class Linearized(nn.Module):
    """f_0(x) + J(x) w: linear in its own parameters w, the displacement from the weights of another module.

    Attributes:
        start: A frozen copy of the module, in evaluation mode whatever the mode of this one.
        displacement: Parameters w under the names that they have in the module, zero at the start.
        include_start: Whether the outputs f_0 of the module are added.
    """

    def __init__(self, module: nn.Module, *, include_start: bool = True) -> None:
        super().__init__()
        load_forward_rules()
        self.include_start = include_start
        trainable = {name: value for name, value in module.named_parameters() if value.requires_grad}
        self.displacement = _tree({name: torch.zeros_like(value) for name, value in trainable.items()})
        self.start = copy.deepcopy(module).requires_grad_(False).eval()
        self.start.zero_grad()  # a copy takes gradients along

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of the shape of those of the module.

        Raises:
            TypeError: If the module returns no tensor.
            ValueError: If it draws random numbers, makes one number of all examples, or its outputs are not real
                numbers that depend on its weights.
            NotImplementedError: If an operation of the module has no forward derivative.
        """
        tangents = dict(self.displacement.named_parameters())
        held = dict(self.start.named_parameters())

        def outputs(parameters: Mapping[str, Tensor]) -> Tensor:
            found: Tensor = functional_call(self.start, dict(parameters), (inputs,))
            _require_expandable(found)
            return found

        with forward_differentiable(self.start), without_chance(next(iter(held.values())).device):
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
        ValueError: If no parameter requires a gradient, a layer has no weights yet, or one is in a mode in which its
            outputs are random or depend on the batch. What only shows in a forward pass is refused there:
            `Linearized.forward`.

    >>> linear = linearize(nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)))
    >>> linear(torch.zeros(3, 5)).shape, [name for name, _ in linear.named_parameters() if "displacement" in name][:2]
    (torch.Size([3, 2]), ['displacement.0.weight', 'displacement.0.bias'])

    Source: Lee et al. 2019, Wide Neural Networks of Any Depth Evolve as Linear Models (arXiv 1902.06720).
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"a {type(module).__name__} was given; pass the nn.Module itself")
    module = unwrapped(module)
    require_steady(module)
    if any(isinstance(value, UninitializedParameter) for value in module.parameters()):
        raise ValueError("the module has lazy layers without weights; run it once on a batch before")
    if not any(value.requires_grad for value in module.parameters()):
        raise ValueError("no parameter of the module requires a gradient; call requires_grad_() on those that may move")
    return Linearized(module, include_start=include_start)


def _require_expandable(outputs: object) -> None:
    """Refuse what has no expansion in the weights; it is called where derivatives are at hand."""
    if not isinstance(outputs, Tensor):
        raise TypeError(f"the module returned a {type(outputs).__name__}; it must return one tensor of outputs")
    if outputs.ndim == 0:
        raise ValueError(
            "the module made one number of all examples; outputs of each are needed: leave a loss or a mean out of it"
        )
    if not outputs.is_floating_point():
        raise ValueError(
            f"the module made outputs of {outputs.dtype}, which have no expansion; return real numbers that can be "
            "differentiated: logits instead of an argmax, and real and imaginary parts of complex numbers"
        )
    if unpack_dual(outputs).tangent is None:
        raise ValueError(INDEPENDENT)


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
