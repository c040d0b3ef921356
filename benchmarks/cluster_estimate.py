"""What many devices would do, and what limits them: arithmetic with overheads that were measured on one machine.

An estimate on paper. No cluster and no GPU was measured for it: the time of a piece on a device is an assumption, and
so are a network and a shared file system that are no slower than the disk of this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rounds import markdown

DEVICES = 64
MEMBERS = 64
PIECE_SECONDS = (1.0, 10.0, 60.0, 600.0)
PIECES_EACH = 8
"""Pieces for every device: with the longest first, devices wait at the end for about half a piece."""


@dataclass(frozen=True)
class Overhead:
    """Seconds beside training."""

    start: float  # of the command and of a worker, once
    driver: float  # of the one process that hands out pieces, for each of them
    piece: float  # of a worker, for each piece
    run: float  # of a worker, for each run

    @classmethod
    def of(cls, found: Mapping[str, float]) -> Overhead:
        """From the table of `sweep_overhead.py`."""
        start = found["start"] + found["workers"]
        return cls(start, found["driver, per piece"], found["worker, per piece"], found["worker, per run"])


@dataclass(frozen=True)
class Estimate:
    """Of a sweep of `PIECES_EACH` pieces for each of `devices`, each of `members` runs and `seconds` of training."""

    overhead: Overhead
    seconds: float
    members: int = MEMBERS
    devices: int = DEVICES

    @property
    def occupied(self) -> float:
        """Seconds that a device is held by one piece: its training, and the store, which the device waits for."""
        return self.seconds + self.overhead.piece + self.members * self.overhead.run

    @property
    def driver_load(self) -> float:
        """Fraction of the time in which the driver is busy; at one, devices wait for it."""
        return self.devices * self.overhead.driver / self.occupied

    @property
    def wall(self) -> float:
        """Seconds from the command to the last run in the store."""
        handed = max(self.occupied, self.devices * self.overhead.driver)
        return self.overhead.start + (PIECES_EACH + 0.5) * handed

    @property
    def efficiency(self) -> float:
        """Time that the devices train over the time that they are there."""
        return PIECES_EACH * self.seconds / self.wall

    @property
    def limits(self) -> dict[str, float]:
        """Where the rest goes, in fractions of the time that the devices are there."""
        return {
            "store": PIECES_EACH * (self.occupied - self.seconds) / self.wall,
            "start": self.overhead.start / self.wall,
            "last pieces": 0.5 * self.occupied / self.wall,
            "driver": PIECES_EACH * max(0.0, self.devices * self.overhead.driver - self.occupied) / self.wall,
        }


def print_estimate(overhead: Overhead) -> None:
    """A row for each length of a piece."""
    rows = []
    for seconds in PIECE_SECONDS:
        estimate = Estimate(overhead, seconds)
        largest = max(estimate.limits.items(), key=lambda item: item[1])
        runs = PIECES_EACH * DEVICES * MEMBERS / estimate.wall
        rows.append(
            [
                f"{seconds:g}",
                f"{estimate.wall:.0f}",
                f"{estimate.efficiency * DEVICES:.0f} ({estimate.efficiency:.0%})",
                f"{runs:.0f}",
                f"{estimate.driver_load:.1%}",
                f"{largest[0]}, {largest[1]:.0%}",
            ]
        )
    print(f"\n## An estimate on paper for {DEVICES} GPUs; none was measured\n")
    print(
        f"{DEVICES * PIECES_EACH} pieces of {MEMBERS} runs, one piece at a time on each device; store and driver as ",
        end="",
    )
    print("fast as measured above; nothing said about how fast a GPU trains.\n")
    heading = ["training of a piece, s", "sweep, s", "devices' worth of training", "runs stored a second"]
    print(markdown([*heading, "driver busy", "largest loss"], rows))
    saturated = overhead.driver and 1 / overhead.driver
    print(
        f"\nThe driver alone hands out {saturated:.0f} pieces a second: with pieces of 10 seconds it would keep ",
        end="",
    )
    print(f"{10 * saturated:.0f} devices busy.", flush=True)
