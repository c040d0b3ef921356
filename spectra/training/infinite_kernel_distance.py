"""How far the tangent kernel is from the one that an infinitely wide network has at the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.kernels.drift import kernel_drift
from spectra.training.infinite_limit import limit_kernel
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import training_kernel

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class InfiniteKernelDistance:
    """|K_t - K_oo|_F / |K_oo|_F on a few examples, with K_oo the tangent kernel of the start at infinite width.

    K_t = J D J' (N C, N C), with J the Jacobian of the C outputs of each of N training examples and D the learning rate
    of every weight. With K_1 = v_1 <x, x'> / d and Theta_1 = r_1 <x, x'> / d + b_1,

        K_(l+1) = v_(l+1) E[phi(u) phi(v)]
        Theta_(l+1) = r_(l+1) E[phi(u) phi(v)] + b_(l+1) + v_(l+1) E[phi'(u) phi'(v)] Theta_l,    (u, v) ~ N(0, K_l),

    where layer l has n_l inputs, the multiplier m_l, weights of variance s_l^2, and the learning rates e_l of weights
    and b_l of biases, v_l = m_l^2 n_l s_l^2 and r_l = m_l^2 n_l e_l. A residual branch adds its own covariance and
    kernel times the square of its multiplier. K_oo is the last Theta times the identity of the C outputs. All constants
    are those of the run at its own width.

    Of `surrogate_mlp` K_t is J D J~', with E[phi' psi'] in the recursion; of `thresholded` K_oo is `bias_kernel`.

    It is defined for the models mlp and residual_mlp without norms, shallow (centered or not), linear_network,
    surrogate_mlp and thresholded (relu, inputs of length one), under any regime with the optimizer sgd; others are
    refused at the start of the run. Under `ntk` and `ntk_matched` the kernel stays at K_oo as the width grows. Under
    the other regimes K_oo is the limit of the start alone, also under `mup`, where it is that of `ntk_matched` with the
    same base: in training the kernel leaves it at any width. It is the limit of the weights as drawn also where the run
    begins after a pretraining.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first.

    Source: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572) for the recursion with v = r; learning rates of their own
    for every layer follow by linearity.
    """

    grid: StepGrid
    examples: PositiveInt = 32
    kind: Literal["infinite_kernel_distance"] = "infinite_kernel_distance"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The distance of every member, one member after the other.

        Raises:
            ValueError: If the optimizer or the model has no such limit.
        """
        sizes = cohort.step_sizes()
        if sizes is None:  # at the start, of every other optimizer
            raise ValueError(
                f"{self.kind} is known for the optimizer sgd, whose learning rates do not depend on the gradients; "
                "leave it out, or use kernel_drift, which is relative to the kernel of the start"
            )
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        members = list(enumerate(sizes))
        if "limit" not in memory:
            networks = [cohort.stack.module(member, cohort.weights[member]) for member, _ in members]
            given = zip(networks, sizes, cohort.specs, strict=True)
            memory["limit"] = torch.stack([limit_kernel(network, size, spec, inputs) for network, size, spec in given])
        found = [training_kernel(cohort.module(member), inputs, size) for member, size in members]
        return [[(self.kind, 0, _distance(*pair))] for pair in zip(memory["limit"], found, strict=True)]


def _distance(limit: Tensor, kernel: Tensor) -> float:
    """Distance of a kernel (N C, N C) from one (N, N) times the identity of the outputs, relative to that."""
    outputs = len(kernel) // len(limit)
    return kernel_drift(torch.kron(limit, torch.eye(outputs).to(limit)), kernel)
