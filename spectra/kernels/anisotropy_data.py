"""Two classes that a single direction of the inputs tells apart."""

from __future__ import annotations

from math import isfinite

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real, whole_number
from spectra.operators.chance import own_generator


def anisotropy_data(
    direction: Tensor,
    count: int,
    *,
    gap: float = 1.0,
    deviation: float = 1.0,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Examples x = gap / 2 * y v + w with y = -1 or 1 and Gaussian w of the covariance deviation^2 (I - v v').

    Every direction v makes the same problem but for a rotation, with classes that lie `gap` apart along v and nowhere
    else. A network that learns it better for some directions, such as the first of `anisotropy_directions`, prefers
    them.

    Args:
        direction: v, in the shape of one example; it is scaled to length one.
        count: Number N of examples, half of each class up to chance.
        gap: Distance of the two classes along v, positive.
        deviation: Standard deviation of the noise in every direction across v, zero or positive.
        generator: Source of examples, on the CPU; None makes one that is the same at every call. Take one for training
            and test examples together.

    Returns:
        Examples (N, ...) in the dtype of the direction, and labels (N,), whole numbers, 1 where y is 1 and 0 where it
        is -1.

    Raises:
        TypeError: If the direction is no tensor.
        ValueError: If the direction is zero or not finite, there is no example, or a number is out of range.

    >>> inputs, labels = anisotropy_data(torch.eye(28)[:1], 5)
    >>> inputs.shape, labels.shape
    (torch.Size([5, 1, 28]), torch.Size([5]))

    Source: Ortiz-Jimenez et al. 2020, Neural Anisotropy Directions.
    """
    require_real("the direction", direction)
    length = float(direction.double().norm())
    if not (isfinite(length) and length > 0):
        raise ValueError(f"a direction of length {length:g} was given; a finite one that is not zero is needed")
    count = whole_number("count", count)
    if not 0 < gap < float("inf") or not 0 <= deviation < float("inf"):
        raise ValueError(
            f"a gap of {gap} and a deviation of {deviation} were given; the gap is positive, the deviation zero or "
            "positive, and both are finite"
        )
    generator = own_generator() if generator is None else generator
    unit = (direction.detach().double() / length).flatten()
    labels = torch.randint(2, (count,), generator=generator, device="cpu").to(unit.device)
    drawn = torch.randn(count, len(unit), generator=generator, dtype=torch.float64, device="cpu")
    noise = deviation * drawn.to(unit.device)
    across = noise - torch.outer(noise @ unit, unit)
    inputs = across + torch.outer(gap * (labels.double() - 0.5), unit)
    return inputs.to(direction.dtype).reshape(count, *direction.shape), labels
