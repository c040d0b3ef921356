"""What a Ray cluster has, and how many pieces that is room for."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from spectra.engines.piece import Piece
from spectra.engines.worker import THREAD_VARIABLES

LOOK = 1.0
"""Seconds between two looks at the nodes, which come and go."""

SILENCE = 30.0
"""Seconds without an answer after which a cluster counts as lost; after 60 Ray itself would end this process."""

GB = 2**30

Node = Mapping[str, float]
"""Resources of a node by name, as Ray tells them: CPU, GPU, memory in bytes."""


@dataclass(frozen=True)
class Share:
    """What a piece takes of a node."""

    cpus: float
    gpus: float
    memory: int  # bytes; 0 where nothing was said

    def __str__(self) -> str:
        return f"{self.cpus:g} CPU, {self.gpus:g} GPU, {self.memory / GB:.3g} GB"

    def options(self, threads: int) -> dict[str, Any]:
        """Options of its task, for workers whose numerical libraries use some threads.

        A task is never retried by Ray, which would hand out the same piece blindly: the scheduler of the sweep knows
        how often a piece was tried, and halves it. Where GPUs are given Ray starts a new worker for every task, because
        a process cannot change to another GPU once it has used one.
        """
        environment = dict.fromkeys(THREAD_VARIABLES, str(threads))  # set before a worker loads torch
        return {
            "num_cpus": self.cpus,
            "num_gpus": self.gpus,
            "max_retries": 0,
            "runtime_env": {"env_vars": environment},
        } | ({"memory": self.memory} if self.memory else {})

    def slots(self, nodes: Iterable[Node]) -> int:
        """How many such pieces some nodes can make at a time."""
        wanted = {"CPU": self.cpus, "GPU": self.gpus, "memory": float(self.memory)}
        asked = {name: amount for name, amount in wanted.items() if amount > 0}
        # Four shares of 0.1 + 0.15 are a whole, whatever rounding says; Ray counts in 1/10000.
        return sum(min(math.floor(node.get(name, 0) / asked[name] + 1e-6) for name in asked) for node in nodes)


@dataclass(frozen=True)
class Demand:
    """What runs ask of a cluster; the runs of a piece share cores and GPUs, and each needs its memory."""

    cpus: float | None  # None is one for each thread
    gpus: float
    memory: float | None  # GB of a run

    def share(self, piece: Piece) -> Share:
        """What a piece takes."""
        cpus = piece.specs[0].threads if self.cpus is None else self.cpus
        return Share(cpus, self.gpus, math.ceil((self.memory or 0) * GB * len(piece.specs)))

    def least(self) -> Share:
        """What a single run on one thread takes."""
        return Share(1 if self.cpus is None else self.cpus, self.gpus, math.ceil((self.memory or 0) * GB))


def occupied(shares: Counter[Share], nodes: Iterable[Node]) -> float:
    """The part of some nodes that pieces take: one if they are full, infinite if a piece has no room on any."""
    found, total = tuple(nodes), 0.0
    for share, count in shares.items():
        slots = share.slots(found)
        total += count / slots if slots else math.inf
    return total


class Cluster:
    """The nodes of a cluster as they were a moment ago.

    They are asked for in a thread, because while its head is gone a cluster does not answer at all.
    """

    def __init__(self, ray: Any) -> None:
        """Look at the nodes.

        Args:
            ray: The package, connected.
        """
        self._ray, self._home = ray, ray.get_runtime_context().get_node_id()
        self._nodes, self._heard = ray.nodes(), time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def nodes(self) -> list[Node]:
        """The nodes that live.

        Raises:
            RuntimeError: If the cluster is lost, or this machine's part of it.
        """
        alive = {node["NodeID"]: node["Resources"] for node in self._nodes if node["Alive"]}
        silent = time.monotonic() - self._heard
        if silent < SILENCE and self._home in alive:
            return [*alive.values()]
        what = "does not answer" if silent >= SILENCE else "has lost the node on this machine"
        raise RuntimeError(
            f"the Ray cluster {what}, so that nothing can be heard of the runs under way. Finished runs are in the "
            "store; look after the cluster with `ray status`, and start the sweep again"
        )

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join(timeout=LOOK)  # it does not end while the cluster does not answer

    def _follow(self) -> None:
        while not self._over.wait(LOOK):
            with suppress(Exception):  # whatever keeps it from an answer is silence
                self._nodes, self._heard = self._ray.nodes(), time.monotonic()
