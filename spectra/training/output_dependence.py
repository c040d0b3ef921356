"""How far the outputs of a network are sums of a few other outputs, along a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.features.independence_deficit import independence_deficit
from spectra.training.layer_measures import networks
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, named_by_split, split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class OutputDependence:
    """Share of an output that a lasso explains by the other outputs, in the mean over the outputs.

    Outputs that are zero for all examples have none; where all are, as in a network whose readout starts at zero, there
    is no row. Beside it stand `<quantity>_used`, with how many others in the mean, and `<quantity>_converged`, 1 or 0.
    The quantity is `independence_deficit` on the training set and `test_independence_deficit` on the test set.

    Attributes:
        grid: When.
        split: On which examples.
        examples: Their number, always the first.
        penalty: Of the lasso, relative to the smallest one at which no other output is used.
    """

    grid: StepGrid
    split: Split = "train"
    examples: Annotated[int, Field(ge=2)] = 512
    penalty: Annotated[float, Field(gt=0, lt=1)] = 0.1
    kind: Literal["independence_deficit"] = "independence_deficit"

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The mean of every member.

        Raises:
            ValueError: If an expansion is trained, or the network has one output.
        """
        inputs, _ = split_examples(cohort.dataset, self.split, self.examples)
        found = []
        for module in networks(cohort, self.quantity):
            with torch.no_grad():
                outputs = module(inputs).double()
            found.append(self._rows(outputs.flatten(0, -2)))
        return found

    def _rows(self, outputs: Tensor) -> Values:
        products = (outputs.T @ outputs / len(outputs)).fill_diagonal_(0).abs()
        least = (self.penalty * products.amax(1)).tolist()
        present = [index for index in range(len(least)) if bool(outputs[:, index].any())]
        if not present:
            return []
        all_ = [independence_deficit(outputs, index, penalty=least[index]) for index in present]
        return [
            (self.quantity, 0, sum(one.explained for one in all_) / len(all_)),
            (f"{self.quantity}_used", 0, sum(one.used for one in all_) / len(all_)),
            (f"{self.quantity}_converged", 0, float(all(one.converged for one in all_))),
        ]
