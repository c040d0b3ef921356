"""What training makes of the dual coefficient of a mode: factors of the residual at the start, for eigenvalues l."""

from __future__ import annotations

import torch
from torch import Tensor


def phi_1(values: Tensor, time: float) -> Tensor:
    """(1 - e^(-l s)) / l, which is s at l = 0."""
    still = values * time == 0
    return torch.where(still, time, -torch.expm1(-values * time) / torch.where(still, 1.0, values))


def descended(total: Tensor, steps: int, scaled: float) -> Tensor:
    """(1 - (1 - l s)^k) / l for k steps with s = rate / (N O), which is k s at l = 0."""
    shrink = total * scaled
    # Where one step makes a small change, its logarithm keeps the digits that 1 - (1 - x)^k loses.
    small = shrink < 0.5
    lost = torch.where(
        small, -torch.expm1(steps * torch.log1p(-torch.where(small, shrink, 0.0))), 1 - (1 - shrink).pow(steps)
    )
    still = shrink == 0
    return torch.where(still, steps * scaled, lost / torch.where(still, 1.0, total))


def heavy_ball(total: Tensor, steps: int, scaled: float, momentum: float) -> Tensor:
    """The recursion a_(k+1) = a_k + scaled (1 - l a_k) + momentum (a_k - a_(k-1)), a_0 = a_(-1) = 0, as a power."""
    matrix = torch.zeros(len(total), 3, 3, dtype=total.dtype, device=total.device)
    matrix[:, 0, 0] = 1 - scaled * total + momentum
    matrix[:, 0, 1], matrix[:, 0, 2] = -momentum, scaled
    matrix[:, 1, 0] = matrix[:, 2, 2] = 1
    power: Tensor = torch.linalg.matrix_power(matrix, steps)
    return power[:, 0, 2]
