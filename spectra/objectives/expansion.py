"""The first-order Taylor expansion of the members of a stack, each about weights of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torch import Tensor
from torch.func import jvp


@dataclass(frozen=True)
class Expansion:
    """f(x; theta_0) + J(x) (theta - theta_0), with J the Jacobian of the outputs f at theta_0, in place of f(x; theta).

    Attributes:
        start: theta_0 of each member, (K, P).
        include_start: Whether the first term is there. Without it the outputs are zero at theta_0, and the model is one
            of tangent features alone.

    Source: Lee et al. 2019, Wide Neural Networks of Any Depth Evolve as Linear Models (arXiv 1902.06720), equation 4.
    """

    start: Tensor
    include_start: bool = True

    def kept(self, places: Sequence[int]) -> Expansion:
        """The expansion of some of the members."""
        return replace(self, start=self.start[[*places]])

    def outputs(
        self, network: Callable[[tuple[Tensor, ...]], Tensor], start: Sequence[Tensor], weights: Sequence[Tensor]
    ) -> Tensor:
        """What the expansion of one network returns.

        Args:
            network: Outputs as a function of the pieces of the weights.
            start: The pieces of theta_0.
            weights: The pieces of theta.

        Returns:
            Outputs of the shape of those of the network.
        """
        moved = tuple(now - before for now, before in zip(weights, start, strict=True))
        values: Tensor
        change: Tensor
        values, change = jvp(network, (tuple(start),), (moved,))[:2]
        return values + change if self.include_start else change
