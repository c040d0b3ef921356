"""What a tracker can measure at one point of a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from spectra.objectives import Criterion, Objective, flatten
from spectra.objectives.mean_loss import gradient, mean_loss
from spectra.objectives.objective_of import LossObjective, objective_of
from spectra.operators import SymmetricOperator, hessian
from spectra.operators.batch_sharpness import batch_sharpness
from spectra.operators.directional_sharpness import directional_sharpness
from spectra.operators.gradient_alignment import gradient_alignment
from spectra.operators.hessian import Method
from spectra.operators.optimizers import effective_curvature, has_step_sizes, stability_threshold
from spectra.training.rows import Values

BatchLoss = Callable[[nn.Module, Any], tuple[Tensor, Any]]


@dataclass(frozen=True)
class Snapshot:
    """The weights of a module as they are now, with the mean loss on fixed batches and what follows from it.

    The module must be in evaluation mode as long as it is used.
    """

    weights: Tensor
    objective: Objective | LossObjective
    optimizer: Optimizer | None
    method: Method = "exact"

    def operator(self, quantity: str) -> SymmetricOperator | None:
        """The matrix whose eigenvalues a quantity is; None while the optimizer has no step sizes."""
        if quantity == "sharpness":
            return self._hessian
        assert self.optimizer is not None
        if not has_step_sizes(self.optimizer):
            return None
        return effective_curvature(self._hessian, self.optimizer, self.objective.network)

    def companion(self, quantity: str, vectors: Tensor | None) -> Values:
        """A quantity that is no eigenvalue; `vectors` (P, k) are the leading ones of the Hessian."""
        if quantity == "loss":
            yield quantity, 0, float(mean_loss(self.objective, self.weights))
        elif quantity == "stability_threshold":
            assert self.optimizer is not None
            yield quantity, 0, stability_threshold(self.optimizer)
        elif quantity == "directional_sharpness":
            yield quantity, 0, directional_sharpness(self._hessian, self._gradient)
        elif quantity == "gradient_alignment":
            assert vectors is not None
            for index, share in enumerate(gradient_alignment(self._gradient, vectors).tolist()):
                yield quantity, index, share
        else:
            found = batch_sharpness(self.objective, self.weights)
            yield quantity, 0, found.value
            if not isnan(found.standard_error):
                yield f"{quantity}_standard_error", 0, found.standard_error
            yield f"{quantity}_matvecs", 0, float(found.products)

    @cached_property
    def _hessian(self) -> SymmetricOperator:
        return hessian(self.objective, self.weights, method=self.method)

    @cached_property
    def _gradient(self) -> Tensor:
        return gradient(self.objective, self.weights)


def snapshot(
    module: nn.Module,
    loss: Criterion | BatchLoss,
    batches: tuple[Any, ...],
    optimizer: Optimizer | None,
    method: Method = "exact",
) -> Snapshot:
    """The module as it is now, in evaluation mode; see `SharpnessTracker` for the arguments."""
    if isinstance(loss, Criterion):
        weights, network = flatten(module)
        return Snapshot(weights, Objective(network, loss, batches), optimizer, method)
    functional = getattr(loss, "__module__", "") == "torch.nn.functional"
    if isinstance(loss, nn.Module) or not callable(loss) or functional:
        what = f"torch's {loss.__name__}" if functional else f"a {type(loss).__name__}"
        raise TypeError(
            f"the loss is {what}; pass a criterion of spectra, such as spectra.cross_entropy, or a function (module, "
            "batch) -> (sum of the losses of the batch, number of its examples)"
        )
    weights, objective = objective_of(module, loss, batches)
    return Snapshot(weights, objective, optimizer, method)
