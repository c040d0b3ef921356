"""Whether a module is a function of its weights: no dropout, no statistics of the batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd


def require_steady(module: nn.Module) -> None:
    """Refuse modules with a layer whose mode makes the loss random or dependent on how examples are batched.

    Raises:
        ValueError: If there are any, naming them.
    """
    moving = [
        f"{name or 'the module itself'} ({type(part).__name__})"
        for name, part in module.named_modules()
        if part.training
        and (isinstance(part, _BatchNorm) or (isinstance(part, (_DropoutNd, nn.RReLU)) and getattr(part, "p", 1) > 0))
    ]
    if moving:
        raise ValueError(
            f"in training mode the loss is random or depends on the batch, because of {', '.join(moving)}; call "
            "module.eval() before, and module.train() afterwards"
        )


@contextmanager
def without_chance(device: torch.device) -> Iterator[None]:
    """Refuse what draws random numbers of torch within: dropout inside a forward pass is seen by nothing else.

    Raises:
        ValueError: If the state of torch's own generators has changed on leaving.
    """
    before = _states(device)
    yield
    if not all(map(torch.equal, before, _states(device))):
        raise ValueError(
            "the forward pass draws random numbers, so that the loss is no function of the weights; call module.eval() "
            "if it has dropout, and if the loss has noise, draw it beforehand and keep it in the batch"
        )


def _states(device: torch.device) -> list[torch.Tensor]:
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states
