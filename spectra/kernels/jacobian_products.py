"""The Jacobian of a module's outputs in its weights, as products, a chunk of examples at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from spectra.kernels.preconditions import require_finite_outputs, require_own_precision
from spectra.kernels.readouts import example_outputs
from spectra.objectives.differentiable import explained, pulled_back, twice_differentiable
from spectra.objectives.network import Network
from spectra.objectives.recurrence import plain_recurrence
from spectra.operators.convolution import CheapJacobians


@dataclass(frozen=True)
class Jacobian:
    """J D^(1/2): derivatives of the outputs (N, O) of a module in its P weights, times the root of a diagonal D.

    The product with a vector over weights is the derivative of the vector-Jacobian product in its vector. Where the
    backward pass of the module has no derivative, or a wrong one, the gradients of all outputs are taken one after the
    other instead, which needs first derivatives alone. With one chunk its graph is kept; with more, each is made again
    for every block of vectors, so that memory is that of one chunk and of the vectors, whatever N is.

    Attributes:
        network: The module as a function of its weights.
        point: Weights (P,) at which it is taken.
        inputs: Examples (N, ...).
        outputs: Number O of outputs of an example.
        chunk: Examples in one forward pass.
        readouts: Matrices R_i (O, q) that choose among the outputs: the kernel is sum_i R_i' J D J' R_i.
        root: D^(1/2), (P,); None is the identity.
        by_rows: Whether products with vectors over weights take the gradients of all outputs one after the other.
    """

    network: Network
    point: Tensor
    inputs: Tensor
    outputs: int
    chunk: int
    readouts: tuple[Tensor, ...] = ()
    root: Tensor | None = None
    by_rows: bool = False

    def pulled(self, cotangents: Tensor) -> Tensor:
        """D^(1/2) J' c for cotangents (k, N, O), as rows (k, P); summed over chunks in double precision.

        Raises:
            ValueError: If the caller is inside torch.autocast, as for `pushed`.
        """
        require_own_precision(self.point.device)
        pieces = cotangents.detach().split(self.chunk, 1)
        found = self._pulled(0, pieces[0])
        if len(pieces) > 1:
            total = found.double()
            for place, piece in enumerate(pieces[1:], 1):
                total += self._pulled(place, piece)
            found = total.to(self.point.dtype)
        return found if self.root is None else found * self.root

    def pushed(self, directions: Tensor) -> Tensor:
        """J D^(1/2) u for directions (k, P), as outputs (k, N, O)."""
        require_own_precision(self.point.device)
        rows = directions.detach() if self.root is None else directions.detach() * self.root
        return torch.cat([self._pushed(place, rows) for place in range(len(self._starts))], 1)

    @property
    def dim(self) -> int:
        """Rows N q of the kernel: N O for all outputs, else N."""
        return len(self.inputs) * self.readouts[0].shape[1]

    def values(self, inputs: Tensor) -> Tensor:
        """Outputs (N, O) with their graph.

        Raises:
            TypeError: If the module returns no tensor.
            ValueError: If its outputs are neither (N, O) nor (N,).
        """
        require_own_precision(self.point.device)
        outputs = example_outputs(self.network(self.point, inputs), len(inputs))
        return outputs.to(self.point.dtype)

    @property
    def _starts(self) -> range:
        return range(0, len(self.inputs), self.chunk)

    @cached_property
    def _kept(self) -> tuple[Tensor, Tensor, Tensor] | None:
        """The graph of all examples, if they are one chunk."""
        return self._graph(0) if len(self._starts) == 1 and not self.by_rows else None

    def _part(self, place: int) -> Tensor:
        return self.inputs[place * self.chunk : (place + 1) * self.chunk]

    def _outputs(self, place: int) -> Tensor:
        """Outputs of a chunk, which must be finite: derivatives may be so where outputs are not."""
        outputs = self.values(self._part(place))
        require_finite_outputs(outputs, range(place * self.chunk, place * self.chunk + len(outputs)))
        return outputs

    def _graph(self, place: int) -> tuple[Tensor, Tensor, Tensor]:
        """Outputs of a chunk, a cotangent, and the vector-Jacobian product as a function of it."""
        with differentiated(self.network.module):
            outputs = self._outputs(place)
            cotangent = torch.zeros_like(outputs, requires_grad=True)
            return outputs, cotangent, pulled_back(outputs, self.point, cotangent)

    def _pulled(self, place: int, cotangents: Tensor) -> Tensor:
        if self._kept is not None:
            outputs = self._kept[0]
        else:
            with differentiated(self.network.module):
                outputs = self._outputs(place)
        return torch.stack([self._gradient(outputs, row) for row in cotangents])

    def _pushed(self, place: int, directions: Tensor) -> Tensor:
        if self.by_rows:
            return torch.stack([self._by_rows(one, directions) for one in self._part(place).split(1)], 1)
        _, cotangent, pulled = self._graph(place) if self._kept is None else self._kept
        with explained():
            products = [torch.autograd.grad(pulled, cotangent, row, retain_graph=True)[0] for row in directions]
        return torch.stack(products)

    def _by_rows(self, one: Tensor, directions: Tensor) -> Tensor:
        """Products (k, O) for one example, from the gradients of its outputs."""
        with differentiated(self.network.module):
            outputs = self.values(one)[0].unbind()
        rows = [self._gradient(output, torch.ones_like(output)) for output in outputs]
        return directions @ torch.stack(rows, 1)

    def _gradient(self, outputs: Tensor, cotangent: Tensor) -> Tensor:
        (found,) = torch.autograd.grad(outputs, self.point, cotangent, retain_graph=True)
        return found


@contextmanager
def differentiated(module: nn.Module) -> Iterator[None]:
    """Graphs of a module that are made inside are kept, and can be differentiated in their cotangent."""
    with twice_differentiable(), CheapJacobians(), plain_recurrence(module):
        yield
