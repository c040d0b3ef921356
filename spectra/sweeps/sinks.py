"""Where finished runs are told besides the store: TensorBoard, Weights & Biases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from spectra.training import RunSpec


class Sink(Protocol):
    """Takes finished runs. The store stays the truth: what a sink has can be made again from it."""

    name: str  # as on the command line

    def log(self, spec: RunSpec, table: pd.DataFrame) -> None:
        """Take the settings and every number of a finished run; to take it twice leaves one of it."""


def read_sinks(texts: Iterable[str]) -> tuple[Sink, ...]:
    """Sinks as they are asked for on the command line, ready to be used.

    Args:
        texts: Such as "tensorboard=FOLDER" and "wandb=PROJECT" or "wandb=ENTITY/PROJECT".

    Returns:
        One for each.

    Raises:
        ImportError: If the package of a sink is not installed; the message says what to install.
        OSError: If the folder cannot be made; the message says what to do.
        ValueError: If there is no such sink, no place is given, or the service cannot be logged in to.
    """
    return tuple(_sink(text) for text in texts)


def _sink(text: str) -> Sink:
    name, equals, place = text.partition("=")
    if name not in _OPENED or not place.strip():
        given = f"no place for {name}" if name in _OPENED and equals else repr(text)
        raise ValueError(f"{given} was given to log to; possible are tensorboard=FOLDER and wandb=PROJECT")
    return _OPENED[name](place.strip())


def _tensorboard(place: str) -> Sink:
    from spectra.sweeps.tensorboard_sink import TensorBoard

    return TensorBoard(Path(place))


def _wandb(place: str) -> Sink:
    from spectra.sweeps.wandb_sink import WeightsAndBiases

    return WeightsAndBiases(place)


_OPENED: dict[str, Callable[[str], Sink]] = {"tensorboard": _tensorboard, "wandb": _wandb}
