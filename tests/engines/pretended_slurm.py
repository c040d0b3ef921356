"""Stand-ins for the commands of Slurm, and for what submits jobs to it."""

from pathlib import Path

from spectra.engines.slurm_submission import Job


def stand_in(folder: Path, name: str, lines: str = "") -> None:
    """Make a command of a few lines of shell."""
    (folder / name).write_text(f"#!/bin/sh\n{lines}\n")
    (folder / name).chmod(0o755)


class Taken:
    """Takes every piece as a job, and makes none; the jobs are 12_0, 12_1 and so on."""

    def __init__(self, folder, error=None):
        self.folder, self.error, self.given = folder, error, []

    def jobs(self, pieces):
        for piece in [*pieces]:
            if self.error is not None:
                raise self.error
            note, log = (self.folder / f"{len(self.given)}{ending}" for ending in (".json", ".log"))
            self.given.append(Job(f"12_{len(self.given)}", piece, note, log, (note, log)))
            yield piece, self.given[-1]
