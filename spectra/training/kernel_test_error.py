"""How well regression with the tangent kernel of the moment predicts the test set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, NonNegativeFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.regression import kernel_regression
from spectra.kernels.regression_matrices import relative_ridge
from spectra.objectives.squared_classes import one_hot
from spectra.training.infinite_limit import limit_kernel
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import flat_outputs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class KernelTestError:
    """Test error of regression with the tangent kernel, K_td (K_dd + ridge I)^-1 y.

    d are the examples that updates see at the moment, and t those of the test set. Of classes y has a one for the class
    and zeros elsewhere, and regression begins at zero: outputs of the network are no part of it. The kernel is one for
    all C outputs, the mean (1/C) sum_c J_c D J_c' over them with D the step size of every weight, so that N examples
    take N^3 operations, not (N C)^3. It is made and solved with in double precision.

    The quantity bears the name of the kind, with `infinite_` before it for the kernel of infinite width at the start:

        kernel_test_error    share of test examples whose largest prediction is not that of their class
        kernel_test_loss     mean of the squared residuals over examples and outputs

    Beside it stand `<quantity>_residual`, that of the solve, and `<quantity>_smallest`, the smallest eigenvalue of
    K_dd + ridge I over the mean of the diagonal of K_dd. At step 0 the kernel is that of the initial network, or of
    what a pretraining left; later it is that of the trained one. Under Adam and AdamW the kernel of the moment exists
    from the first update on, and that of infinite width is refused.

    Attributes:
        kind: Which of the two.
        grid: When.
        kernel: That of the moment, or the one of infinite width, for the networks of `infinite_kernel_distance`.
        test_examples: Number of test examples, the first; None is all.
        ridge: In parts of the mean of the diagonal of K_dd.

    Source: Vyas, Bansal and Nakkiran 2022, Limitations of the NTK for Understanding Generalization in Deep Learning
    (arXiv 2206.10012), for the comparison of kernels with networks.
    """

    kind: Literal["kernel_test_error", "kernel_test_loss"]
    grid: StepGrid
    kernel: Literal["moment", "infinite"] = "moment"
    test_examples: PositiveInt | None = None
    ridge: NonNegativeFloat = 0.0

    @property
    def quantity(self) -> str:
        """The kind, with `infinite_` before it for that kernel."""
        return self.kind if self.kernel == "moment" else f"infinite_{self.kind}"

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The error of every member, one member after the other.

        Raises:
            ValueError: If errors are asked for and the targets are no classes, the kernel is singular without a ridge,
                or the optimizer or the model has no limit of infinite width.
        """
        data, sizes = cohort.dataset, cohort.step_sizes()
        if sizes is None and self.kernel == "infinite":  # at the start, of every optimizer but sgd
            raise ValueError(
                f"{self.quantity} is known for the optimizer sgd, whose learning rates do not depend on the gradients; "
                'leave it out, or use kernel = "moment"'
            )
        tested = split_examples(data, "test", self.test_examples)
        if self.kind == "kernel_test_error" and data.targets.is_floating_point():
            raise ValueError(
                f"the measurement {self.quantity} counts misclassified examples, and targets of shape "
                f"{tuple(data.targets.shape)} and {data.targets.dtype} are no classes; use kernel_test_loss"
            )
        if sizes is None:
            return [()] * cohort.stack.members
        if self.kernel == "moment" or not _unchanged(cohort, memory):
            found = [self._values(cohort, member, sizes[member], *tested) for member in range(cohort.stack.members)]
            memory["values"] = torch.tensor(found, dtype=torch.float64)
            if cohort.order.known is not None:
                memory["known"] = cohort.order.known
        endings = ("", "_residual", "_smallest")
        return [
            [(f"{self.quantity}{ending}", 0, value) for ending, value in zip(endings, row, strict=True)]
            for row in memory["values"].tolist()
        ]

    def _values(
        self, cohort: Cohort, member: int, sizes: Tensor, inputs: Tensor, targets: Tensor
    ) -> tuple[float, float, float]:
        data, known = cohort.dataset, cohort.order.known
        seen = slice(None) if known is None else known[member].to(inputs.device)
        kernel, cross = self._kernels(cohort, member, sizes, data.inputs[seen], inputs)
        aims, expected = (regression_targets(some, data.outputs) for some in (data.targets[seen], targets))
        found = kernel_regression(kernel, cross, aims, ridge=relative_ridge(kernel, self.ridge))
        if self.kind == "kernel_test_error":
            value = (found.predictions.argmax(1) != targets).double().mean()
        else:
            value = (found.predictions - expected).square().mean()
        assert found.smallest is not None  # of eigenvectors
        return float(value), found.residual, found.smallest / float(kernel.diagonal().mean())

    def _kernels(
        self, cohort: Cohort, member: int, sizes: Tensor, seen: Tensor, tested: Tensor
    ) -> tuple[Tensor, Tensor]:
        """K_dd (N, N) and K_td (M, N)."""
        if self.kernel == "infinite":
            drawn = cohort.stack.module(member, cohort.weights[member])
            whole = limit_kernel(drawn, sizes, cohort.specs[member], torch.cat([seen, tested]))
            return whole[: len(seen), : len(seen)], whole[len(seen) :, : len(seen)]
        module, weights = flat_outputs(cohort.module(member)).double(), sizes.double()
        seen, tested = (some.double() if some.is_floating_point() else some for some in (seen, tested))
        kernel = empirical_ntk(module, seen, outputs="trace", weights=weights)
        return kernel, empirical_ntk(module, tested, seen, outputs="trace", weights=weights)


def _unchanged(cohort: Cohort, memory: Memory) -> bool:
    """Whether the examples are those of the measurement before: a kernel of infinite width then says the same."""
    known = cohort.order.known
    return "values" in memory and (known is None or torch.equal(memory["known"].to(known.device), known))


def regression_targets(targets: Tensor, outputs: int) -> Tensor:
    """Targets as numbers (N, C) in double precision, classes as rows of zeros with a one.

    Raises:
        ValueError: If an example has several classes.
    """
    if targets.is_floating_point():
        return targets.double().reshape(len(targets), -1)
    if targets.ndim != 1:
        raise ValueError(
            f"kernel regression takes one class for each example, and targets of shape {tuple(targets.shape)} were "
            "given; use it with data whose examples have one class, or numbers"
        )
    return one_hot(torch.zeros(len(targets), outputs, dtype=torch.float64, device=targets.device), targets)
