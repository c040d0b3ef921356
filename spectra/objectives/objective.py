"""The mean loss of a network on fixed examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from spectra.objectives.criteria import Criterion
from spectra.objectives.mean_loss import mean_loss, require_network
from spectra.objectives.network import Network
from spectra.objectives.probabilities import require_probabilities
from spectra.objectives.ranks import on_all_ranks, rank, ranks, require_same, world

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup


@dataclass(frozen=True)
class Objective:
    """Mean loss over all examples of all batches, L(w) = 1/N sum_n loss(f(w, x_n), y_n).

    Every example that counts weighs alike, however the examples are cut into batches and dealt to processes.

    Attributes:
        network: Maps (weights (P,), inputs) to outputs (N, ..., C).
        criterion: Loss for each example.
        batches: Pairs (inputs, targets), for example a list or a DataLoader, read once and kept. Targets are a tensor;
            inputs that are a mapping or a tuple reach the module as its one argument. Batches bound the size of a
            single forward pass.
        group: The processes that hold batches, each its own; all must then make and use the objective alike. By
            default all of the job where `torch.distributed` is initialised; None measures this process alone. Beware of
            samplers that repeat examples to deal them evenly: these weigh twice.
        counts: Number of examples that count in each batch of this rank.
        examples: Number of examples N that count, in all batches of all ranks.
    """

    network: Network
    criterion: Criterion
    batches: Iterable[tuple[Any, Tensor]]
    group: ProcessGroup | None = field(default_factory=world, kw_only=True)
    counts: tuple[int, ...] = field(init=False)
    examples: int = field(init=False)

    def __post_init__(self) -> None:
        require_network(self.network)
        if not isinstance(self.criterion, Criterion):
            raise TypeError(
                f"{self.criterion!r} is no Criterion; use cross_entropy or squared_error of spectra, or make one from "
                "a function of (outputs, targets) that returns a loss for each example: criterion(name, function)"
            )
        # A shuffled loader would show other examples, and a generator none, when it is read for the second time.
        object.__setattr__(self, "batches", tuple(self.batches))
        found = on_all_ranks(self._counted, self.group)
        examples = sum(map(sum, found))
        if examples == 0:
            raise ValueError(
                "no example of the batches counts: all targets are ignored, and there is no mean loss; pass targets "
                "that are classes, from 0 on"
            )
        object.__setattr__(self, "counts", found[rank(self.group)])
        object.__setattr__(self, "examples", examples)
        require_same(self.network.constants, self.group)

    def __call__(self, weights: Tensor) -> Tensor:
        """Mean loss, a scalar, at weights (P,); with several ranks it carries no graph, which would be a local one."""
        if ranks(self.group) > 1:
            return mean_loss(self, weights)
        return torch.stack(list(self.shares(weights))).sum()

    def shares(self, weights: Tensor) -> Iterator[Tensor]:
        """What each batch of this rank adds to the mean loss: the sum of its losses over the number of examples."""
        for inputs, targets in self.batches:
            yield self.losses(weights, inputs, targets).sum() / self.examples

    def losses(self, weights: Tensor, inputs: object, targets: Tensor) -> Tensor:
        """Losses of the examples of one batch at weights (P,), of the shape of `criterion.counted(targets)`.

        Raises:
            ValueError: If weights and batch are on several devices, or shapes do not fit.
            TypeError: If the module does not return one tensor.
        """
        return self._checked(self._outputs(weights, inputs, targets), targets)

    def outputs(self, weights: Tensor, inputs: object, targets: Tensor) -> Tensor:
        """Outputs for one batch at weights (P,), from which the criterion was found to give one loss per example.

        Raises:
            ValueError: If weights and batch are on several devices, or shapes do not fit.
            TypeError: If the module does not return one tensor.
        """
        outputs = self._outputs(weights, inputs, targets)
        with torch.no_grad():
            self._checked(outputs, targets)
        return outputs

    def _outputs(self, weights: Tensor, inputs: object, targets: Tensor) -> Tensor:
        _require_one_device({"weights": weights, "inputs": inputs, "targets": targets})
        outputs = self.network(weights, inputs)
        if not isinstance(outputs, Tensor):
            raise TypeError(
                f"the module returned a {type(outputs).__name__}, and a criterion needs one tensor of outputs; wrap "
                "the module in one whose forward returns that tensor, or use objective_of(module, loss, batches)"
            )
        return outputs

    def _checked(self, outputs: Tensor, targets: Tensor) -> Tensor:
        losses = self.criterion.losses(outputs, targets)
        expected = tuple(self.criterion.counted(targets).shape)
        if losses.shape != expected:
            raise ValueError(
                f"the criterion {self.criterion.name!r} returned losses of shape {tuple(losses.shape)} for targets of "
                f"shape {tuple(targets.shape)}; it must return one loss for each example, {expected}"
            )
        return losses

    def _counted(self) -> tuple[int, ...]:
        batches = tuple(self.batches)
        if not batches:
            raise ValueError("there are no batches; at least one batch is needed (on each rank)")
        return tuple(self._count(batch) for batch in batches)

    def _count(self, batch: tuple[object, Tensor]) -> int:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2 or not isinstance(batch[1], Tensor):
            raise TypeError(
                f"a batch is {described(batch)}; each must be a pair (inputs, targets), the targets a tensor: for a "
                "single batch pass [(inputs, targets)], and for batches of another kind use objective_of"
            )
        inputs, targets = batch
        given = len(targets) if targets.ndim else 0
        asked = len(inputs) if isinstance(inputs, Tensor) and inputs.ndim else given
        if given == 0 or asked != given:
            raise ValueError(
                f"a batch holds {asked} inputs and {given} targets; none may be empty, and each needs as many targets "
                "as inputs"
            )
        counted = int(self.criterion.counted(targets).sum())
        require_probabilities(self.criterion, targets)
        return counted


def described(found: object) -> str:
    """What a value is, in words for a message."""
    if isinstance(found, (tuple, list)):
        return f"a {type(found).__name__} of {', '.join(type(part).__name__ for part in found) or 'nothing'}"
    return f"a {type(found).__name__}"


def _require_one_device(tensors: Mapping[str, object]) -> None:
    devices = {
        f"{name} on {part.device}": part.device
        for name, given in tensors.items()
        for part in _parts(given)
        if isinstance(part, Tensor)
    }
    if len(set(devices.values())) > 1:
        raise ValueError(f"{', '.join(devices)}: all must be on one device; move them with .to(weights.device)")


def _parts(given: object) -> Iterable[object]:
    if isinstance(given, Mapping):
        return given.values()
    return given if isinstance(given, (tuple, list)) else (given,)
