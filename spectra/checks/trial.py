"""What is checked: a network with its optimizer, as it is trained at one size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.optim import Optimizer


@dataclass(frozen=True)
class Trial:
    """A network of one size, ready to train on one fixed batch.

    Attributes:
        module: The network, with its initial weights.
        optimizer: Whatever updates it; its groups are read for their rates.
        loss: module -> mean loss on the batch, a scalar; it calls the module once. The same batch at all sizes.
        update: Makes one update of the weights. None: the gradient of `loss`, then a step of the optimizer. Pass your
            own where a schedule sets the rates, gradients are clipped, or several batches make an update.
    """

    module: nn.Module
    optimizer: Optimizer
    loss: Callable[[nn.Module], Tensor]
    update: Callable[[], object] | None = None

    def train(self) -> None:
        """Make one update."""
        if self.update is not None:
            self.update()
            return
        self.optimizer.zero_grad()
        self.loss(self.module).backward()
        self.optimizer.step()


SetUp = Callable[[int, int], Trial]
"""(size, seed) -> the trial at that width or depth, with new weights. Torch's global random numbers are seeded then."""
