"""Whatever is killed at whatever moment: no run is lost, none is made twice, and the table is that of a quiet sweep."""

import random
import sys
import time
from collections import Counter

import pandas as pd
import pytest

from spectra.engines.under_way import under_way
from spectra.sweeps import RunStore, serial, sweep
from tests.engines.scripts import gone, killed, started
from tests.sweeps.fake_data import tiny

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SPECS = [tiny(seed, width=width, steps=60) for seed in range(20) for width in (4, 8)]

SCRIPT = """
import sys
from pathlib import Path
from spectra.sweeps import RunStore, processes, sweep
from spectra.training import footprint
from tests.engines.test_kills import SPECS

folder, write = Path(sys.argv[1]), RunStore.write_many

def noted(self, runs):
    write(self, runs)
    with (folder / "stored.log").open("a") as log:
        log.write("".join(f"{spec.identity}\\n" for spec, *_ in runs))

RunStore.write_many = noted  # in workers too: they import this script

if __name__ == "__main__":
    count, memory = int(sys.argv[2]), 4 * footprint(SPECS[1]).memory
    outcomes = list(sweep(SPECS[:count], RunStore(folder / "runs"), processes(2), memory=memory, checkpoint=0.02))
    assert not any(outcome.error for outcome in outcomes), outcomes
"""


class Disturbed:
    """A sweep of some runs, started again whenever it was killed, with an account of what the kills did."""

    def __init__(self, folder, count, chance):
        self.folder, self.count, self.chance = folder, count, chance
        self.kills = Counter()
        self._parent = None

    def progress(self):
        """Runs that are stored, and parts of those under way."""
        runs = self.folder / "runs"
        stored = sum((runs / spec.identity).is_dir() for spec in SPECS[: self.count])
        return stored + sum(record.fraction * len(record.runs) for record in under_way(runs))

    def run(self, victim=None):
        """Go on; kill the parent or a worker as soon as there is some more progress. Whether it is over."""
        if self._parent is None:
            self._parent = started(self.folder, SCRIPT, str(self.count))
        target = self.progress() + self.chance.uniform(0, 4)
        while self._parent.poll() is None and (victim is None or self.progress() < target):
            time.sleep(0.002)
        records = under_way(self.folder / "runs")
        if self._parent.poll() is not None:
            output = self._parent.communicate()[0]
            assert self._parent.returncode == 0, output
            self._parent = None
            return True
        if victim == "worker" and records:
            killed(self.chance.choice(records).maker.pid)
            self.kills["workers"] += 1
        elif victim == "parent":
            self._parent.kill()
            self._parent.communicate()
            self.kills["parents"] += 1
            self.kills["with runs under way"] += bool(records)
            self.kills["orphans after 2 s"] += not gone(self._parent.pid)
            self._parent = None
        return False

    def account(self, truth):
        """What is wrong in the end: lost, made twice, other numbers."""
        specs = SPECS[: self.count]
        stored = Counter((self.folder / "stored.log").read_text().split())
        loaded = RunStore(self.folder / "runs").load(specs)
        table = truth[truth["run"].isin([spec.identity for spec in specs])].reset_index(drop=True)
        return Counter(
            lost=len(loaded.missing),
            damaged=len(loaded.quarantined),
            duplicated=sum(count > 1 for count in stored.values()),
            wrong=0 if loaded.table.equals(table) else 1,
        )


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    store = RunStore(tmp_path_factory.mktemp("truth"))
    assert len([*sweep(SPECS, store, serial())]) == len(SPECS)
    return store.load(SPECS).table


def disturbed(folder, truth, victims, *, count, seed):
    """Kill each of the victims in turn, in as many stores as that takes."""
    chance, sums, stores = random.Random(seed), Counter(), 0
    while victims:
        (folder / str(stores)).mkdir()
        one = Disturbed(folder / str(stores), count, chance)
        over = False
        while not over:
            before = one.kills.total()
            over = one.run(victims[-1] if victims else None)
            if one.kills.total() > before:
                victims.pop()
        sums += Counter({"stores": 1}) + one.kills
        for name, number in one.account(truth).items():
            sums[name] += number
        stores += 1
    return sums


def assert_whole(sums):
    for name in ("lost", "damaged", "duplicated", "wrong", "orphans after 2 s"):
        assert sums[name] == 0, sums


@pytest.mark.slow
def test_a_kill_of_the_parent_costs_nothing(tmp_path, truth):
    assert_whole(disturbed(tmp_path, truth, ["parent"], count=8, seed=1))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_two_hundred_kills_of_the_parent_and_fifty_of_workers_cost_nothing(tmp_path, truth, capsys):
    victims = ["parent"] * 200 + ["worker"] * 50
    random.Random(0).shuffle(victims)
    sums = disturbed(tmp_path, truth, victims, count=len(SPECS), seed=0)
    with capsys.disabled():
        sys.stdout.write(f"\n{dict(sums)}\n")
    assert_whole(sums)
    assert sums["parents"] == 200
    assert sums["workers"] == 50
    assert sums["with runs under way"] >= 100


def test_the_table_of_a_quiet_sweep_has_every_run(truth):
    assert isinstance(truth, pd.DataFrame)
    assert set(truth["run"]) == {spec.identity for spec in SPECS}
