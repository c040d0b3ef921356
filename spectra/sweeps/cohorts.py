"""Which runs train together: the pieces of a sweep."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable
from itertools import count, pairwise

from spectra.engines.pace import estimated
from spectra.engines.piece import Piece
from spectra.training import RunSpec, footprint, most_members, shape

MEMORY = 2**30
"""Bytes that the members of a cohort may take together where nothing else is said: 1 GiB for each worker."""


def pieces(specs: Iterable[RunSpec], *, memory: int = MEMORY, workers: int = 1, device: str = "cpu") -> list[Piece]:
    """Cohorts of runs of equal shapes, small enough for the memory and enough of them for all workers.

    The numbers of a run do not depend on which others it trains with, so any cut will do. A cohort is halved while
    there are fewer pieces than workers, or while it is more than one worker's share of all work.

    Args:
        specs: Runs, none twice.
        memory: Bytes that the members of a cohort may take together.
        workers: How many pieces are made at a time.
        device: Where tensors will live.

    Returns:
        The pieces, every run in exactly one of them.
    """
    groups: dict[Hashable, list[RunSpec]] = {}
    for spec in specs:
        groups.setdefault(shape(spec), []).append(spec)
    queue: list[tuple[float, int, Piece]] = []  # negative work of those that can be halved, the largest first
    single: list[Piece] = []
    total, tie = 0.0, count()
    for group in groups.values():
        foot = estimated(group[0])
        if foot is None:
            single += [Piece((spec,)) for spec in group]
            continue
        total += foot.work * len(group)
        for piece in _cut(group, members(group[0], memory=memory, device=device)):
            many = len(piece.specs)
            single.append(piece) if many == 1 else queue.append((-foot.work * many, next(tie), piece))
    heapq.heapify(queue)
    while queue and (len(queue) + len(single) < workers or -queue[0][0] > total / workers):
        work, _, piece = heapq.heappop(queue)
        for half in halves(piece):
            part = work * len(half.specs) / len(piece.specs)
            single.append(half) if len(half.specs) == 1 else heapq.heappush(queue, (part, next(tie), half))
    return [*(piece for _, _, piece in sorted(queue)), *single]


def members(spec: RunSpec, *, memory: int, device: str = "cpu") -> int:
    """How many runs of the shape of one a cohort may have: at least one."""
    return max(1, min(most_members(spec, device=device), memory // max(footprint(spec).memory, 1)))


def halves(piece: Piece) -> tuple[Piece, Piece]:
    """A piece of two or more runs cut in two, which have not been handed out yet."""
    middle = len(piece.specs) // 2
    return Piece(piece.specs[:middle]), Piece(piece.specs[middle:])


def _cut(group: list[RunSpec], width: int) -> Iterable[Piece]:
    """As few pieces of at most some members as there can be, of lengths as equal as they can be."""
    parts = -(-len(group) // width)
    edges = [len(group) * part // parts for part in range(parts + 1)]
    return (Piece(tuple(group[start:end])) for start, end in pairwise(edges))
