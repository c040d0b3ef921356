"""Finished runs for TensorBoard: one file of events for each."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from spectra.store.durable import explained
from spectra.sweeps.sink_values import curves, label, plain_settings

try:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.summary.writer.record_writer import RecordWriter
except ImportError as missing:
    raise ImportError(
        "TensorBoard cannot be imported here; run: pip install 'spectra-scaling[tensorboard]'"
    ) from missing

if TYPE_CHECKING:
    import pandas as pd

    from spectra.training import RunSpec


class TensorBoard:
    """A folder that `tensorboard --logdir` shows.

    Every run has a folder of its own, with one file that appears whole by one rename: its settings for the HPARAMS
    page, and every quantity as a curve. TensorBoard keeps scalars in single precision; the store has all digits.
    """

    name = "tensorboard"

    def __init__(self, folder: Path) -> None:
        """Make the folder.

        Args:
            folder: Where the folders of runs go.

        Raises:
            OSError: If it cannot be made; the message says what to do.
        """
        self._folder = folder
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def log(self, spec: RunSpec, table: pd.DataFrame) -> None:
        """Write the file of a run, in place of an earlier one of the same run.

        Raises:
            OSError: If it cannot be written; the message says what to do.
        """
        place = self._folder / label(spec)
        # TensorBoard reads whatever has "tfevents" in its name, and so must not see a file that is being written.
        beside, final = place / ".new", place / f"events.out.tfevents.0.{spec.identity}"
        content = io.BytesIO()
        writer = RecordWriter(content)
        for event in _events(spec, table):
            writer.write(event.SerializeToString())
        with explained(place):
            place.mkdir(exist_ok=True)
            beside.write_bytes(content.getvalue())
            beside.replace(final)


def _events(spec: RunSpec, table: pd.DataFrame) -> Iterator[Event]:
    now = time.time()
    yield Event(wall_time=now, file_version="brain.Event:2")  # what a reader expects first
    yield Event(wall_time=now, summary=hparams_pb(plain_settings(spec), trial_id=spec.identity, start_time_secs=now))
    for tag, curve in curves(table).items():
        for step, value in curve:
            yield Event(wall_time=now, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))
