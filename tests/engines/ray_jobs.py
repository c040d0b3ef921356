"""Tasks of a real Ray, as a test has them made and looks at them."""

import json
import os
import random
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from spectra.engines.engine import Making
from spectra.engines.piece import Piece
from spectra.engines.ray_engine import ray
from spectra.engines.under_way import under_way
from tests.engines.scripts import alive, until
from tests.sweeps.fake_data import tiny


@contextmanager
def opened(cluster, folder, execute, *, timeout=None, **demand):
    engine = replace(ray(address=cluster.address, **demand), execute=execute)
    with engine.open(Making(str(folder), timeout=timeout), 100) as pool:
        yield pool


def heard(pool, count, seconds=60.0):
    """As many pieces as are expected to end."""
    found, end = [], time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        found += pool.ended(1.0)
    assert len(found) == count
    return found


def notes(folder, count):
    """What pieces under way say of themselves, as soon as there are so many."""
    found = until(lambda: len(paths := [*folder.glob("*.json")]) >= count and paths)
    assert len(found) == count
    return [json.loads(path.read_text()) for path in found]


def busy(node):
    """Workers of a node that are making a piece: Ray names a process after its task."""
    raylet = node.all_processes["raylet"][0].process.pid
    found = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [process for process in found if alive(process) and made_by(raylet, process)]


def made_by(raylet, process):
    """Whether a process is a worker of a node that makes a piece."""
    try:
        parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        return parent == raylet and b"ray::make" in Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def fill(pool):
    """Start pieces until the pool takes no more."""
    count = 0
    while pool.fits(piece := Piece((tiny(count),))):
        pool.start(piece)
        count += 1
    return count


def disturb(cluster, folder, over, faults):
    """Kill a process in the midst of a run, again and again, and a whole node after the fifth."""
    choice = random.Random(0)
    while not over.wait(0.2) and len(faults) < 11:
        working = [record.maker.pid for record in under_way(folder) if record.step > 0]
        nodes = [node for node in cluster.worker_nodes if {*busy(node)} & {*working}]
        if faults.count("process") == 5 and "node" not in faults:
            if nodes:
                cluster.remove_node(choice.choice(nodes), allow_graceful=False)
                faults.append("node")
        elif working:
            os.kill(choice.choice(working), signal.SIGKILL)
            faults.append("process")
