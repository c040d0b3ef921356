"""A module as a function of one flat weight vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd


@dataclass(frozen=True)
class Network:
    """Outputs of a module as a function of its flat weights and its inputs.

    Frozen parameters and buffers keep the values that they had when the module was flattened.
    """

    module: nn.Module
    shapes: Mapping[str, torch.Size]  # trainable parameters in the order of named_parameters, tied ones once
    places: Mapping[str, str]  # every attribute that holds a trainable parameter -> the parameter's name
    constants: Mapping[str, Tensor]  # frozen parameters and buffers

    def __call__(self, weights: Tensor, inputs: Tensor) -> Tensor:
        """Outputs (N, C) at weights (P,) for inputs (N, ...)."""
        named = self.named(weights)
        tensors = {place: named[name] for place, name in self.places.items()} | dict(self.constants)
        # With tie_weights, functional_call would leave its tensors behind in a module that is registered twice.
        outputs: Tensor = functional_call(self.module, tensors, (inputs,), tie_weights=False)
        return outputs

    @property
    def size(self) -> int:
        """Number of trainable weights P, tied ones once."""
        return sum(shape.numel() for shape in self.shapes.values())

    def named(self, weights: Tensor) -> dict[str, Tensor]:
        """Views of the flat vector (P,) under the names and shapes of the parameters."""
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
        module: Any module that maps one input tensor to one output tensor, in evaluation mode if it has dropout or
            batch normalization. It is not changed, and weights and buffers are a snapshot: training the module further
            leaves them as they are.

    Returns:
        Weights (P,), detached, in the order of `named_parameters`, tied tensors once; and the network.

    Raises:
        ValueError: If no parameter requires a gradient, trainable parameters differ in dtype or device, or a layer of
            the module is in a mode in which the loss is random or depends on how the examples are batched.

    >>> weights, network = flatten(nn.Linear(5, 2))
    >>> weights.shape, network(weights, torch.zeros(3, 5)).shape
    (torch.Size([12]), torch.Size([3, 2]))
    """
    _require_steady(module)
    trainable = {name: tensor for name, tensor in module.named_parameters() if tensor.requires_grad}
    if not trainable:
        raise ValueError(
            "no parameter of the module requires a gradient; call requires_grad_() on those to be measured"
        )
    kinds = {f"{tensor.dtype} on {tensor.device}" for tensor in trainable.values()}
    if len(kinds) > 1:
        raise ValueError(f"the trainable parameters are of several kinds, {sorted(kinds)}; convert them to one")
    names = {id(tensor): name for name, tensor in trainable.items()}
    tensors = _attributes(module)
    places = {place: names[id(tensor)] for place, tensor in tensors.items() if id(tensor) in names}
    constants = {place: tensor.detach().clone() for place, tensor in tensors.items() if id(tensor) not in names}
    weights = torch.cat([tensor.detach().reshape(-1) for tensor in trainable.values()])
    return weights, Network(module, {name: tensor.shape for name, tensor in trainable.items()}, places, constants)


def _require_steady(module: nn.Module) -> None:
    moving = [
        f"{name or 'the module itself'} ({type(part).__name__})"
        for name, part in module.named_modules()
        if part.training
        and (isinstance(part, _BatchNorm) or (isinstance(part, (_DropoutNd, nn.RReLU)) and getattr(part, "p", 1) > 0))
    ]
    if moving:
        raise ValueError(
            f"in training mode the loss is random or depends on the batch, because of {', '.join(moving)}; call "
            "module.eval() before, and module.train() afterwards"
        )


def _attributes(module: nn.Module) -> dict[str, Tensor]:
    """Every attribute that holds a parameter or buffer, once: a module that is registered twice counts once."""
    return {
        f"{path}.{name}" if path else name: tensor
        for path, part in module.named_modules()
        for name, tensor in [
            *part.named_parameters(recurse=False, remove_duplicate=False),
            *part.named_buffers(recurse=False, remove_duplicate=False),
        ]
    }
