"""How good the probabilities of a Laplace approximation are, with few features, with all, and without any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from pydantic import ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.kernels.calibration import calibration_error
from spectra.kernels.exact_laplace import ExactLaplace, exact_laplace
from spectra.kernels.laplace import accelerated_laplace
from spectra.kernels.predictive import Predictive
from spectra.kernels.prior_choice import Posterior, likeliest_prior
from spectra.objectives import cross_entropy
from spectra.training.laplace_features import drawn_features, flat, held_out, require_classes
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.data import Dataset
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LaplaceQuality:
    """Mean loss or calibration error of linearized Laplace approximations on test examples, by their features.

    The index is the number of tangent features: 0 is the network itself, whose probabilities are those of its outputs;
    N C, with N training examples and C classes, is the exact approximation with the whole tangent kernel; what lies
    between is that of `accelerated_laplace` with so many features. `laplace_loss` is -log E[softmax(f)_y] over draws of
    the outputs f, `laplace_calibration_error` the expected calibration error in 15 bins. Weights have one prior
    variance, that with the smallest loss on validation examples, for each number of features by itself; it stands
    beside, as `<kind>_prior`. All training examples are seen, without an early stop. Landmarks are as many training
    examples of each class as of any other, each with an output that is drawn.

    Attributes:
        kind: Loss or calibration error.
        grid: When.
        features: How many.
        landmarks: From how many examples they are made.
        priors: Prior variances to choose from.
        validation: Number of examples on which it is chosen, the first of the test set.
        tested: Number of test examples, those that follow.

    Source: Deng, Zhou and Zhu 2022 (arXiv 2210.12642).
    """

    kind: Literal["laplace_loss", "laplace_calibration_error"]
    entries: ClassVar[None] = None  # the run alone tells how many
    grid: StepGrid
    features: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)] = (0, 20)
    landmarks: PositiveInt = 100
    priors: Annotated[tuple[PositiveFloat, ...], Field(min_length=1)] = (0.01, 0.1, 1.0)
    validation: PositiveInt = 200
    tested: PositiveInt = 500

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The values of every member, one member after the other.

        Raises:
            ValueError: If there are no classes, fewer examples than asked for, or a number of features between that of
                the landmarks and N C.
        """
        require_classes(cohort, self.kind)
        return [list(self._rows(cohort, member, generator)) for member, generator in enumerate(generators)]

    def _rows(self, cohort: Cohort, member: int, generator: torch.Generator) -> Values:
        targets = held_out(cohort, self.validation, self.tested)[1][1]
        for count, prior, found in self._predictions(cohort, member, generator):
            yield self.kind, count, self._judged(found, targets)
            if count:
                yield f"{self.kind}_prior", count, prior

    def _predictions(
        self, cohort: Cohort, member: int, generator: torch.Generator
    ) -> Iterator[tuple[int, float, Predictive]]:
        """Number of features, prior variance and predictions."""
        module, data = flat(cohort.module(member)), cohort.dataset
        seen, (test, _) = held_out(cohort, self.validation, self.tested)
        every = len(data.inputs) * data.outputs
        few = [count for count in self.features if 0 < count < every]
        self._require_known(few, every)
        drawn = drawn_features(cohort, module, self.landmarks, max(few), generator) if few else None
        for count in self.features:
            if count == 0:
                yield 0, 0.0, _certain(module, test)
            elif count == every:
                # Loss and calibration error are those of one posterior, by far the dearest.
                name = "exact Laplace", member, self.priors, self.validation, self.tested
                yield count, *cohort.once(name, lambda: self._likeliest(_exact(module, data), seen, test))
            else:
                assert drawn is not None
                batch = data.inputs, data.targets
                found = accelerated_laplace(drawn.leading(count), [batch], prior_variance=1.0)
                yield count, *self._likeliest(found, seen, test)

    def _likeliest(self, posterior: Posterior, seen: tuple[Tensor, Tensor], test: Tensor) -> tuple[float, Predictive]:
        """The prior variance with the smallest loss, and predictions under it."""
        best = likeliest_prior(posterior, self.priors, *seen)
        return best.prior_variance, best.predict(test)

    def _require_known(self, few: Sequence[int], every: int) -> None:
        above = [count for count in self.features if count > every or (count in few and count > self.landmarks)]
        if above:
            raise ValueError(
                f"{self.kind} asks for {above[0]} features; there are 0 to {self.landmarks}, as many as landmarks, and "
                f"all {every} of the training examples"
            )

    def _judged(self, found: Predictive, targets: Tensor) -> float:
        if self.kind == "laplace_loss":
            return float(found.losses(cross_entropy, targets).mean())
        return calibration_error(found.probabilities(), targets)


def _exact(module: nn.Module, data: Dataset) -> ExactLaplace:
    return exact_laplace(module, data.inputs, data.targets, prior_variance=1.0)


def _certain(module: nn.Module, inputs: Tensor) -> Predictive:
    with torch.no_grad():
        outputs: Tensor = module(inputs).double()
    return Predictive(outputs, outputs.new_zeros(*outputs.shape, outputs.shape[1]))
