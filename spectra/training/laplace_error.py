"""How far few tangent features are from the whole kernel, and their predictions from the exact ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.exact_laplace import exact_laplace
from spectra.kernels.laplace import accelerated_laplace
from spectra.kernels.regression_matrices import kernel_matrix
from spectra.kernels.spectral_error import spectral_error
from spectra.kernels.tangent_features import TangentFeatures
from spectra.training.laplace_features import drawn_features, flat, require_classes
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

Numbers = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LaplaceError:
    """Relative errors in the spectral norm of K tangent features from M landmarks, on test examples.

    `laplace_kernel_error` is |Theta - Psi Psi'| / |Theta| of the tangent kernel with all outputs of the examples;
    `laplace_covariance_error` is |S_K - S| / |S| of the covariance of the outputs of an example, in the mean over
    examples, with S that of the exact linearized Laplace approximation. The index is K; where several M are given it is
    M, and the quantity ends in `_by_landmarks`.

    Attributes:
        kind: Of which of the two.
        grid: When.
        ranks: Numbers K.
        landmarks: Numbers M of training examples; one of both lists has one number.
        prior: Variance of every weight under the prior, which the first kind does not need.
        tested: Number of test examples, always the first.

    Source: Deng, Zhou and Zhu 2022 (arXiv 2210.12642), who vary K and M.
    """

    kind: Literal["laplace_kernel_error", "laplace_covariance_error"]
    entries: ClassVar[None] = None  # the run alone tells how many
    grid: StepGrid
    ranks: Numbers = (20,)
    landmarks: Numbers = (100,)
    prior: PositiveFloat = 0.1
    tested: PositiveInt = 100

    @model_validator(mode="after")
    def _one_of_both_varies(self) -> LaplaceError:
        if min(len(self.ranks), len(self.landmarks)) > 1:
            raise ValueError(
                f"several ranks {list(self.ranks)} and several landmarks {list(self.landmarks)} were given; give "
                "several of one and a single one of the other, or measure twice"
            )
        if max(self.ranks) > min(self.landmarks):
            raise ValueError(f"{max(self.ranks)} features of {min(self.landmarks)} landmarks; ask for fewer")
        return self

    @property
    def quantity(self) -> str:
        """The kind, with `_by_landmarks` where these vary."""
        return f"{self.kind}_by_landmarks" if len(self.landmarks) > 1 else self.kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The errors of every member, one member after the other.

        Raises:
            ValueError: If there are no classes, or fewer examples than asked for.
        """
        require_classes(cohort, self.kind)
        return [list(self._rows(cohort, member, generator)) for member, generator in enumerate(generators)]

    def _rows(self, cohort: Cohort, member: int, generator: torch.Generator) -> Values:
        module = flat(cohort.module(member))
        inputs, _ = split_examples(cohort.dataset, "test", self.tested)
        exact = self._exact(cohort, member, module, inputs)
        for count in self.landmarks:
            drawn = drawn_features(cohort, module, count, max(self.ranks), generator)
            for rank in self.ranks:
                found = self._found(cohort, drawn.leading(rank), inputs)
                yield self.quantity, rank if len(self.landmarks) == 1 else count, spectral_error(found, exact)

    def _exact(self, cohort: Cohort, member: int, module: nn.Module, inputs: Tensor) -> Tensor:
        if self.kind == "laplace_kernel_error":
            return kernel_matrix(empirical_ntk(module, inputs))

        def covariance() -> Tensor:
            found = exact_laplace(module, cohort.dataset.inputs, cohort.dataset.targets, prior_variance=self.prior)
            return found.predict(inputs).covariance

        # Several ranks and several landmarks are two measurements with one exact side.
        return cohort.once(("exact covariance", member, self.prior, self.tested), covariance)

    def _found(self, cohort: Cohort, features: TangentFeatures, inputs: Tensor) -> Tensor:
        if self.kind == "laplace_kernel_error":
            rows = features(inputs).flatten(0, 1)
            return rows @ rows.T
        data = cohort.dataset
        found = accelerated_laplace(features, [(data.inputs, data.targets)], prior_variance=self.prior)
        return found.predict(inputs).covariance
