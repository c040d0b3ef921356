"""A module as a function of one flat weight vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.parameter import UninitializedParameter

from spectra.objectives.sharded import Layout, gathered, layout, placed
from spectra.objectives.steady import require_steady, without_chance
from spectra.objectives.wrapping import uncompiled, unwrapped
from spectra.plain_text import first_few

Found = TypeVar("Found")


@dataclass(frozen=True)
class Network:
    """Outputs of a module as a function of its flat weights and its inputs.

    Frozen parameters and buffers keep the values that they had when the module was flattened.
    """

    module: nn.Module
    shapes: Mapping[str, torch.Size]  # trainable parameters in the order of named_parameters, tied ones once
    places: Mapping[str, str]  # every attribute that holds a trainable parameter -> the parameter's name
    frozen: Mapping[str, Tensor]  # parameters that do not train, by the attributes that hold them
    buffers: Mapping[str, Tensor]
    layouts: Mapping[str, Layout]  # of the trainable parameters that are spread over processes

    def __call__(self, weights: Tensor, inputs: Any) -> Any:
        """What the module returns, mostly outputs (N, C), at weights (P,) for its one argument, mostly (N, ...)."""
        return self.apply(weights, lambda module: module(inputs))

    def apply(self, weights: Tensor, function: Callable[[nn.Module], Found]) -> Found:
        """What a function of the module returns when the module holds the weights (P,), with their graph.

        The function is given the module itself, which has its own weights back afterwards, also if the function raises.
        Modules that were compiled run as they were written.

        Raises:
            ValueError: If the weights are not P numbers, or the forward pass is random or in a mode in which the loss
                depends on how the examples are batched.
        """
        require_steady(self.module)
        named = self.named(weights)
        named |= {name: placed(named[name], where) for name, where in self.layouts.items()}
        tensors = {place: named[name] for place, name in self.places.items()} | dict(self.frozen)
        # A forward pass may write to its buffers: every call starts from the same ones.
        tensors |= _copies(self.buffers)
        inside = {f"module.{place}": tensor for place, tensor in tensors.items()}
        with uncompiled(), without_chance(weights.device):
            # With tie_weights, functional_call would leave its tensors behind in a module that is registered twice.
            found: Found = functional_call(_Held(self.module), inside, (function,), tie_weights=False)
        return found

    @property
    def size(self) -> int:
        """Number of trainable weights P, tied ones once."""
        return sum(shape.numel() for shape in self.shapes.values())

    @property
    def constants(self) -> dict[str, Tensor]:
        """Frozen parameters and buffers, by the attributes that hold them."""
        return {**self.frozen, **self.buffers}

    def named(self, weights: Tensor) -> dict[str, Tensor]:
        """Views of the flat vector (P,) under the names and shapes of the parameters.

        Raises:
            ValueError: If the vector has another shape.
            TypeError: If it is no tensor of real numbers.
        """
        if not isinstance(weights, Tensor) or not weights.is_floating_point():
            kind = getattr(weights, "dtype", type(weights).__name__)
            raise TypeError(f"weights of {kind} were given; a vector of real numbers, as flatten makes it, is needed")
        if weights.shape != (self.size,):
            raise ValueError(f"weights of shape {tuple(weights.shape)} were given; the network needs ({self.size},)")
        pieces = weights.split([shape.numel() for shape in self.shapes.values()])
        return {name: piece.view(shape) for (name, shape), piece in zip(self.shapes.items(), pieces, strict=True)}

    def flat(self, named: Mapping[str, Tensor]) -> Tensor:
        """One vector (P,) from a tensor per parameter name: the inverse of `named`.

        Raises:
            ValueError: If the names are not those of the trainable parameters.
        """
        if set(named) != set(self.shapes):
            odd = sorted(set(named) ^ set(self.shapes))
            raise ValueError(
                f"the names {odd} are missing or unknown; one tensor is needed for each of {list(self.shapes)}"
            )
        return torch.cat([named[name].expand(shape).reshape(-1) for name, shape in self.shapes.items()])


def flatten(module: nn.Module) -> tuple[Tensor, Network]:
    """The trainable weights of a module as one vector, and the module as a function of such a vector.

    Args:
        module: Any module, in evaluation mode if it has dropout or batch normalization. Data-parallel and compiled
            wrappers around it are opened. Parameters may be DTensors; their weights are gathered on every process. It
            is not changed, and weights and buffers are a snapshot: training the module further leaves them as they are.

    Returns:
        Weights (P,), detached, in the order of `named_parameters`, tied tensors once; and the network.

    Raises:
        ValueError: If no parameter requires a gradient, trainable parameters differ in dtype or device or are complex
            or sparse, or the module is fully sharded, lazy, on the meta device, or random or couples examples.
        TypeError: If it is no module.

    >>> weights, network = flatten(nn.Linear(5, 2))
    >>> weights.shape, network(weights, torch.zeros(3, 5)).shape
    (torch.Size([12]), torch.Size([3, 2]))
    """
    found = flattened(module)
    if any(tensor.is_meta for tensor in (*module.parameters(), *module.buffers())):
        remedy = "give it some before, with to_empty(device=...) and load_state_dict"
        raise ValueError(f"the module is on the meta device, at least in part, which holds no numbers; {remedy}")
    return found


def flattened(module: nn.Module) -> tuple[Tensor, Network]:
    """`flatten`, also of a module on the meta device, of which only shapes are asked."""
    if not isinstance(module, nn.Module):
        raise TypeError(f"a {type(module).__name__} was given; pass the nn.Module itself")
    module = unwrapped(module)
    require_steady(module)
    if any(isinstance(tensor, UninitializedParameter) for tensor in module.parameters()):
        raise ValueError("the module has lazy layers without weights; run it once on a batch before")
    trainable = {name: tensor for name, tensor in module.named_parameters() if tensor.requires_grad}
    _require_one_kind(trainable)
    names = {id(tensor): name for name, tensor in trainable.items()}
    parameters = _attributes(module, nn.Module.named_parameters)
    network = Network(
        module,
        shapes={name: tensor.shape for name, tensor in trainable.items()},
        places={place: names[id(tensor)] for place, tensor in parameters.items() if id(tensor) in names},
        frozen=_copies({place: tensor for place, tensor in parameters.items() if id(tensor) not in names}),
        buffers=_copies(_attributes(module, nn.Module.named_buffers)),
        layouts={name: where for name, tensor in trainable.items() if (where := layout(tensor)) is not None},
    )
    return torch.cat([gathered(tensor).reshape(-1) for tensor in trainable.values()]), network


class _Held(nn.Module):
    """A module as the child of one whose forward pass is any function of it."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, function: Callable[[nn.Module], object]) -> object:
        return function(self.module)


def _require_one_kind(trainable: Mapping[str, Tensor]) -> None:
    if not trainable:
        raise ValueError(
            "no parameter of the module requires a gradient; call requires_grad_() on those to be measured"
        )
    kinds = {f"{tensor.dtype} on {tensor.device}": name for name, tensor in trainable.items()}
    if len(kinds) > 1:
        raise ValueError(
            f"the trainable parameters are of several kinds, {sorted(kinds)}; convert them to one, such as with "
            "module.float() or module.to(device); while it trains, that of a copy: copy.deepcopy(module)"
        )
    sparse = [name for name, tensor in trainable.items() if tensor.layout != torch.strided]
    if sparse:
        raise ValueError(
            f"the parameters {first_few(sparse)} are sparse, and a flat vector has a number for every entry; make them "
            "dense with to_dense(), or make a parameter of their values alone"
        )
    ((kind, name),) = kinds.items()
    if not trainable[name].is_floating_point():
        raise ValueError(
            f"the trainable parameters are {kind}; curvature needs real ones: keep the real and imaginary parts as "
            "parameters, and join them in the forward pass with torch.complex"
        )


def _copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies without a graph; what was one tensor in two places stays one."""
    originals = {id(tensor): tensor for tensor in tensors.values()}
    copies = {key: tensor.detach().clone() for key, tensor in originals.items()}
    return {place: copies[id(tensor)] for place, tensor in tensors.items()}


def _attributes(module: nn.Module, held: Callable[..., Any]) -> dict[str, Tensor]:
    """Every attribute that holds a parameter or a buffer, once: a module that is registered twice counts once."""
    return {
        f"{path}.{name}" if path else name: tensor
        for path, part in module.named_modules()
        for name, tensor in held(part, recurse=False, remove_duplicate=False)
    }
