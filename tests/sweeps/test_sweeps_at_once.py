"""Several processes that share a store share the work."""

import subprocess
import sys

import pytest

from spectra.sweeps import RunStore
from tests.store.made_up_runs import made_up

SWEEPING = """
import os, sys, time
from pathlib import Path
from spectra.sweeps import RunStore
from spectra.store.claims import claimed
from tests.store.made_up_runs import made_up
folder, start = Path(sys.argv[1]), int(sys.argv[2])
runs = {run[0].identity: run for run in made_up(60)[start:]}
while True:
    lacking = [spec.identity for spec in RunStore(folder).lacking(run[0] for run in runs.values())]
    if not lacking:
        break
    with claimed(folder, lacking[:7]) as claims:
        store = RunStore(folder)
        mine = [runs[name] for name in claims.mine if not store.has(runs[name][0])]
        with (folder / "starts.log").open("a") as log:
            log.writelines(f"{run[0].identity}\\n" for run in mine)
        time.sleep(0.05)
        store.write_many(mine)
    if not claims.mine:
        time.sleep(0.01)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
@pytest.mark.parametrize("killed", [0, 2])
def test_four_sweeps_at_once_make_each_run_once(tmp_path, killed):
    RunStore(tmp_path).prepare()
    sweeps = [subprocess.Popen([sys.executable, "-c", SWEEPING, tmp_path, str(5 * n)]) for n in range(4)]
    while killed and len([*tmp_path.glob("*/run.json")]) < 10:
        assert sweeps[0].poll() is None
    for sweep in sweeps[4 - killed :]:
        sweep.kill()
    assert [sweep.wait() for sweep in sweeps] == [0] * (4 - killed) + [-9] * killed
    starts = (tmp_path / "starts.log").read_text().split()
    runs = [run[0] for run in made_up(60)]
    assert RunStore(tmp_path).lacking(runs) == ()
    assert set(starts) == {spec.identity for spec in runs}
    assert len(starts) <= 60 + 7 * killed  # those under way in the killed are made again
    assert killed or len(starts) == 60
    RunStore(tmp_path).prepare()
    assert [path.name for path in (tmp_path / "claims").iterdir()] == ["lock"]
