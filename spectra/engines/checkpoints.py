"""States of runs under way, from which they go on after an interruption."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path

from spectra.store.durable import explained, partial_folder, replace_folder, sync_folder, write_folder
from spectra.store.quarantine import quarantine
from spectra.store.regular_file import LARGE, content_of
from spectra.training import MemberState
from spectra.training.sealed_json import sealed, unsealed

TIME = "time.json"
STEP = re.compile(r"0|[1-9][0-9]{0,17}")
"""How the folders of checkpoints are called."""


@dataclass(frozen=True)
class Checkpoint:
    """A state of a run under way."""

    state: MemberState
    seconds: float  # wall-clock time that it had taken


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of a store: `work/<identity>/<step>/` holds the files of one `MemberState`, and its time.

    A checkpoint appears by one rename of a synced folder, and takes the place of an earlier one. Whoever writes or
    reads those of a run has claimed the run.

    Attributes:
        folder: Folder of the store.
    """

    folder: Path

    def save(self, identity: str, state: MemberState, seconds: float) -> None:
        """Keep a state, and drop what an earlier one left.

        Args:
            identity: Whose state.
            state: The state.
            seconds: Wall-clock time that the run has taken so far.

        Raises:
            OSError: If it cannot be written; the message says what to do, and the earlier one is still there.
        """
        run, content = self._run(identity), {**state.files(), TIME: sealed({"seconds": seconds})}
        with explained(run), partial_folder(self.folder / ".partial", f"{identity}-{state.step}") as beside:
            write_folder(beside / "new", content)
            run.mkdir(parents=True, exist_ok=True)
            replace_folder(beside / "new", run / str(state.step), beside / "old")
            sync_folder(run)
        for step in self._steps(identity):
            if step != state.step:
                shutil.rmtree(run / str(step), ignore_errors=True)

    def newest(self, identity: str) -> Checkpoint | None:
        """The last state of a run that is as it was written; None if there is none. Damaged ones are set aside.

        Raises:
            OSError: If it cannot be read for other reasons than damage.
        """
        for step in self._steps(identity):
            folder = self._run(identity) / str(step)
            try:
                with explained(folder):
                    content = {path.name: content_of(path, LARGE) for path in folder.iterdir()}
                return _read(content, identity, step)
            except (ValueError, NotADirectoryError, IsADirectoryError) as error:
                self._set_aside(folder, f"checkpoint of run {identity} at step {step}: {error}")
        return None

    def clear(self, identity: str) -> None:
        """Remove the checkpoints of a run that is stored."""
        shutil.rmtree(self._run(identity), ignore_errors=True)

    def _run(self, identity: str) -> Path:
        run = self.folder / "work" / identity
        if run.is_symlink():  # what is written and deleted there would be elsewhere
            run.unlink()
        return run

    def _steps(self, identity: str) -> Iterator[int]:
        """Steps of the checkpoints there are, the last first."""
        with suppress(FileNotFoundError):
            names = (path.name for path in self._run(identity).iterdir())
            yield from sorted((int(name) for name in names if STEP.fullmatch(name)), reverse=True)

    def _set_aside(self, folder: Path, reason: str) -> None:
        # In quarantine an entry bears the name of a run only if it is one.
        named = folder.with_name(f"checkpoint-{folder.parent.name}-{folder.name}")
        with suppress(OSError):  # what cannot be moved is passed over: the run begins earlier
            folder.rename(named)
            quarantine(named, self.folder / "quarantine", reason)


def _read(content: dict[str, bytes], identity: str, step: int) -> Checkpoint:
    try:
        seconds, state = float(unsealed(content[TIME])["seconds"]), MemberState.read(content)
    except KeyError as error:
        raise ValueError(f"{error} is missing") from error
    # A stranger may have written what no checkpoint has.
    except (TypeError, IndexError, AttributeError, OverflowError) as error:
        raise ValueError(f"it holds something else: {error}") from error
    if not 0 <= seconds < inf:
        raise ValueError(f"it says that the run has taken {seconds} seconds")
    if (state.run, state.step) != (identity, step):
        raise ValueError(f"it is that of run {state.run} at step {state.step}")
    return Checkpoint(state, seconds)
