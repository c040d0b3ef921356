"""How well one kernel for all outputs stands for the tangent kernel of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, NonNegativeFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.pseudo import pseudo_kernel_report, pseudo_regression_report
from spectra.kernels.regression_matrices import kernel_matrix, relative_ridge
from spectra.training.kernel_test_error import regression_targets
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import flat_outputs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class PseudoKernelError:
    """Relative errors of one kernel for all C outputs, repeated for each, beside the tangent kernel Theta = J D J'.

    J is the Jacobian of the C outputs of each of N training examples, and D the step size of every weight. The pseudo
    kernel is p = (1/C) sum_cc' Theta_cc', that of the summed outputs over C^(1/2).

        pseudo_kernel_error       |Theta - p (x) I|_F / |Theta|_F
        mean_trace_kernel_error   the same with the mean (1/C) sum_c Theta_cc in place of p
        pseudo_eigenvalue_error   |largest eigenvalue of p over that of Theta - 1|
        pseudo_prediction_error   |f_p - f| / |f| of what kernel regression with p and with Theta predicts for test
                                  examples; of classes the targets are a one for the class and zeros elsewhere

    With a ridge the name of the last begins with `ridge_`. Beside it stands `<quantity>_smallest`, the smallest
    eigenvalue of Theta + ridge I over the mean of the diagonal of Theta. Under Adam and AdamW there are values from the
    first update on.

    Attributes:
        kind: Which of them.
        grid: When.
        examples: Number of training examples N, always the first. Matrices (N C)^2 are kept in double precision.
        test_examples: Of the predictions, the first.
        ridge: Of the predictions, in parts of the mean of the diagonal of Theta.

    Source: Mohamadi, Bae and Sutherland 2022 (arXiv 2206.12543).
    """

    kind: Literal[
        "pseudo_kernel_error", "mean_trace_kernel_error", "pseudo_eigenvalue_error", "pseudo_prediction_error"
    ]
    grid: StepGrid
    examples: PositiveInt = 32
    test_examples: PositiveInt = 32
    ridge: NonNegativeFloat = 0.0

    @property
    def quantity(self) -> str:
        """The kind, with `ridge_` before it for predictions with one."""
        return f"ridge_{self.kind}" if self.kind == "pseudo_prediction_error" and self.ridge else self.kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The error of every member, one member after the other.

        Raises:
            ValueError: If the kernel is zero, or singular without a ridge.
        """
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        return [list(self._rows(cohort, member, of_member.double())) for member, of_member in enumerate(sizes)]

    def _rows(self, cohort: Cohort, member: int, sizes: Tensor) -> Values:
        data, module = cohort.dataset, flat_outputs(cohort.module(member)).double()
        inputs, targets = split_examples(data, "train", self.examples)
        inputs = inputs.double() if inputs.is_floating_point() else inputs
        kernel = empirical_ntk(module, inputs, weights=sizes)
        if self.kind != "pseudo_prediction_error":
            report = pseudo_kernel_report(kernel)
            found = {
                "pseudo_kernel_error": report.frobenius_error,
                "mean_trace_kernel_error": report.mean_trace_error,
                "pseudo_eigenvalue_error": abs(report.largest_error),
            }
            yield self.quantity, 0, found[self.kind]
            return
        tested, _ = split_examples(data, "test", self.test_examples)
        cross = empirical_ntk(module, tested.to(inputs), inputs, weights=sizes)
        ridge = relative_ridge(kernel, self.ridge)
        regression = pseudo_regression_report(kernel, cross, regression_targets(targets, data.outputs), ridge=ridge)
        assert regression.smallest is not None  # of eigenvectors
        yield self.quantity, 0, regression.error
        yield f"{self.quantity}_smallest", 0, regression.smallest / float(kernel_matrix(kernel).diagonal().mean())
