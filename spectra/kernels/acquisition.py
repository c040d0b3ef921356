"""Which example to label next, by what the network says about it alone."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real, whole_number
from spectra.kernels.preconditions import require_finite


def entropy_scores(outputs: Tensor) -> Tensor:
    """Entropy of the softmax of outputs (M, C), in nats: (M,), between 0 and log C.

    Raises:
        ValueError: If there are fewer than two outputs, or numbers are not finite.
    """
    logs = _checked(outputs).log_softmax(1)
    return -(logs.exp() * logs).sum(1)


def margin_scores(outputs: Tensor) -> Tensor:
    """Minus the largest less the second largest of the softmax of outputs (M, C): (M,), between -1 and 0.

    Raises:
        ValueError: If there are fewer than two outputs, or numbers are not finite.
    """
    best = _checked(outputs).softmax(1).topk(2, dim=1).values
    return best[:, 1] - best[:, 0]


def random_scores(count: int, generator: torch.Generator) -> Tensor:
    """Scores that rank `count` examples in any order alike, (count,), between 0 and 1."""
    return torch.rand(whole_number("count", count), generator=generator, dtype=torch.float64, device="cpu")


def highest_scores(scores: Tensor, count: int) -> Tensor:
    """Places of the `count` largest of scores (M,), largest first, (count,); of equal ones the first come first.

    Raises:
        ValueError: If there are fewer, or numbers are not finite.
    """
    require_real("scores", scores)
    if scores.ndim != 1 or whole_number("count", count) > len(scores):
        raise ValueError(
            f"the {count} highest of scores of shape {tuple(scores.shape)} were asked for; pass scores (M,), and a "
            "count of at most M"
        )
    require_finite("the scores", scores)
    return scores.argsort(descending=True, stable=True)[:count]


def _checked(outputs: Tensor) -> Tensor:
    require_real("outputs", outputs)
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        raise ValueError(
            f"outputs of shape {tuple(outputs.shape)} were given; pass (M, C), one row for each example and two "
            "classes at least"
        )
    require_finite("the outputs", outputs)
    return outputs.detach().double()
