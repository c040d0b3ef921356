"""The mean loss of a module with a loss of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from spectra.objectives.mean_loss import mean_loss
from spectra.objectives.network import Network, flatten
from spectra.objectives.objective import described
from spectra.objectives.ranks import on_all_ranks, rank, ranks, require_same, world

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup


@dataclass(frozen=True)
class LossObjective:
    """Mean loss over all examples of all batches, L(w) = 1/N sum_b S_b(w), as `objective_of` makes it.

    S_b is the sum of the losses of the examples of batch b. The network and its loss are one function, so that there
    is a Hessian but no Gauss-Newton matrix.

    Attributes:
        network: The module as a function of flat weights (P,).
        loss: (module, batch) -> (sum of the losses of the batch, number of its examples).
        batches: Whatever the loss takes.
        counts: Number of examples in each batch of this rank.
        examples: Number of examples N in all batches of all ranks.
        group: The processes that hold batches; None for this one alone.
    """

    network: Network
    loss: Callable[[nn.Module, Any], tuple[Tensor, Any]]
    batches: tuple[Any, ...]
    counts: tuple[int, ...]
    examples: int
    group: ProcessGroup | None

    def __call__(self, weights: Tensor) -> Tensor:
        """Mean loss, a scalar, at weights (P,); with several ranks it carries no graph, which would be a local one."""
        if ranks(self.group) > 1:
            return mean_loss(self, weights)
        return torch.stack(list(self.shares(weights))).sum()

    def shares(self, weights: Tensor) -> Iterator[Tensor]:
        """What each batch of this rank adds to the mean loss: its sum of losses over the number of all examples."""
        for batch, count in zip(self.batches, self.counts, strict=True):
            total, found = _evaluated(self.network, weights, self.loss, batch)
            if found != count:
                raise ValueError(
                    f"the loss counted {found} examples in a batch where it had counted {count}; the number of "
                    "examples must not depend on the weights or on chance"
                )
            yield total / self.examples


def objective_of(
    module: nn.Module,
    loss: Callable[[nn.Module, Any], tuple[Tensor, Any]],
    batches: Iterable[Any],
    *,
    group: ProcessGroup | Literal["all"] | None = "all",
) -> tuple[Tensor, LossObjective]:
    """The weights of any module, and the mean of a loss of it that one function computes from a batch.

    For a language model of the transformers library, whose batches hold labels that are shifted inside:

        def loss(module, batch):
            count = (batch["labels"][:, 1:] != -100).sum()
            return module(**batch).loss * count, count

    Args:
        module: Any module; tied weights, buffers, frozen parameters and any inputs are fine. See `flatten`.
        loss: (module, batch) -> (sum of the losses of the examples of the batch, a scalar; number of these examples).
            It must use the module that it is given, which holds the weights at which it is asked.
        batches: Anything that the loss takes, read once and kept. Every example weighs alike, however they are cut. One
            forward pass without a graph counts the examples.
        group: The processes that hold batches, each its own; all must then call this. By default all of the job where
            `torch.distributed` is initialised; None measures this process alone.

    Returns:
        Weights (P,), detached, as `flatten` returns them; and the objective.

    Raises:
        ValueError: If there are no batches, the loss is not a scalar, or a batch has no whole number of examples.
        TypeError: If the loss does not return a pair of a tensor and a number.

    >>> module = nn.Linear(5, 1)
    >>> def loss(module, batch):
    ...     return module(batch["inputs"]).square().sum(), len(batch["inputs"])
    >>> weights, objective = objective_of(module, loss, [{"inputs": torch.ones(3, 5)}, {"inputs": torch.ones(2, 5)}])
    >>> weights.shape, objective(weights).shape, objective.examples
    (torch.Size([6]), torch.Size([]), 5)
    """
    weights, network = flatten(module)
    kept = tuple(batches)
    processes = world() if group == "all" else group

    def counted() -> tuple[int, ...]:
        if not kept:
            raise ValueError("there are no batches; at least one batch is needed (on each rank)")
        with torch.no_grad():
            return tuple(_evaluated(network, weights, loss, batch)[1] for batch in kept)

    found = on_all_ranks(counted, processes)
    counts = found[rank(processes)]
    require_same(network.constants, processes)
    return weights, LossObjective(network, loss, kept, counts, sum(map(sum, found)), processes)


def _evaluated(
    network: Network, weights: Tensor, loss: Callable[[nn.Module, Any], tuple[Tensor, Any]], batch: object
) -> tuple[Tensor, int]:
    """Sum of losses and number of examples of one batch."""
    found = network.apply(weights, lambda module: loss(module, batch))
    if not isinstance(found, (tuple, list)) or len(found) != 2 or not isinstance(found[0], Tensor):
        raise TypeError(
            f"the loss returned {described(found)}; it must return a pair (sum of the losses of the batch, number of "
            "its examples), the first a tensor with its graph"
        )
    total, count = found
    if total.ndim != 0 or not total.is_floating_point():
        raise ValueError(
            f"the loss returned a sum of shape {tuple(total.shape)} and {total.dtype}; it must be a real scalar: the "
            "losses of the batch summed, for example losses.sum()"
        )
    try:
        number = float(count)
    except (TypeError, ValueError, RuntimeError):
        number = float("nan")
    if not (number >= 1 and number.is_integer()):
        raise ValueError(
            f"the loss returned {count!r} as the number of examples; it must be a whole number above zero: leave out "
            "batches in which no example counts"
        )
    return total, int(number)
