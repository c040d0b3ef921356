"""Ten thousand runs are no burden, in folders or in packs."""

import os
import subprocess
import sys

import pytest

from spectra.sweeps import RunStore
from tests.store.made_up_runs import made_up

COUNT = 10_000
READING = """
import sys, time
from spectra.store.provenance import peak_memory
from spectra.sweeps import RunStore
from tests.store.made_up_runs import made_up
specs = [run[0] for run in made_up(int(sys.argv[2]), rows=2)]
start = time.process_time()
assert RunStore(sys.argv[1]).lacking(specs) == ()
scanned = time.process_time()
assert RunStore(sys.argv[1]).load(specs).missing == ()
print(scanned - start, time.process_time() - scanned, peak_memory("cpu") / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is told in other units elsewhere")
@pytest.mark.parametrize("packed", [False, True])
def test_ten_thousand_runs_are_found_and_loaded_in_little_time_and_memory(tmp_path, monkeypatch, packed):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # what is on the disk matters to nobody here
    store, runs = RunStore(tmp_path), made_up(COUNT, rows=100)
    for start in range(0, COUNT, 100):
        store.write_many(runs[start : start + 100])
    if packed:
        assert store.compact().folders == COUNT
    command = [sys.executable, "-c", READING, tmp_path, str(COUNT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    scan, load, kilobytes = map(float, done.stdout.split())
    assert scan < 5
    assert load < 60
    assert kilobytes < 1e6
