"""A sweep of `spectra run` that is killed and started again until it is over, and what must hold meanwhile."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from spectra.engines.under_way import under_way
from spectra.sweeps import RunStore, read_experiment
from tests.engines.scripts import ROOT, session, until

RECIPE = """
title = "Small runs to be disturbed"
steps = 120
model = { kind = "mlp", depth = 1 }
optimizer = { kind = "sgd", batch_size = 8 }
regime = { kind = "mup", base_width = 4, base_depth = 1 }
measurements = [
  { kind = "loss", grid = { every = 5 } },
  { kind = "effective_sharpness", examples = 16, grid = { every = 40 } },
]

[data]
kind = "sparse_parity"
tasks = 3
bits = 5
subset_size = 2
train_examples = 32
test_examples = 32

[[sweep]]
width = [4, 6, 8]
rate = [0.1, 0.2]
seed = [1, 2, 3]
"""

ENDS = {0, 1, 3, 130, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}
"""How a command may end that is killed and whose workers are; 1 is an interrupt while Python itself is starting."""


class DisturbedSweep:
    """A store that a command fills, and the signals that it met.

    Attributes:
        counts: How often what happened.
    """

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.store, self.counts = folder / "runs", Counter()
        self._folder, self._chance, self._known = folder, chance, {}
        self._recipe = folder / "recipe.toml"
        self._recipe.write_text(RECIPE)
        self._temporary = folder / "temporary"
        self._temporary.mkdir()
        self.specs = read_experiment(self._recipe).specs

    def quiet(self):
        """Make all runs without a disturbance; their table."""
        with self._command("run", str(self._recipe), *OPTIONS) as command:
            output = command.communicate()[0]
        assert command.returncode == 0, output
        return observed(RunStore(self.store), self.specs)

    def disturb(self, truth) -> None:
        """Kill and start again until the command ends by itself with all runs made; compare after every end."""
        over = False
        while not over:
            over = self._one_life() == 0
            self._compare(truth)
            if not over and self._chance.random() < 0.2:
                self._cut_short_compaction()
                self._compare(truth)
        assert not RunStore(self.store).lacking(self.specs)

    def leftovers(self) -> list[str]:
        """Files that nobody needs any more, when what the dead left behind is old enough to be cleared away."""
        for partial in (self.store / ".partial").iterdir():
            os.utime(partial, (0, 0))
        RunStore(self.store).prepare()
        places = [self.store / name for name in (".partial", "work", "claims", "failed", "quarantine")]
        found = (path for place in (*places, self._temporary) for path in place.rglob("*"))
        # The lock of claims stays; so does the folder in which torch would keep what it compiles, one for each user.
        names = (str(path.relative_to(self._folder)) for path in found if path.name != "lock")
        return sorted(name for name in names if not re.fullmatch(r"temporary/torchinductor_\w+", name))

    def _compare(self, truth) -> None:
        """Runs that were finished still are, with their own records; all are those of the quiet sweep."""
        table = observed(RunStore(self.store), self.specs)
        same = truth[truth["run"].isin({*table["run"]})].reset_index(drop=True)
        assert table.equals(same) or table.empty
        made = RunStore(self.store).load(self.specs).provenance.itertuples(index=False)
        records = {record.run: str(record) for record in made}
        assert self._known.items() <= records.items()
        self._known = records

    def _one_life(self) -> int:
        """Start the command, and send signals until it ends; its exit code."""
        command = self._command("run", str(self._recipe), *OPTIONS)
        if self._chance.random() < 0.15:  # while it starts
            time.sleep(self._chance.uniform(0, 6))
            self._signal(command, command.pid, "starting parent")
        while command.poll() is None:
            target = self._progress() + self._chance.uniform(0, 5)
            while command.poll() is None and self._progress() < target:
                time.sleep(0.02)
            makers = [record.maker.pid for record in under_way(self.store)]
            self.counts["signals with runs under way"] += bool(makers) and command.poll() is None
            if makers and self._chance.random() < 0.3:
                self._signal(command, self._chance.choice(makers), "worker")
            else:
                self._signal(command, command.pid, "parent")
                if self._chance.random() < 0.5:  # impatient
                    time.sleep(self._chance.uniform(0, 1))
                    self._signal(command, command.pid, "parent again")
        return self._ended(command)

    def _progress(self) -> float:
        stored = sum((self.store / spec.identity).is_dir() for spec in self.specs)
        return stored + sum(record.fraction * len(record.runs) for record in under_way(self.store))

    def _signal(self, command, process: int, whom: str) -> None:
        number = self._chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        if command.poll() is None:  # else its number may be another's by now
            try:
                os.kill(process, number)
            except ProcessLookupError:
                return
            self.counts[f"{whom} {number.name}"] += 1

    def _cut_short_compaction(self) -> None:
        command = self._command("compact")
        time.sleep(self._chance.uniform(0, 4))
        self._signal(command, command.pid, "compaction")
        self._ended(command)

    def _ended(self, command) -> int:
        output = command.communicate()[0]
        assert command.returncode in ENDS, output
        until(lambda: not session(command.pid), 60)
        self.counts[f"{command.args[3]} ended with {command.returncode}"] += 1
        return command.returncode

    def _command(self, *arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TMPDIR": str(self._temporary)}
        return subprocess.Popen(
            [sys.executable, "-m", "spectra", *arguments, "--store", str(self.store)],
            env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


OPTIONS = ("--workers", "2", "--memory", "0.05MB", "--checkpoint", "0.2")
"""Of `spectra run`: several pieces, and checkpoints that a kill can come between."""


def observed(store, specs):
    """What was measured in all finished runs, none of which is damaged."""
    loaded = store.load(specs)
    assert not loaded.quarantined
    table = loaded.table[["run", "step", "quantity", "index", "value"]]
    return table.sort_values(["run", "step", "quantity", "index"], ignore_index=True)
