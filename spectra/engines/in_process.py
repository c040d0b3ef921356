"""Runs made in this process, one cohort after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from spectra.engines.engine import Engine, Making, Pool
from spectra.engines.execute import execute
from spectra.engines.piece import Ended, Piece


def serial(*, device: str = "cpu") -> Engine:
    """One cohort after the other in this process.

    Args:
        device: Where tensors live.

    Returns:
        The engine.
    """
    return _Serial(device)


@dataclass(frozen=True)
class _Serial:
    device: str
    name: str = "serial"

    @contextmanager
    def open(self, making: Making, most: int) -> Iterator[Pool]:  # noqa: ARG002
        yield _Here(making, self.device)


class _Here:
    """Holds a piece until it is asked what ended, and makes it then."""

    workers = 1

    def __init__(self, making: Making, device: str) -> None:
        self._making, self._device = making, device
        self._held: Piece | None = None
        self._stopped = False

    def fits(self, piece: Piece) -> bool:  # noqa: ARG002
        return self._held is None

    def start(self, piece: Piece) -> None:
        self._held = replace(piece, device=self._device)

    def ended(self, wait: float) -> Sequence[Ended]:  # noqa: ARG002
        piece, self._held = self._held, None
        if piece is None:
            return ()
        return (Ended(piece, stopped=True) if self._stopped else execute(piece, self._making),)

    def stop(self) -> None:
        self._stopped = True
