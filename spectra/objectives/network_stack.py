"""Modules of equal shapes as one function of all their weights: K networks in one batched program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.utils import vector_to_parameters

from spectra.objectives.criteria import Criterion
from spectra.objectives.expansion import Expansion
from spectra.objectives.forward_derivatives import forward_differentiable
from spectra.objectives.network import Network


@dataclass(frozen=True)
class NetworkStack:
    """Outputs of K modules of equal shapes as a function of their flat weights (K, P) and their inputs.

    The members do not interact, so the gradient of the sum of their losses holds the gradient of every member, and one
    product with its graph serves all their Hessians. `torch.vmap` batches the forward pass alone; derivatives are those
    of ordinary automatic differentiation.

    On a CPU with one thread the outputs of a member have the same bits however many others there are, also with none,
    for networks of matrix products; not for convolutions, nor on some processors for networks with one output.

    Attributes:
        network: One of the modules, which runs for all.
        numbers: What differs between the members beside their weights: (path of a part, attribute) -> (K,).
        members: K.
        batched: Whether the members run as one program; if not, one after the other.
        temperatures: What the outputs of each member are divided by before a criterion sees them, (K,); None is 1.
        expansion: What the members are in place of their modules; None is the modules themselves.
    """

    network: Network
    numbers: Mapping[tuple[str, str], Tensor]
    members: int
    batched: bool = True
    temperatures: Tensor | None = None
    expansion: Expansion | None = None

    def __call__(self, weights: Tensor | Sequence[Tensor], inputs: Any) -> Tensor:
        """Outputs (K, N, ...) at weights (K, P) for inputs (K, N, ...), those of each member its own.

        The weights may come as the pieces that `pieces` makes: leaves of their own are cheaper to differentiate.

        Raises:
            RuntimeError: If an operation of the module cannot be batched; torch says which.
            NotImplementedError: If the stack is one of expansions, and an operation has no forward derivative.
        """
        pieces = self.pieces(weights) if isinstance(weights, Tensor) else tuple(weights)
        starts = () if self.expansion is None else self.pieces(self.expansion.start)
        numbers = {place: values.to(pieces[0].device) for place, values in self.numbers.items()}
        with nullcontext() if self.expansion is None else forward_differentiable(self.network.module):
            if self.batched:
                outputs: Tensor = vmap(self._member)(pieces, starts, numbers, inputs)
                return outputs
            rows = ({place: values[k] for place, values in numbers.items()} for k in range(self.members))
            members = zip(_rows(pieces, self.members), _rows(starts, self.members), rows, inputs, strict=True)
            found = [self._member(*one) for one in members]
        return torch.stack(found) if len(found) > 1 else found[0][None]

    def pieces(self, weights: Tensor) -> tuple[Tensor, ...]:
        """Weights (K, P) as views (K, n), one for each parameter."""
        return tuple(weights.split(self.lengths, 1))

    @property
    def lengths(self) -> list[int]:
        """Number of weights of each parameter."""
        return [shape.numel() for shape in self.network.shapes.values()]

    def losses(
        self, criterion: Criterion, weights: Tensor | Sequence[Tensor], inputs: Tensor, targets: Tensor
    ) -> Tensor:
        """Loss of every example of each member, (K, losses), with a graph; a token is an example of its own.

        Args:
            criterion: Loss for each example.
            weights: (K, P), or their pieces.
            inputs: (K, N, ...).
            targets: (K, N, ...).
        """
        outputs = self(weights, inputs)
        if self.temperatures is not None:
            outputs = outputs / self.temperatures.to(outputs).reshape(-1, *[1] * (outputs.ndim - 1))
        # A criterion knows one axis of examples; those of all members stand on it one after the other.
        joined = targets.flatten(0, 1)
        losses = criterion.losses(outputs.flatten(0, 1), joined)
        if losses.ndim == 0 or len(losses) != len(joined):
            raise ValueError(
                f"the criterion {criterion.name!r} returned losses of shape {tuple(losses.shape)} for targets of shape "
                f"{tuple(joined.shape)}; it must return one loss for each example"
            )
        return losses.reshape(len(outputs), -1)

    def module(self, member: int, weights: Tensor) -> nn.Module:
        """A copy of the module of one member, with some weights (P,) in place of its own."""
        module = deepcopy(self.network.module)
        for (path, name), values in self.numbers.items():
            setattr(module.get_submodule(path), name, float(values[member]))
        vector_to_parameters(weights.clone(), module.parameters())
        return module

    def kept(self, places: Sequence[int]) -> NetworkStack:
        """The stack of some of the members."""
        chosen = list(places)
        numbers = {place: values[chosen] for place, values in self.numbers.items()}
        temperatures = None if self.temperatures is None else self.temperatures[chosen]
        expansion = None if self.expansion is None else self.expansion.kept(chosen)
        return replace(self, numbers=numbers, members=len(chosen), temperatures=temperatures, expansion=expansion)

    def _member(
        self,
        pieces: Sequence[Tensor],
        starts: Sequence[Tensor],
        numbers: Mapping[tuple[str, str], Tensor],
        inputs: Any,
    ) -> Tensor:
        """Outputs of one member, whose weights are expanded about the start where there is one."""

        def network(at: Sequence[Tensor]) -> Tensor:
            return self._network(at, numbers, inputs)

        return network(pieces) if self.expansion is None else self.expansion.outputs(network, starts, pieces)

    def _network(self, pieces: Sequence[Tensor], numbers: Mapping[tuple[str, str], Tensor], inputs: Any) -> Tensor:
        shapes, module = self.network.shapes, self.network.module
        named = {name: piece.view(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}
        tensors = {place: named[name] for place, name in self.network.places.items()}
        with _set(module, numbers):
            outputs: Tensor = functional_call(module, tensors, (inputs,), tie_weights=False)
        return outputs


def _rows(pieces: Sequence[Tensor], members: int) -> list[tuple[Tensor, ...]]:
    """The pieces (K, n) of each member; none where there are none."""
    unbound = [piece.unbind() for piece in pieces]
    return [tuple(of_all[k] for of_all in unbound) for k in range(members)]


@contextmanager
def _set(module: nn.Module, numbers: Mapping[tuple[str, str], Tensor]) -> Iterator[None]:
    """Parts of a module with other numbers as attributes, which are put back afterwards."""
    parts = [(module.get_submodule(path), name, value) for (path, name), value in numbers.items()]
    before = [getattr(part, name) for part, name, _ in parts]
    try:
        for part, name, value in parts:
            setattr(part, name, value)
        yield
    finally:
        for (part, name, _), value in zip(parts, before, strict=True):
            setattr(part, name, value)
