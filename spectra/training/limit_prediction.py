"""Whether trained networks have the law of infinitely wide ones that are trained alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.kernels.asymmetric_least_squares import asymmetric_least_squares
from spectra.kernels.ensembles import Ensemble, descent_ensemble
from spectra.training.infinite_limit import limit_kernels
from spectra.training.plain_descent import require_plain_descent
from spectra.training.rows import Memory, Values
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

TWICE = 2.0  # rates are those of the mean squared error, the linear dynamics those of half of it


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LimitPrediction:
    """Where the outputs on the test inputs lie in the law that infinitely wide networks of this kind have at this step.

    The law is Gaussian, with the mean m and the variance v of `descent_ensemble`, for the covariance and the tangent
    kernel of infinite width under the multipliers, draws and rates of the run; with surrogate derivatives for the
    kernel that is not symmetric. For the outputs f on the M test inputs

        limit_prediction          m'f / m'm, whose mean over networks is 1; it has no row at the start, where m = 0
        spread_limit_prediction   the mean of (f - m)^2 / v over test inputs and outputs, whose mean over networks is 1

    if they have the law. It exists for the models of `infinite_kernel_distance` but thresholded and centered networks,
    trained by plain descent of full batches on the mean squared error.

    Attributes:
        grid: When.
        form: "mean" for the first, "spread" for the second.

    Source: Lee et al. 2019 (arXiv 1902.06720) for the law; Eilers, Memmesheimer and Goedeke 2024 (arXiv 2405.15539) for
    that of surrogate derivatives.
    """

    grid: StepGrid
    form: Literal["mean", "spread"] = "mean"
    kind: Literal["limit_prediction"] = "limit_prediction"

    @property
    def quantity(self) -> str:
        """`limit_prediction`, or `spread_limit_prediction`."""
        return self.kind if self.form == "mean" else f"{self.form}_{self.kind}"

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The number of every member.

        Raises:
            ValueError: If the run is no plain descent of full batches on a squared error from the weights as drawn, its
                rate is too large for an infinitely wide network, or the model has no such law.
        """
        require_plain_descent(cohort, self.quantity)
        if cohort.specs[0].pretraining:
            raise ValueError(
                f"{self.quantity} counts the updates from the weights as drawn, and the run begins after a pretraining "
                f"of {cohort.specs[0].pretraining}; leave one of both out"
            )
        data, sizes = cohort.dataset, cohort.step_sizes()
        assert sizes is not None  # plain descent has them at every step
        modules = [cohort.module(member) for member in range(cohort.stack.members)]
        if "kernels" not in memory:
            inputs = torch.cat([data.inputs, data.test_inputs])
            given = zip(modules, sizes, cohort.specs, strict=True)
            memory["kernels"] = torch.stack([torch.stack(limit_kernels(*each, inputs)) for each in given])
        rows: list[Values] = []
        for module, (nngp, tangent) in zip(modules, memory["kernels"], strict=True):
            law = predicted_law(nngp, tangent, data.targets, cohort.step)
            with torch.no_grad():
                rows.append(list(self._rows(law, module(data.test_inputs).double())))
        return rows

    def _rows(self, law: Ensemble, outputs: Tensor) -> Values:
        mean, variance = law.mean.reshape(outputs.shape), law.covariance.diagonal()[:, None]
        if not bool((variance > 0).all()):
            raise ValueError(
                f"{self.quantity} compares outputs with the spread of wide networks, and a network that starts as the "
                "zero function has none; leave it out, or centered = true"
            )
        if self.form == "spread":
            yield self.quantity, 0, float(((outputs - mean).square() / variance).mean())
        elif bool(mean.any()):
            yield self.quantity, 0, float((mean * outputs).sum() / mean.square().sum())


def predicted_law(nngp: Tensor, tangent: Tensor, targets: Tensor, steps: int) -> Ensemble:
    """The law on the test inputs after steps of descent on the mean squared error.

    Args:
        nngp: Covariance at the start on the N training and then the M test inputs, (N + M, N + M).
        tangent: Tangent kernel on the same, with the rates in it.
        targets: (N, C).
        steps: Updates made.
    """
    known = len(targets)
    problem = asymmetric_least_squares(tangent[:known, :known], targets, cross=tangent[known:, :known])
    return descent_ensemble(problem, nngp, steps, TWICE)
