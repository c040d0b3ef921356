"""Mean and variance of vectors that come one by one and are not kept."""

from __future__ import annotations

import torch
from torch import Tensor


class RunningMoments:
    """Mean and standard error of each entry of vectors (P,), in double precision.

    Source: Welford 1962, Technometrics 4, 419.
    """

    def __init__(self, size: int, device: torch.device) -> None:
        self.count = 0
        self.mean = torch.zeros(size, dtype=torch.float64, device=device)
        self._squares = torch.zeros_like(self.mean)

    def add(self, sample: Tensor) -> None:
        """Take one more vector (P,) into account."""
        self.count += 1
        difference = sample - self.mean
        self.mean += difference / self.count
        self._squares += difference * (sample - self.mean)

    @property
    def standard_errors(self) -> Tensor:
        """Of the mean, (P,); undefined before the second vector."""
        return (self._squares / (self.count - 1) / self.count).sqrt()
