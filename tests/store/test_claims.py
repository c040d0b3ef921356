"""Nobody makes a run that somebody else is making, and nobody waits for the dead."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from spectra.store import claims
from spectra.store.claims import claimed, held

HOLDING = """
import sys, time
from pathlib import Path
from spectra.store.claims import claimed
with claimed(Path(sys.argv[1]), sys.argv[2:]) as claims:
    print(*sorted(claims.mine), flush=True)
    time.sleep(600)
"""


@contextmanager
def another_process(folder, *runs):
    with subprocess.Popen([sys.executable, "-c", HOLDING, folder, *runs], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline().split() == sorted(runs)
            yield process
        finally:
            process.kill()


def test_what_one_holds_the_next_does_not(tmp_path):
    with claimed(tmp_path, ["a", "b"]) as first, claimed(tmp_path, ["b", "c"]) as second:
        assert (first.mine, first.elsewhere) == ({"a", "b"}, set())
        assert (second.mine, second.elsewhere) == ({"c"}, {"b"})
        with claimed(tmp_path, ["a", "c"]) as third:
            assert (third.mine, third.elsewhere) == (set(), {"a", "c"})
        assert held(tmp_path) == {"a", "b", "c"}
    assert held(tmp_path) == set()
    assert [path.name for path in (tmp_path / "claims").iterdir()] == ["lock"]


def test_of_many_who_ask_at_once_each_run_goes_to_one(tmp_path):
    wanted = [str(run) for run in range(20)]
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        contexts = [stack.enter_context(Late(tmp_path, wanted[start % 5 :])) for start in range(40)]
        taken = list(pool.map(Late.take, contexts))
    assert sorted(run for runs in taken for run in runs) == sorted(wanted)


class Late(ExitStack):
    """Claims that are taken when somebody says so, and given back at the end of the context."""

    def __init__(self, folder, runs):
        super().__init__()
        self.claims = claimed(folder, runs)

    def take(self):
        return self.enter_context(self.claims).mine


def test_a_killed_holder_frees_its_runs_at_once(tmp_path):
    with another_process(tmp_path, "a", "b") as process:
        with claimed(tmp_path, ["a"]) as claim:
            assert claim.elsewhere == {"a"}
        process.send_signal(signal.SIGKILL)
        process.wait()
        start = time.monotonic()
        with claimed(tmp_path, ["a"]) as claim:
            assert claim.mine == {"a"}
        assert time.monotonic() - start < claims.POLL
    assert held(tmp_path) == set()


def test_a_stopped_process_keeps_what_it_holds(tmp_path):
    with another_process(tmp_path, "a") as process:
        process.send_signal(signal.SIGSTOP)
        with claimed(tmp_path, ["a", "b"]) as claim:
            assert (claim.mine, claim.elsewhere) == ({"b"}, {"a"})


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A holder of the run "a" on another host whose locks are not seen here, and this host's fast clock."""
    now = [0.0]
    monkeypatch.setattr(claims.time, "monotonic", lambda: now[0])
    with claimed(tmp_path, ["a"]) as claim:
        monkeypatch.setattr(claims, "kernel", lambda: "this host")
        monkeypatch.setattr(claims, "lock", lambda *_, **__: True)

        def asleep(seconds, *, beating=False):
            now[0] += seconds
            if beating:
                claim.beat()

        yield claim, asleep


def test_a_silent_holder_on_another_host_is_waited_for_and_then_dead(tmp_path, monkeypatch, elsewhere):
    _, asleep = elsewhere
    monkeypatch.setattr(claims.time, "sleep", asleep)
    with claimed(tmp_path, ["a", "b"]) as claim:  # there is something else to do
        assert (claim.mine, claim.elsewhere) == ({"b"}, {"a"})
        assert claims.time.monotonic() == 0
    with claimed(tmp_path, ["a"]) as claim:
        assert claim.mine == {"a"}
    assert claims.SILENCE < claims.time.monotonic() < 2 * claims.SILENCE


def test_a_holder_on_another_host_that_shows_signs_of_life_is_alive(tmp_path, monkeypatch, elsewhere):
    _, asleep = elsewhere
    monkeypatch.setattr(claims.time, "sleep", lambda seconds: asleep(seconds, beating=True))
    with claimed(tmp_path, ["a"]) as claim:
        assert claim.elsewhere == {"a"}
    assert claims.time.monotonic() <= 2 * claims.BEAT


def test_a_clock_that_jumps_is_not_looked_at(tmp_path, monkeypatch, elsewhere):
    _, asleep = elsewhere
    jumps = iter([1e10, -1e9, 0.0] * 1000)
    monkeypatch.setattr(claims.time, "time", lambda: next(jumps))
    monkeypatch.setattr(claims.time, "sleep", lambda seconds: asleep(seconds, beating=True))
    with claimed(tmp_path, ["a"]) as claim:
        assert claim.elsewhere == {"a"}


def test_without_locks_the_living_are_known_by_their_signs(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "lock", lambda *_, **__: None)
    monkeypatch.setattr(claims, "SILENCE", 0.2)
    monkeypatch.setattr(claims, "POLL", 0.05)
    with claimed(tmp_path, ["a"]), claimed(tmp_path, ["a", "b"]) as claim:
        assert (claim.mine, claim.elsewhere) == ({"b"}, {"a"})
        with claimed(tmp_path, ["a"]) as later:  # which has been silent for too long
            assert later.mine == {"a"}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 99])
def test_garbage_among_the_claims_holds_nothing_and_is_removed(tmp_path, content):
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "0123456789abcdef.json").write_bytes(content)
    with claimed(tmp_path, ["a"]) as claim:
        assert claim.mine == {"a"}
    assert [path.name for path in (tmp_path / "claims").iterdir()] == ["lock"]
