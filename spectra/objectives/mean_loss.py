"""What curvature needs of a loss, on one process or on many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from spectra.objectives.differentiable import INDEPENDENT, kept_whole
from spectra.objectives.network import Network
from spectra.objectives.ranks import on_all_ranks, summed

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup


class MeanLoss(Protocol):
    """Mean of a loss over fixed examples, as a function of the flat weights of a network."""

    @property
    def network(self) -> Network:
        """The module as a function of flat weights."""
        ...

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of examples in each batch of this rank."""
        ...

    @property
    def examples(self) -> int:
        """Number of examples N in all batches of all ranks."""
        ...

    @property
    def group(self) -> ProcessGroup | None:
        """The processes that hold batches; None for this one alone."""
        ...

    def shares(self, weights: Tensor) -> Iterator[Tensor]:
        """What each batch of this rank adds to the mean loss at weights (P,): scalars, with their graphs.

        Their sum over the batches of all ranks is the mean loss.
        """
        ...


def mean_loss(objective: MeanLoss, weights: Tensor) -> Tensor:
    """The mean loss over all batches of all ranks: a scalar without a graph, the same on all ranks.

    Args:
        objective: Mean loss of a network on fixed examples.
        weights: Point (P,); with several ranks, all must call it with the same one.

    Raises:
        TypeError: If it is no mean loss.
    """
    require_objective(objective)
    total = weights.new_zeros(())

    def add() -> None:
        with torch.no_grad():
            total.add_(torch.stack(list(objective.shares(weights))).sum())

    on_all_ranks(add, objective.group)
    return summed(total, objective.group)


def gradient(objective: MeanLoss, weights: Tensor) -> Tensor:
    """Gradient of the mean loss over all batches and ranks, dL/dw of shape (P,), without a graph.

    The graph of one batch is held at a time. With several ranks, all must call it with the same weights.

    Args:
        objective: Mean loss L of a network on fixed examples.
        weights: Point (P,).

    Returns:
        The gradient (P,), in loss per weight, the same on all ranks.

    Raises:
        TypeError: If it is no mean loss.
        ValueError: If the loss does not depend on the weights.
        RuntimeError: If the ranks took it at different weights, or another one failed.

    >>> from torch import nn
    >>> from spectra import Objective, flatten, squared_error
    >>> weights, network = flatten(nn.Linear(3, 2))
    >>> gradient(Objective(network, squared_error, [(torch.ones(4, 3), torch.ones(4, 2))]), weights).shape
    torch.Size([8])
    """
    require_objective(objective)
    with kept_whole():
        point = weights.detach().clone().requires_grad_()
        total = torch.zeros_like(point, requires_grad=False)

        def add() -> None:
            for share in objective.shares(point):
                require_dependence(share)
                (slope,) = torch.autograd.grad(share, point, allow_unused=True)
                if slope is None:
                    raise ValueError(INDEPENDENT)
                total.add_(slope)

        on_all_ranks(add, objective.group)
    return summed(total, objective.group, factor=point)


def require_objective(objective: object) -> None:
    """Refuse what is no mean loss, such as a module or weights in its place.

    Raises:
        TypeError: Naming its kind.
    """
    if not hasattr(objective, "shares"):
        raise TypeError(
            f"a {type(objective).__name__} was given as the objective; pass Objective(network, criterion, batches) or "
            "the second thing that objective_of returns, and the weights after it"
        )


def require_network(network: object) -> None:
    """Refuse what is no network of flat weights, such as the module itself.

    Raises:
        TypeError: Naming its kind.
    """
    if not isinstance(network, Network):
        raise TypeError(
            f"a {type(network).__name__} was given as the network; pass what flatten makes of a module: "
            "weights, network = flatten(module)"
        )


def require_dependence(share: Tensor) -> None:
    """Refuse a loss without a graph, whose curvature would be a meaningless zero.

    Raises:
        ValueError: If it has none.
    """
    if not share.requires_grad:
        raise ValueError(INDEPENDENT)
