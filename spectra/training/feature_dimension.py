"""How many dimensions the features of a layer fill, along a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.features.nearest_neighbours import neighbour_dimension
from spectra.features.separability import separability_dimension
from spectra.features.spectral_dimensions import spectral_dimensions
from spectra.training.layer_measures import different, features_of, networks
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, split_quantity
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


LEAST = 5
"""Different features that a dimension needs: as many as that from neighbours."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class FeatureDimension:
    """Dimension of the features of some examples in a layer; the index counts the layers. The estimators are

        participation   (sum l)^2 / sum l^2 of the eigenvalues l of their covariance
        entropy         exp of the entropy of l / sum l
        principal       number of l above a tenth of the largest
        separability    of the sphere with as many inseparable pairs, at the alpha where 1 % are
        neighbours      from the distances to the two nearest neighbours

    The first three are those of a linear space and grow with the number of examples, up to a limit; the last is that of
    a manifold, which may be curved; separability stands between. The quantity is `feature_dimension` for the
    participation ratio and bears the name of the others, as in `neighbours_feature_dimension`; on the test set `test_`
    stands before it. A layer with fewer than 5 different features among the examples has no row. Of examples with the
    same features the neighbours leave out all but one; `<quantity>_duplicates` says how many, where there are any.

    Attributes:
        grid: When.
        split: On which examples.
        examples: Their number, always the first.
        layers: Names of layers as in `spectra.features.layer_names`; none is every activation.
        estimator: Which dimension.
    """

    grid: StepGrid
    split: Split = "train"
    examples: Annotated[int, Field(ge=LEAST)] = 256
    layers: tuple[str, ...] = ()
    estimator: Literal["participation", "entropy", "principal", "separability", "neighbours"] = "participation"
    kind: Literal["feature_dimension"] = "feature_dimension"
    entries: ClassVar[None] = None  # the run alone tells how many

    @property
    def quantity(self) -> str:
        """`feature_dimension`, with the estimator before it if it is another, and `test_` on the test set."""
        name = self.kind if self.estimator == "participation" else f"{self.estimator}_{self.kind}"
        return split_quantity(name, self.split)

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The dimensions of every member.

        Raises:
            ValueError: If an expansion is trained, or there are too few examples for the separability.
        """
        return [list(self._rows(cohort, module)) for module in networks(cohort, self.quantity)]

    def _rows(self, cohort: Cohort, module: nn.Module) -> Values:
        for index, features in enumerate(features_of(module, cohort, self.split, self.examples, self.layers)):
            if different(features) >= LEAST:
                yield from self._dimension(index, features)

    def _dimension(self, index: int, features: Tensor) -> Values:
        if self.estimator == "separability":
            yield self.quantity, index, separability_dimension(features).value
        elif self.estimator == "neighbours":
            found = neighbour_dimension(features)
            yield self.quantity, index, found.value
            if found.duplicates:
                yield f"{self.quantity}_duplicates", index, float(found.duplicates)
        else:
            yield self.quantity, index, float(getattr(spectral_dimensions(features), self.estimator))
