"""Sums over the processes of a data-parallel job, and checks that they still work on the same thing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, distributed

from spectra.objectives.sharded import gathered
from spectra.plain_text import first_few

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup

Outcome = TypeVar("Outcome")
PIECES = 8
"""Parts of a vector whose sums are compared between ranks: those of two random vectors differ by about their length."""

AGREEMENT = 1e-3
"""Difference of such sums, relative to the length, that is let pass: rounding may cause less, and it does no harm."""


def world() -> ProcessGroup | None:
    """All processes of the job where `torch.distributed` is initialised, else None."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return None
    everyone: ProcessGroup | None = distributed.group.WORLD
    return everyone


def ranks(group: ProcessGroup | None) -> int:
    """Number of processes in a group; one without a group."""
    return 1 if group is None else group.size()


def rank(group: ProcessGroup | None) -> int:
    """Number of this process in a group, from 0."""
    return 0 if ranks(group) == 1 else distributed.get_rank(group)


def summed(share: Tensor, group: ProcessGroup | None, *, factor: Tensor | None = None) -> Tensor:
    """Sum of the shares of all ranks, the same on each; the share itself where there is only one.

    Args:
        share: What this rank adds, of any shape, equal on all ranks. Its graph is lost if there are several ranks.
        group: The processes; None for this one alone.
        factor: What this rank multiplied, of the dtype and device of the share. It must be the same on all ranks, and
            it is compared in the same message.

    Returns:
        The sum.

    Raises:
        RuntimeError: If the ranks multiplied different vectors, on all of them.
    """
    count = ranks(group)
    if count == 1:
        return share
    # A slot for each rank makes one sum also gather what is to be compared.
    slots = share.new_zeros(count, 0 if factor is None else PIECES + 1)
    if factor is not None:
        slots[distributed.get_rank(group)] = _piece_sums(factor.detach())
    message = torch.cat([share.detach().reshape(-1), slots.reshape(-1)])
    distributed.all_reduce(message, group=group)
    if factor is not None:
        _require_agreement(message[share.numel() :].view_as(slots))
    return message[: share.numel()].view_as(share)


def on_all_ranks(work: Callable[[], Outcome], group: ProcessGroup | None) -> list[Outcome]:
    """What a piece of work returns on each rank, in their order; if it fails on one rank, it fails on all.

    Without this, a rank with bad data would raise and leave the others waiting for it.

    Raises:
        RuntimeError: On the ranks that did not fail themselves, naming those that did and why.
    """
    if ranks(group) == 1:
        return [work()]
    outcome: Outcome | None = None
    failure: Exception | None = None
    try:
        outcome = work()
    except Exception as error:
        failure = error
    reports: list[tuple[Outcome, str | None]] = [None] * ranks(group)  # type: ignore[list-item]
    words = None if failure is None else f"{type(failure).__name__}: {failure}"
    distributed.all_gather_object(reports, (outcome, words), group=group)
    if failure is not None:
        raise failure
    failed = {rank: problem for rank, (_, problem) in enumerate(reports) if problem is not None}
    if failed:
        raise RuntimeError(f"other ranks failed: {failed}")
    return [found for found, _ in reports]


def require_same_weights(weights: Tensor, group: ProcessGroup | None) -> None:
    """Refuse weights that are not the same, to the last bit, on all ranks.

    Raises:
        ValueError: If they differ, on all ranks.
    """
    require_same({"the weights": weights}, group)


def require_same(tensors: Mapping[str, Tensor], group: ProcessGroup | None) -> None:
    """Refuse tensors that are not the same, to the last bit, on all ranks; the names are for the message.

    Raises:
        ValueError: If some differ, on all ranks.
    """
    if ranks(group) == 1:
        return
    prints = on_all_ranks(lambda: {name: _fingerprint(tensor) for name, tensor in tensors.items()}, group)
    different = [name for name in prints[0] if any(other.get(name) != prints[0][name] for other in prints)]
    if different or any(set(other) != set(prints[0]) for other in prints):
        raise ValueError(
            f"the ranks hold different values of {first_few(different) or 'the network'}; the loss would be a mean "
            "over different networks: broadcast the module's parameters and buffers from one rank before flatten, or "
            "pass group=None to measure each rank alone"
        )


def _fingerprint(tensor: Tensor) -> str:
    digest = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
    for part in gathered(tensor).reshape(-1).split(2**24):  # the bytes of a large network are never copied at once
        digest.update(part.cpu().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _piece_sums(vector: Tensor) -> Tensor:
    """Sums over eight parts, and the length."""
    pieces = vector.reshape(-1).tensor_split(PIECES)
    return torch.stack([*(piece.sum() for piece in pieces), vector.norm()])


def _require_agreement(seen: Tensor) -> None:
    apart, length = (seen - seen[0]).abs().amax(), seen[:, -1].amax()
    # Undefined numbers compare as false: the product is undefined too, and whoever uses it says so.
    if bool(apart > AGREEMENT * length):
        raise RuntimeError(
            "the ranks have come apart: they multiplied different vectors, so the sum of their products means nothing; "
            "give all ranks the same start vectors (generators of the same seed) and the same requests in the same "
            "order"
        )
