"""Pieces as tasks of Ray."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spectra.engines.engine import Execute, Making
from spectra.engines.piece import Ended, Piece
from spectra.engines.ray_cluster import Cluster, Demand, Share, occupied
from spectra.engines.ray_task import make

SLACK = 30.0
"""Seconds after the time limit of its runs at which a piece is given up although its worker says nothing."""

CLOSING = 5.0
"""Seconds that cancelled tasks have until their workers are killed."""

CANCELLED, MEMORY = "TaskCancelledError", "OutOfMemoryError"
DEAD = {
    "WorkerCrashedError": "its process died",
    "NodeDiedError": "its node was lost",
    "LocalRayletDiedError": "its node was lost",
    "ObjectLostError": "its node was lost when it had ended",
}
"""What Ray raises where neither a piece nor the cluster as a whole is to blame."""


@dataclass(frozen=True)
class Tasks:
    """How pieces become tasks.

    Attributes:
        demand: What they take.
        making: How they are made, as workers are told.
        most: Pieces under way at a time.
        patience: Seconds that a cluster has to grow where no node can hold a piece.
        execute: Makes a piece.
        collect: Called when pieces have ended, before that is said.
    """

    demand: Demand
    making: Making
    most: int
    patience: float
    execute: Execute
    collect: Callable[[], object]


@dataclass(frozen=True)
class _Task:
    piece: Piece
    share: Share
    begun: float


class RayPool:
    """Tasks under way: as many as the cluster has room for, and one that waits so that no slot is ever idle.

    How much room there is follows from the nodes and from what this sweep has under way. Where others use the same
    cluster more tasks wait in its queue, which does no harm.
    """

    def __init__(self, ray: Any, cluster: Cluster, tasks: Tasks) -> None:
        """Begin with none.

        Args:
            ray: The package, connected.
            cluster: Its nodes.
            tasks: How pieces become tasks.
        """
        self._ray, self._cluster, self._tasks = ray, cluster, tasks
        self._under_way: dict[Any, _Task] = {}
        self._remote: dict[tuple[Share, int], Any] = {}
        self._hopeful = time.monotonic()  # when there was last a node for something under way

    @property
    def workers(self) -> int:
        """How many runs on one thread have room now."""
        return max(1, min(self._tasks.most, self._tasks.demand.least().slots(self._cluster.nodes())))

    def fits(self, piece: Piece) -> bool:  # noqa: ARG002
        """Whether the cluster is not yet more than full; a piece that no node can hold waits alone for one.

        Raises:
            RuntimeError: If the cluster is lost.
        """
        room = occupied(self._shares(), self._cluster.nodes()) <= 1 + 1e-9
        return room and len(self._under_way) < self._tasks.most

    def start(self, piece: Piece) -> None:
        """Submit a piece."""
        if not self._under_way:
            self._hopeful = time.monotonic()
        share, threads = self._tasks.demand.share(piece), piece.specs[0].threads
        if (share, threads) not in self._remote:
            self._remote[share, threads] = self._ray.remote(**share.options(threads))(make)
        placed = replace(piece, device="cuda" if share.gpus else "cpu")
        limit = self._limit(piece)
        reference = self._remote[share, threads].remote(self._tasks.execute, placed, self._tasks.making, limit)
        self._under_way[reference] = _Task(placed, share, time.monotonic())

    def ended(self, wait: float) -> Sequence[Ended]:
        """Pieces that ended since the last call.

        Raises:
            OSError: If a worker says that the store failed.
            RuntimeError: If the cluster is lost, workers cannot load the code, or no node can ever hold a piece.
        """
        if not self._under_way:
            return ()
        references = [*self._under_way]
        self._ray.wait(references, num_returns=1, timeout=wait)
        ready, _ = self._ray.wait(references, num_returns=len(references), timeout=0)
        if not ready:
            self._check_hope()
            return ()
        found = [self._settled(reference) for reference in ready]
        self._tasks.collect()
        return found

    def stop(self) -> None:
        """Cancel all: what waits ends at once, what runs saves its checkpoints."""
        for reference in self._under_way:
            self._ray.cancel(reference)

    def close(self) -> None:
        """Kill what is left."""
        references = [*self._under_way]
        for reference in references:
            self._ray.cancel(reference, force=True)
        if references:
            self._ray.wait(references, num_returns=len(references), timeout=CLOSING)

    def _settled(self, reference: Any) -> Ended:
        task = self._under_way.pop(reference)
        try:
            ended: Ended = self._ray.get(reference)
            return ended
        except self._ray.exceptions.RayError as error:
            return self._obituary(task, error)

    def _obituary(self, task: _Task, error: Exception) -> Ended:
        """What became of a piece whose task returned nothing."""
        names = [kind.__name__ for kind in type(error).__mro__]
        cause = getattr(error, "cause", None)
        limit, seconds = self._limit(task.piece), time.monotonic() - task.begun
        if CANCELLED in names:
            return Ended(task.piece, lost="its task was cancelled", stopped=True)
        if MEMORY in names:
            return Ended(task.piece, lost="its node ran out of memory, and Ray ended its process", guilty=True)
        if "WorkerCrashedError" in names and limit is not None and seconds >= limit:
            return Ended(task.piece, lost=self._tasks.making.overtime, guilty=True)
        for name, lost in DEAD.items():
            if name in names:
                return Ended(task.piece, lost=lost)
        if isinstance(cause, OSError):
            raise cause
        raise RuntimeError(
            f"workers of Ray cannot make any run: {_first_line(cause or error)}. Every node needs spectra, in the same "
            "version as here, and whatever your specs are defined in, where its Python finds it"
        ) from error

    def _limit(self, piece: Piece) -> float | None:
        timeout = self._tasks.making.timeout
        return None if timeout is None else timeout * len(piece.specs) + SLACK

    def _shares(self) -> Counter[Share]:
        return Counter(task.share for task in self._under_way.values())

    def _check_hope(self) -> None:
        """Raise if nothing that is under way can be made on any node, and the cluster has not grown for long."""
        nodes, shares = self._cluster.nodes(), self._shares()
        if any(occupied(Counter([share]), nodes) < math.inf for share in shares):
            self._hopeful = time.monotonic()
        elif time.monotonic() - self._hopeful >= self._tasks.patience:
            there = "; ".join(sorted({str(_share(node)) for node in nodes}))
            raise RuntimeError(
                f"a run asks for {next(iter(shares))}, and no node of the Ray cluster has that (they have {there}); "
                "ask for less, or add a node"
            )


def _share(node: Any) -> Share:
    return Share(node.get("CPU", 0), node.get("GPU", 0), int(node.get("memory", 0)))


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]
