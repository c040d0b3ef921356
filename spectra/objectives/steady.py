"""Whether a module is a function of its weights: no dropout, no statistics of the batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.spectral_norm import SpectralNorm

from spectra.plain_text import first_few


def require_steady(module: nn.Module) -> None:
    """Refuse modules with a layer in a mode that makes outputs random or dependent on how examples are batched.

    Raises:
        ValueError: If there are any, naming them, a batch normalization keeps no statistics, or an embedding changes
            its weights or has sparse gradients.
    """
    moving = [
        f"{name or 'the module itself'} ({type(part).__name__})"
        for name, part in module.named_modules()
        if part.training and _moves(part)
    ]
    if moving:
        raise ValueError(
            f"in training mode what the network returns is random or depends on the batch, because of "
            f"{first_few(moving)}; call module.eval() before, and module.train() afterwards"
        )
    batch = [
        name or "the module itself"
        for name, part in module.named_modules()
        if isinstance(part, _BatchNorm) and part.running_mean is None
    ]
    if batch:
        raise ValueError(
            f"the batch normalization of {first_few(batch)} keeps no statistics (track_running_stats=False) and takes "
            "those of the batch, so that an output depends on other examples; keep statistics, or normalize by layer"
        )
    unfit = [
        name or "the module itself"
        for name, part in module.named_modules()
        if isinstance(part, (nn.Embedding, nn.EmbeddingBag)) and (part.sparse or part.max_norm is not None)
    ]
    if unfit:
        raise ValueError(
            f"the embedding {first_few(unfit)} has sparse gradients or renormalises its weights in the forward pass "
            "(max_norm), and then has no dense second derivatives; set sparse=False and max_norm=None"
        )


def _moves(part: nn.Module) -> bool:
    """Whether a layer in training mode draws random numbers, or keeps statistics of what it has seen."""
    if isinstance(part, (_DropoutNd, nn.RReLU)):
        return getattr(part, "p", 1) > 0
    if isinstance(part, nn.RNNBase):
        return bool(part.dropout > 0 and part.num_layers > 1)
    if isinstance(part, nn.MultiheadAttention):
        return bool(part.dropout > 0)
    # Spectral normalization takes a step of power iteration at every call, which no derivative sees.
    hooks = any(isinstance(hook, SpectralNorm) for hook in part._forward_pre_hooks.values())
    return isinstance(part, (_BatchNorm, _SpectralNorm)) or hooks


@contextmanager
def without_chance(device: torch.device) -> Iterator[None]:
    """Refuse what draws random numbers of torch within: dropout inside a forward pass is seen by nothing else.

    Raises:
        ValueError: If the state of torch's own generators has changed on leaving; it is put back.
    """
    before = _states(device)
    yield
    if not all(map(torch.equal, before, _states(device))):
        _put_back(before, device)
        raise ValueError(
            "the forward pass draws random numbers, so that what it returns is no function of the weights; call "
            "module.eval() if it has dropout, and draw any other noise, also that of a loss, beforehand and keep it in "
            "the batch"
        )


def _put_back(states: list[torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)


def _states(device: torch.device) -> list[torch.Tensor]:
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states
