"""Random directions that nobody else has drawn."""

from __future__ import annotations

import torch
from torch import Tensor

OWN_SEED = 0x5EED_0F_5BEC_7A
"""Not a small number: data or weights drawn after torch.manual_seed(0) are the very numbers that a generator seeded
with 0 gives, and probes equal to the data estimated a trace 33 % too large."""


def own_generator() -> torch.Generator:
    """A generator on the CPU that is the same at every call and on every rank, and shares its stream with no one."""
    return torch.Generator().manual_seed(OWN_SEED)


def given_or_own(generator: torch.Generator | None) -> torch.Generator:
    """The generator that a caller gave, or one of our own.

    Raises:
        TypeError: If something else was given, such as a seed.
    """
    if generator is None:
        return own_generator()
    if not isinstance(generator, torch.Generator):
        raise TypeError(
            f"{generator!r} was given as the generator; pass torch.Generator().manual_seed(seed), or None for one that "
            "is the same at every call"
        )
    return generator


def random_direction(dim: int, generator: torch.Generator, dtype: torch.dtype, device: torch.device) -> Tensor:
    """A Gaussian vector (P,), drawn on the CPU so that devices agree."""
    return torch.randn(dim, generator=generator, dtype=dtype, device="cpu").to(device)
